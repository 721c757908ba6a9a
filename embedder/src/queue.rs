//! The two bounded queues between the caller, the tokenizer threads and the model thread.
//!
//! One budget of tokens covers both. Queries have their own lanes and go first, so that a search
//! does not wait behind an import; every few turns documents go anyway.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::error::{Error, Result};
use crate::pending::Request;
use crate::prompts::InputKind;
use crate::split::Chunk;

/// A token of ordinary text has about four bytes, in English as in Chinese. The estimate holds
/// until the text is tokenized, so it only has to be near.
const BYTES_PER_TOKEN: usize = 4;

/// Bytes and texts of one piece: enough that handing it over costs nothing beside tokenizing it,
/// few enough that several threads share a request.
const PIECE_BYTES: usize = 32 << 10;
const PIECE_TEXTS: usize = 64;

/// Batches ordered by length at a time: enough to find texts of similar length, not so many that
/// a text waits long for its turn.
const PLANNED_BATCHES: usize = 4;

/// Turns in a row that queries may take while documents wait.
const QUERY_TURNS_MAX: usize = 3;

/// Texts of one request on their way to the tokenizer.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) request: Arc<Request>,
    /// Position of the first text in the request.
    pub(crate) first: usize,
    pub(crate) texts: Vec<String>,
    /// Tokens these texts were estimated at.
    charge: usize,
}

/// One tokenized text on its way to the model.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) request: Arc<Request>,
    /// Position of the text in the request.
    pub(crate) index: usize,
    pub(crate) tokens: Vec<u32>,
}

/// Texts and tokens waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    pub(crate) texts: usize,
    pub(crate) tokens: usize,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    has_pieces: Condvar,
    has_items: Condvar,
    tokens_max: usize,
    batch_tokens_max: usize,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    depth: Depth,
    pieces: Lanes<Piece>,
    items: Lanes<Item>,
    /// Documents already ordered by length and cut into batches.
    planned: VecDeque<Vec<Item>>,
    query_turns: usize,
}

#[derive(Debug)]
struct Lanes<T> {
    queries: VecDeque<T>,
    documents: VecDeque<T>,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self {
            queries: VecDeque::new(),
            documents: VecDeque::new(),
        }
    }
}

impl<T> Lanes<T> {
    fn of(&mut self, kind: InputKind) -> &mut VecDeque<T> {
        match kind {
            InputKind::Query => &mut self.queries,
            InputKind::Document => &mut self.documents,
        }
    }

    fn take(&mut self) -> Option<T> {
        self.queries
            .pop_front()
            .or_else(|| self.documents.pop_front())
    }

    fn drain(&mut self) -> impl Iterator<Item = T> {
        mem::take(&mut self.queries)
            .into_iter()
            .chain(mem::take(&mut self.documents))
    }
}

