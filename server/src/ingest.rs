//! Points in: texts are cut and embedded, and become a write. One of the two places where the
//! engine and the model meet.

mod check;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use embedder::{Chunk, Embedding, InputKind, Pending};
use engine::{
    ChunkingSchema, Collection, CollectionSchema, Condition, Payload, PointId, Span, Wait,
    WriteRequest,
};

use check::check_batch;
pub(crate) use check::{check_chunking, check_model, check_point, check_text, default_chunking};

use crate::model;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::point::{Upsert, Upserted};

/// Texts and bytes handed to the model at once. Enough for several of its batches, and little
/// enough that a request waiting in the queue does not shut out the others.
const GROUP_TEXTS_MAX: usize = 256;
const GROUP_BYTES_MAX: usize = 256 << 10;

/// The same for chunks, which are tokenized already. Text has about four bytes a token.
const GROUP_TOKENS_MAX: usize = GROUP_BYTES_MAX / 4;

/// Groups of one request that wait for the model at once.
const GROUPS_IN_FLIGHT_MAX: usize = 8;

/// Where points go, and what the model has to do with it.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) collection: Arc<Collection>,
}

impl Target {
    /// Finds the collection.
    pub(crate) fn find(state: &AppState, name: &str) -> Result<Self> {
        Ok(Self {
            collection: state.collection(name)?,
        })
    }

    fn schema(&self) -> Arc<CollectionSchema> {
        self.collection.schema()
    }
}

/// A point whose own parts are in order.
pub(crate) struct CheckedPoint {
    pub(crate) id: PointId,
    text: Option<String>,
    /// Vectors that the caller brought.
    ready: Option<Vec<engine::Chunk>>,
    payload: Payload,
    expires_at_ms: Option<u64>,
    condition: Condition,
}

/// What to do when the model's queue is full at the first text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Tell the caller to come back.
    Refuse,
    /// Wait: the caller is a stream and slows down with us.
    Wait,
}

