//! The threads of an embedder: several that tokenize, one that owns the model.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rayon::ThreadPool;

use crate::error::{Error, Result};
use crate::model::{PackedBatch, Qwen3};
use crate::pending::Embedding;
use crate::prefix::normalize;
use crate::prompts::Prompts;
use crate::queue::{Item, Piece, Queue};
use crate::statistics::Totals;
use crate::tokenizer::Tokenizer;

/// What the threads share with the handle.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) totals: Totals,
    pub(crate) tokenizer: Arc<Tokenizer>,
    pub(crate) prompts: Prompts,
    pub(crate) tokens_max: usize,
}

/// Tokenizes until the queue is closed.
pub(crate) fn tokenize(shared: &Shared) {
    while let Some(piece) = shared.queue.next_piece() {
        // A panic in the tokenizer is one request's bad luck, not the end of the thread.
        let items = catch_unwind(AssertUnwindSafe(|| tokenize_piece(shared, &piece)));
        let items = items.unwrap_or_else(|panic| {
            piece.request.fail(worker_error(&panic));
            Vec::new()
        });
        shared.queue.push_items(&piece, items);
    }
}

/// Tokenizes the texts of a piece, unless nobody waits for them.
fn tokenize_piece(shared: &Shared, piece: &Piece) -> Vec<Item> {
    let mut items = Vec::with_capacity(piece.texts.len());
    let prompt = shared.prompts.of(piece.request.kind);
    for (offset, text) in piece.texts.iter().enumerate() {
        if piece.request.is_over() {
            shared.totals.add_skipped(piece.texts.len());
            return Vec::new();
        }
        let index = piece.first + offset;
        match tokenize_text(shared, prompt, text, index) {
            Ok(tokens) => items.push(Item {
                request: Arc::clone(&piece.request),
                index,
                tokens,
            }),
            Err(error) => piece.request.fail(error),
        }
    }
    items
}

fn tokenize_text(shared: &Shared, prompt: &str, text: &str, index: usize) -> Result<Vec<u32>> {
    let tokens = shared.tokenizer.encode(prompt, text)?;
    let tokens_max = shared.tokens_max;
    if tokens.len() > tokens_max {
        return Err(Error::TextTooLong {
            index,
            tokens: tokens.len(),
            tokens_max,
        });
    }
    Ok(tokens)
}

/// Runs the model on one batch after another until the queue is closed.
pub(crate) fn run_model(shared: &Shared, model: &Qwen3, pool: &ThreadPool) {
    while let Some(mut items) = shared.queue.next_batch() {
        let taken = items.len();
        items.retain(|item| !item.request.is_over());
        if items.len() < taken {
            shared.totals.add_skipped(taken - items.len());
        }
        if items.is_empty() {
            continue;
        }
        let batch = pack(&items);
        let begin = Instant::now();
        let states = catch_unwind(AssertUnwindSafe(|| pool.install(|| model.states(&batch))))
            .unwrap_or_else(|panic| Err(worker_error(&panic)));
        shared
            .totals
            .add_batch(items.len(), batch.tokens.len(), begin.elapsed());
        answer(&items, states);
    }
}

fn pack(items: &[Item]) -> PackedBatch {
    let lengths = items.iter().map(|item| item.tokens.len()).collect();
    let tokens = items
        .iter()
        .flat_map(|item| item.tokens.iter().copied())
        .collect();
    PackedBatch { tokens, lengths }
}

/// Normalizes each state and hands it to its request; an error goes to every request.
fn answer(items: &[Item], states: Result<Vec<Vec<f32>>>) {
    let states = match states {
        Ok(states) => states,
        Err(error) => {
            tracing::error!(%error, texts = items.len(), "the model failed on a batch");
            let reason = error.to_string();
            for item in items {
                item.request.fail(Error::Worker {
                    reason: reason.clone(),
                });
            }
            return;
        }
    };
    for (index, (item, mut vector)) in items.iter().zip(states).enumerate() {
        match normalize(&mut vector) {
            Ok(()) => {
                item.request.complete(
                    item.index,
                    Embedding {
                        vector,
                        tokens: item.tokens.len(),
                    },
                );
            }
            Err(_) => item.request.fail(Error::OutputNotFinite { index }),
        }
    }
}

/// The message of a panic, as an error.
fn worker_error(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let reason = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::Worker {
        reason: reason.unwrap_or_else(|| "a panic without a message".to_owned()),
    }
}