impl Queue {
    /// An empty queue with these bounds.
    pub(crate) fn new(tokens_max: usize, batch_tokens_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            has_pieces: Condvar::new(),
            has_items: Condvar::new(),
            tokens_max,
            batch_tokens_max,
        }
    }

    /// Puts a request's texts in the first queue, all or none.
    ///
    /// Never waits. `retry_after_ms` tells, from the tokens waiting, when to try again.
    pub(crate) fn submit(
        &self,
        request: &Arc<Request>,
        texts: Vec<String>,
        retry_after_ms: impl Fn(usize) -> u64,
    ) -> Result<()> {
        let depth = Depth {
            texts: texts.len(),
            tokens: texts.iter().map(estimate).sum(),
        };
        // Cut outside the lock, which the model's thread also takes.
        let pieces = cut_into_pieces(request, texts);
        let mut state = self.admit(depth, retry_after_ms)?;
        state.pieces.of(request.kind).extend(pieces);
        drop(state);
        self.has_pieces.notify_all();
        Ok(())
    }

    /// Puts chunks that are tokenized already in the second queue, all or none; see
    /// [`Self::submit`].
    pub(crate) fn submit_chunks(
        &self,
        request: &Arc<Request>,
        chunks: &[Chunk],
        retry_after_ms: impl Fn(usize) -> u64,
    ) -> Result<()> {
        let depth = Depth {
            texts: chunks.len(),
            tokens: chunks.iter().map(Chunk::tokens).sum(),
        };
        let items = chunks.iter().enumerate().map(|(index, chunk)| Item {
            request: Arc::clone(request),
            index,
            tokens: chunk.tokens.clone(),
        });
        // Copied outside the lock, as above.
        let items: Vec<Item> = items.collect();
        let mut state = self.admit(depth, retry_after_ms)?;
        state.items.of(request.kind).extend(items);
        drop(state);
        self.has_items.notify_one();
        Ok(())
    }

    /// Counts what is about to wait, where there is room for it.
    fn admit(
        &self,
        depth: Depth,
        retry_after_ms: impl Fn(usize) -> u64,
    ) -> Result<MutexGuard<'_, State>> {
        let tokens_max = self.tokens_max;
        if depth.tokens > tokens_max {
            return Err(Error::RequestTooLarge {
                tokens: depth.tokens,
                tokens_max,
            });
        }
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(Error::Closed);
        }
        let tokens_waiting = state.depth.tokens;
        if tokens_waiting + depth.tokens > tokens_max {
            let retry_after_ms = retry_after_ms(tokens_waiting);
            return Err(Error::QueueFull {
                tokens_waiting,
                tokens_max,
                retry_after_ms,
            });
        }
        state.depth.texts += depth.texts;
        state.depth.tokens += depth.tokens;
        Ok(state)
    }

    /// Waits for texts to tokenize; nothing means the queue was closed.
    pub(crate) fn next_piece(&self) -> Option<Piece> {
        let mut state = self.state.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(piece) = state.pieces.take() {
                return Some(piece);
            }
            self.has_pieces.wait(&mut state);
        }
    }

    /// Takes a piece's tokenized texts into the second queue, and its estimate out of the depth.
    ///
    /// Texts of the piece that are not among `items` are gone: skipped or failed.
    pub(crate) fn push_items(&self, piece: &Piece, items: Vec<Item>) {
        let mut state = self.state.lock();
        if state.is_closed {
            drop(state);
            fail_closed(&items);
            return;
        }
        let tokens: usize = items.iter().map(|item| item.tokens.len()).sum();
        state.depth.tokens = state.depth.tokens - piece.charge + tokens;
        state.depth.texts = state.depth.texts - piece.texts.len() + items.len();
        state.items.of(piece.request.kind).extend(items);
        drop(state);
        self.has_items.notify_one();
    }

    /// Waits for a batch of at most the token budget, or of one longer text; nothing means the
    /// queue was closed.
    pub(crate) fn next_batch(&self) -> Option<Vec<Item>> {
        let mut state = self.state.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(batch) = self.take_batch(&mut state) {
                let tokens: usize = batch.iter().map(|item| item.tokens.len()).sum();
                state.depth.tokens -= tokens;
                state.depth.texts -= batch.len();
                return Some(batch);
            }
            self.has_items.wait(&mut state);
        }
    }

    /// What waits now.
    pub(crate) fn depth(&self) -> Depth {
        self.state.lock().depth
    }

    /// Fails everything that waits and lets the threads end.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        state.depth = Depth::default();
        let pieces: Vec<Piece> = state.pieces.drain().collect();
        let mut items: Vec<Item> = state.items.drain().collect();
        items.extend(mem::take(&mut state.planned).into_iter().flatten());
        drop(state);
        self.has_pieces.notify_all();
        self.has_items.notify_all();
        // Outside the lock, because it wakes callers.
        for piece in &pieces {
            piece.request.fail(Error::Closed);
        }
        fail_closed(&items);
    }

    fn take_batch(&self, state: &mut MutexGuard<'_, State>) -> Option<Vec<Item>> {
        let has_documents = !state.planned.is_empty() || !state.items.documents.is_empty();
        let is_documents_turn = has_documents && state.query_turns >= QUERY_TURNS_MAX;
        if !is_documents_turn && !state.items.queries.is_empty() {
            state.query_turns += 1;
            return Some(take_budget(&mut state.items.queries, self.batch_tokens_max));
        }
        state.query_turns = 0;
        if state.planned.is_empty() {
            let budget = self.batch_tokens_max.saturating_mul(PLANNED_BATCHES);
            let window = take_budget(&mut state.items.documents, budget);
            state.planned = plan(window, self.batch_tokens_max);
        }
        state.planned.pop_front()
    }
}

fn fail_closed(items: &[Item]) {
    for item in items {
        item.request.fail(Error::Closed);
    }
}

/// Tokens of a text, before it is tokenized.
fn estimate(text: impl AsRef<str>) -> usize {
    text.as_ref().len() / BYTES_PER_TOKEN + 1
}

fn cut_into_pieces(request: &Arc<Request>, texts: Vec<String>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut bytes = 0;
    for (index, text) in texts.into_iter().enumerate() {
        let charge = estimate(&text);
        bytes += text.len();
        match pieces.last_mut() {
            Some(piece) if bytes <= PIECE_BYTES && piece.texts.len() < PIECE_TEXTS => {
                piece.texts.push(text);
                piece.charge += charge;
            }
            _ => {
                bytes = text.len();
                let request = Arc::clone(request);
                pieces.push(Piece {
                    request,
                    first: index,
                    texts: vec![text],
                    charge,
                });
            }
        }
    }
    pieces
}

/// Takes items from the front while they fit the budget, and always the first.
fn take_budget(lane: &mut VecDeque<Item>, budget: usize) -> Vec<Item> {
    let mut taken = Vec::new();
    let mut tokens = 0;
    while let Some(item) = lane.front() {
        tokens += item.tokens.len();
        if tokens > budget && !taken.is_empty() {
            break;
        }
        taken.extend(lane.pop_front());
    }
    taken
}

/// Orders items by length and cuts them into batches within the budget.
fn plan(mut window: Vec<Item>, budget: usize) -> VecDeque<Vec<Item>> {
    window.sort_by_key(|item| item.tokens.len());
    let mut rest = VecDeque::from(window);
    let mut batches = VecDeque::new();
    while !rest.is_empty() {
        batches.push_back(take_budget(&mut rest, budget));
    }
    batches
}

#[cfg(test)]
mod tests;