/// Upserts a JSON batch: all or nothing.
pub(crate) async fn upsert(
    state: &AppState,
    collection: &str,
    body: Upsert,
    wait: Wait,
) -> Result<Upserted> {
    let target = Target::find(state, collection)?;
    let points = check_batch(state, &target, body.points)?;
    let mut prepared = Vec::with_capacity(points.len());
    let embedded = prepare(state, &target, points, Patience::Refuse).await?;
    for (index, point) in embedded.into_iter().enumerate() {
        prepared.push(point.map_err(|error| error.at(&format!("points[{index}].text")))?);
    }
    let collection = target.collection;
    let written = state
        .writes
        .run(move || Ok(collection.write(WriteRequest::Upsert(prepared), wait)?))
        .await?;
    Ok(written.into())
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Cuts and embeds what has to be, and answers the points ready to write, in order. The outer
/// error concerns all of them, an inner one its point alone.
pub(crate) async fn prepare(
    state: &AppState,
    target: &Target,
    points: Vec<CheckedPoint>,
    patience: Patience,
) -> Result<Vec<Result<engine::UpsertPoint>>> {
    let cuts = cut(state, target, &points).await?;
    let mut counts = Vec::with_capacity(points.len());
    let mut chunks = Vec::with_capacity(points.len());
    for cut in cuts {
        counts.push(cut.map(|cut| {
            let count = cut.len();
            chunks.extend(cut);
            count
        }));
    }
    // A group is a part of the queue only, so that it need not wait until the queue is empty.
    let tokens_max = GROUP_TOKENS_MAX.min(state.config.model.queue_tokens_max / 4);
    let groups = groups(&chunks, Chunk::tokens, tokens_max);
    let submit = |group: &[Chunk]| state.model.submit_chunks(group);
    let embeddings = embed_groups(groups, submit, patience).await?;
    if embeddings.len() != chunks.len() {
        return Err(ApiError::fault(
            "internal",
            &"the model answered too little",
        ));
    }
    let dimensions = target.schema().dimensions as usize;
    let mut embedded = chunks.into_iter().zip(embeddings);
    let mut prepared = Vec::with_capacity(points.len());
    for (point, count) in points.into_iter().zip(counts) {
        prepared.push(match count {
            Ok(count) => {
                // All of a point's, whatever becomes of it: the next ones are the next point's.
                let own: Vec<_> = embedded.by_ref().take(count).collect();
                assemble(point, own, dimensions)
            }
            Err(error) => Err(error),
        });
    }
    Ok(prepared)
}

type Cut = Result<Vec<Chunk>>;

/// Cuts and tokenizes the texts that have no vector, on a thread of the pool for it.
async fn cut(state: &AppState, target: &Target, points: &[CheckedPoint]) -> Result<Vec<Cut>> {
    let schema = target.schema();
    let Some(model) = &schema.model else {
        return Ok(points.iter().map(|_| Ok(Vec::new())).collect());
    };
    let chunking = embedder_chunking(model.chunking);
    let loaded = state.model.clone();
    let texts: Vec<Option<String>> = points.iter().map(CheckedPoint::text_to_embed).collect();
    let cut_all = move || {
        let cuts = texts.iter().map(|text| match text {
            Some(text) => loaded.split(text, &chunking),
            None => Ok(Vec::new()),
        });
        Ok(cuts.collect())
    };
    state.splits.run(cut_all).await
}

fn embedder_chunking(chunking: ChunkingSchema) -> embedder::Chunking {
    embedder::Chunking {
        tokens: chunking.tokens as usize,
        overlap: chunking.overlap as usize,
    }
}

impl CheckedPoint {
    /// The text, where the caller brought no vector for it.
    fn text_to_embed(&self) -> Option<String> {
        let text = self.text.as_ref().filter(|_| self.ready.is_none());
        text.cloned()
    }
}

/// Embeds texts in order, several groups in the model's queue at once.
pub(crate) async fn embed(
    state: &AppState,
    texts: Vec<String>,
    kind: InputKind,
    patience: Patience,
) -> Result<Vec<Embedding>> {
    let bytes_max = GROUP_BYTES_MAX.min(state.config.model.queue_tokens_max);
    // A byte more for each, because an empty text is work, too.
    let groups = groups(&texts, |text| text.len() + 1, bytes_max);
    let submit = |group: &[String]| state.model.submit(group.to_vec(), kind);
    embed_groups(groups, submit, patience).await
}

/// Hands groups in with `submit`, several at once, and answers their embeddings in order.
async fn embed_groups<T>(
    groups: Vec<&[T]>,
    submit: impl Fn(&[T]) -> Result<Pending>,
    patience: Patience,
) -> Result<Vec<Embedding>> {
    let mut embeddings = Vec::new();
    let mut in_flight: VecDeque<Pending> = VecDeque::new();
    for group in groups {
        if in_flight.len() >= GROUPS_IN_FLIGHT_MAX {
            collect_first(&mut in_flight, &mut embeddings).await?;
        }
        loop {
            match submit(group) {
                Ok(pending) => {
                    in_flight.push_back(pending);
                    break;
                }
                Err(error) if error.is_overload() => {
                    let is_first = in_flight.is_empty() && embeddings.is_empty();
                    if is_first && patience == Patience::Refuse {
                        return Err(error);
                    }
                    if in_flight.is_empty() {
                        let wait_ms = error.retry_after_ms.unwrap_or_default().max(1);
                        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                    } else {
                        collect_first(&mut in_flight, &mut embeddings).await?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    while !in_flight.is_empty() {
        collect_first(&mut in_flight, &mut embeddings).await?;
    }
    Ok(embeddings)
}

async fn collect_first(
    in_flight: &mut VecDeque<Pending>,
    embeddings: &mut Vec<Embedding>,
) -> Result<()> {
    if let Some(pending) = in_flight.pop_front() {
        embeddings.extend(pending.await?);
    }
    Ok(())
}

/// Divides what the model is to read into groups of bounded count and weight; what alone weighs
/// more is a group of its own.
fn groups<T>(items: &[T], weigh: impl Fn(&T) -> usize, weight_max: usize) -> Vec<&[T]> {
    let mut groups = Vec::new();
    let (mut first, mut weight) = (0, 0);
    for (index, item) in items.iter().enumerate() {
        weight += weigh(item);
        if index > first && (index - first >= GROUP_TEXTS_MAX || weight > weight_max) {
            groups.push(&items[first..index]);
            (first, weight) = (index, weigh(item));
        }
    }
    if first < items.len() {
        groups.push(&items[first..]);
    }
    groups
}

/// Joins a point with its vectors.
fn assemble(
    point: CheckedPoint,
    embedded: Vec<(Chunk, Embedding)>,
    dimensions: usize,
) -> Result<engine::UpsertPoint> {
    let mut chunks = point.ready.unwrap_or_default();
    for (chunk, embedding) in embedded {
        let span = Span {
            start: to_u32(chunk.start),
            end: to_u32(chunk.end),
        };
        let vector = model::prefix(embedding, dimensions)?;
        chunks.push(engine::Chunk { span, vector });
    }
    Ok(engine::UpsertPoint {
        id: point.id,
        text: point.text,
        chunks,
        payload: point.payload,
        expires_at_ms: point.expires_at_ms,
        condition: point.condition,
    })
}

#[cfg(test)]
mod tests;
