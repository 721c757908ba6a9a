//! Points in: texts are cut and embedded, and become a write. One of the two places where the
//! engine and the model meet.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use embedder::{Embedding, InputKind, Pending};
use engine::{
    ChunkingSchema, Collection, CollectionSchema, Condition, Payload, PointId, Span, Wait,
    WriteRequest,
};

use crate::model;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::collection::Chunking;
use crate::wire::payload;
use crate::wire::point::{TextFormat, Upsert, UpsertPoint, Upserted};
use crate::{chunks, html};

/// The longest chunk by default: about 190 English words, one or two paragraphs. Passages of
/// this length are what retrieval models are trained on; a longer chunk averages several
/// subjects into one vector, a shorter one loses what its pronouns refer to.
const CHUNK_TOKENS: usize = 256;

/// What neighbours share by default: an eighth, about one sentence, so that a statement at a
/// cut is whole in one of them.
const CHUNK_OVERLAP: usize = 32;

/// Shorter chunks hold less than a sentence, and a long text would make too many of them.
const CHUNK_TOKENS_MIN: usize = 16;

/// Texts and bytes handed to the model at once. Enough for several of its batches, and little
/// enough that a request waiting in the queue does not shut out the others.
const GROUP_TEXTS_MAX: usize = 256;
const GROUP_BYTES_MAX: usize = 256 << 10;

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

/// Finds every fault that needs no model, so that nothing is embedded in vain.
fn check_batch(
    state: &AppState,
    target: &Target,
    points: Vec<UpsertPoint>,
) -> Result<Vec<CheckedPoint>> {
    let points_max = state.config.engine.write_points_max;
    if points.is_empty() || points.len() > points_max {
        let code = if points.is_empty() {
            "empty"
        } else {
            "too_many"
        };
        return Err(ApiError::invalid(
            "points",
            code,
            format!(
                "`points` has {} entries, expected 1 to {points_max}",
                points.len()
            ),
        ));
    }
    let mut checked = Vec::with_capacity(points.len());
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::with_capacity(points.len());
    for (index, point) in points.into_iter().enumerate() {
        let point = check_point(state, target, point, &format!("points[{index}]."))?;
        if let Some(first) = seen.insert(point.id.key(), index) {
            return Err(ApiError::invalid(
                format!("points[{index}].id"),
                "duplicate_id",
                format!("`{}` is also the id of points[{first}]", point.id),
            ));
        }
        checked.push(point);
    }
    Ok(checked)
}

/// Checks one point; `at` is what its fields are named after, such as `points[3].`.
pub(crate) fn check_point(
    state: &AppState,
    target: &Target,
    point: UpsertPoint,
    at: &str,
) -> Result<CheckedPoint> {
    let id = point.id.check(&format!("{at}id"))?;
    let text = read_text(state, point.text, point.format, at)?;
    let dimensions = target.schema().dimensions as usize;
    let ready = chunks::check(point.vector, point.chunks, text.as_deref(), dimensions, at)?;
    let checked = CheckedPoint {
        id,
        text,
        ready,
        payload: payload::to_engine(point.payload.unwrap_or_default()),
        expires_at_ms: point.expires_at,
        condition: point
            .if_sequence
            .map_or(Condition::Always, Condition::IfSequence),
    };
    check_source(
        state,
        target,
        &checked,
        point.model_fingerprint.as_deref(),
        at,
    )?;
    Ok(checked)
}

/// The text to store, of what was sent in its format.
fn read_text(
    state: &AppState,
    sent: Option<String>,
    format: Option<TextFormat>,
    at: &str,
) -> Result<Option<String>> {
    let Some(sent) = sent else {
        return match format {
            None => Ok(None),
            Some(_) => Err(ApiError::invalid(
                format!("{at}format"),
                "format_without_text",
                "`format` says what `text` is, and there is none; leave it out",
            )),
        };
    };
    let field = format!("{at}text");
    let bytes_max = state.config.model.text_bytes_max;
    check_text(&sent, &field, bytes_max)?;
    match format {
        None | Some(TextFormat::Plain | TextFormat::Markdown) => Ok(Some(sent)),
        Some(TextFormat::Html) => {
            let text = html::to_text(&sent);
            check_text(&text, &field, bytes_max)?;
            Ok(Some(text))
        }
    }
}

/// Refuses an empty text and one over the limit.
pub(crate) fn check_text(text: &str, field: &str, bytes_max: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ApiError::invalid(
            field,
            "text_empty",
            format!("`{field}` is empty, expected some words"),
        ));
    }
    if text.len() > bytes_max {
        return Err(ApiError::invalid(
            field,
            "text_too_long",
            format!(
                "`{field}` has {} bytes, at most {bytes_max} are taken; cut it into several points",
                text.len()
            ),
        ));
    }
    Ok(())
}

/// Decides whether text and vector are what this collection takes.
fn check_source(
    state: &AppState,
    target: &Target,
    point: &CheckedPoint,
    fingerprint: Option<&str>,
    at: &str,
) -> Result<()> {
    let schema = target.schema();
    let Some(model) = &schema.model else {
        if point.ready.is_none() {
            return Err(ApiError::invalid(
                format!("{at}vector"),
                "vector_required",
                "the collection has no model, so every point needs a `vector`",
            ));
        }
        return match fingerprint {
            None => Ok(()),
            Some(_) => Err(ApiError::invalid(
                format!("{at}model_fingerprint"),
                "fingerprint_unused",
                "the collection has no model; leave `model_fingerprint` out",
            )),
        };
    };
    match (&point.ready, &point.text, fingerprint) {
        (Some(_), _, Some(found)) if found == model.fingerprint => Ok(()),
        (Some(_), _, Some(found)) => Err(ApiError::invalid(
            format!("{at}model_fingerprint"),
            "fingerprint_mismatch",
            format!(
                "the vector is from `{found}`, the collection is of `{}` ({})",
                model.fingerprint, model.name
            ),
        )),
        (Some(_), _, None) => Err(ApiError::invalid(
            format!("{at}model_fingerprint"),
            "fingerprint_required",
            format!(
                "the collection is of model `{}`: a ready vector must name the \
                 `model_fingerprint` it is from, or send `text` alone",
                model.name
            ),
        )),
        (None, Some(_), _) => {
            check_model(state, &schema).map_err(|error| error.at(&format!("{at}text")))
        }
        (None, None, _) => Err(ApiError::invalid(
            format!("{at}text"),
            "text_required",
            "the point has neither `text` nor `vector`",
        )),
    }
}

/// Refuses to embed for a collection of another model than the one that is loaded.
pub(crate) fn check_model(state: &AppState, schema: &CollectionSchema) -> Result<()> {
    let loaded = state.model.info();
    match &schema.model {
        Some(model) if model.fingerprint != loaded.fingerprint => Err(ApiError::new(
            "model_mismatch",
            format!(
                "the collection is of model `{}` ({}), the server has loaded `{}` ({}); start it \
                 with `--model {}`, or bring vectors with their `model_fingerprint`",
                model.name, model.fingerprint, loaded.name, loaded.fingerprint, model.name
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Default chunking within what the model reads.
pub(crate) fn default_chunking(tokens_max: usize) -> Chunking {
    let tokens = CHUNK_TOKENS.min(tokens_max);
    Chunking {
        tokens: to_u32(tokens),
        overlap: to_u32(CHUNK_OVERLAP.min(tokens / 8)),
    }
}

/// Refuses chunks that the model cannot read, or that overlap so much that they go nowhere.
pub(crate) fn check_chunking(chunking: Chunking, tokens_max: usize) -> Result<Chunking> {
    let tokens = chunking.tokens as usize;
    if tokens < CHUNK_TOKENS_MIN.min(tokens_max) || tokens > tokens_max {
        return Err(ApiError::invalid(
            "chunking.tokens",
            "chunking_out_of_range",
            format!("`chunking.tokens` is {tokens}, expected {CHUNK_TOKENS_MIN} to {tokens_max}"),
        ));
    }
    if chunking.overlap > chunking.tokens / 2 {
        return Err(ApiError::invalid(
            "chunking.overlap",
            "chunking_out_of_range",
            format!(
                "`chunking.overlap` is {}, expected at most half of `chunking.tokens`, {}",
                chunking.overlap,
                chunking.tokens / 2
            ),
        ));
    }
    Ok(chunking)
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
    let spans = cut(state, target, &points).await?;
    let texts = chunk_texts(&points, &spans);
    let embeddings = embed(state, texts, InputKind::Document, patience).await?;
    let dimensions = target.schema().dimensions as usize;
    let mut embeddings = embeddings.into_iter();
    let mut prepared = Vec::with_capacity(points.len());
    for (point, spans) in points.into_iter().zip(spans) {
        prepared.push(match spans {
            Ok(spans) => assemble(point, spans, &mut embeddings, dimensions),
            Err(error) => Err(error),
        });
    }
    Ok(prepared)
}

type Spans = Result<Vec<Span>>;

/// Cuts the texts that have no vector, on a thread of the pool for it.
async fn cut(state: &AppState, target: &Target, points: &[CheckedPoint]) -> Result<Vec<Spans>> {
    let schema = target.schema();
    let Some(model) = &schema.model else {
        return Ok(points.iter().map(|_| Ok(Vec::new())).collect());
    };
    let chunking = embedder_chunking(model.chunking);
    let loaded = state.model.clone();
    let texts: Vec<Option<Arc<str>>> = points
        .iter()
        .map(|point| match (&point.ready, &point.text) {
            (None, Some(text)) => Some(Arc::from(text.as_str())),
            (Some(_), _) | (None, None) => None,
        })
        .collect();
    let cut_all = move || {
        let spans = texts.iter().map(|text| match text {
            Some(text) => cut_one(&loaded, text, &chunking),
            None => Ok(Vec::new()),
        });
        Ok(spans.collect())
    };
    state.splits.run(cut_all).await
}

fn embedder_chunking(chunking: ChunkingSchema) -> embedder::Chunking {
    embedder::Chunking {
        tokens: chunking.tokens as usize,
        overlap: chunking.overlap as usize,
    }
}

fn cut_one(
    loaded: &model::LoadedModel,
    text: &str,
    chunking: &embedder::Chunking,
) -> Result<Vec<Span>> {
    let spans = loaded.split(text, chunking)?;
    Ok(spans
        .into_iter()
        .map(|span| Span {
            start: to_u32(span.start),
            end: to_u32(span.end),
        })
        .collect())
}

/// The chunks of all points, one after another.
fn chunk_texts(points: &[CheckedPoint], spans: &[Spans]) -> Vec<String> {
    let mut texts = Vec::new();
    for (point, spans) in points.iter().zip(spans) {
        let (Some(text), Ok(spans)) = (&point.text, spans) else {
            continue;
        };
        for span in spans {
            let chunk = text.get(span.start as usize..span.end as usize);
            texts.push(chunk.unwrap_or_default().to_owned());
        }
    }
    texts
}

/// Embeds texts in order, several groups in the model's queue at once.
pub(crate) async fn embed(
    state: &AppState,
    texts: Vec<String>,
    kind: InputKind,
    patience: Patience,
) -> Result<Vec<Embedding>> {
    let bytes_max = GROUP_BYTES_MAX.min(state.config.model.queue_tokens_max);
    let mut embeddings = Vec::with_capacity(texts.len());
    let mut in_flight: VecDeque<Pending> = VecDeque::new();
    for group in groups(texts, bytes_max) {
        if in_flight.len() >= GROUPS_IN_FLIGHT_MAX {
            collect_first(&mut in_flight, &mut embeddings).await?;
        }
        loop {
            match state.model.submit(group.clone(), kind) {
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

/// Divides texts into groups of bounded count and bytes; a long text is a group of its own.
fn groups(texts: Vec<String>, bytes_max: usize) -> Vec<Vec<String>> {
    let mut groups = Vec::new();
    let mut group: Vec<String> = Vec::new();
    let mut bytes = 0;
    for text in texts {
        let is_full = group.len() >= GROUP_TEXTS_MAX || bytes + text.len() + 1 > bytes_max;
        if is_full && !group.is_empty() {
            groups.push(std::mem::take(&mut group));
            bytes = 0;
        }
        bytes += text.len() + 1;
        group.push(text);
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}

/// Joins a point with its vectors.
fn assemble(
    point: CheckedPoint,
    spans: Vec<Span>,
    embeddings: &mut impl Iterator<Item = Embedding>,
    dimensions: usize,
) -> Result<engine::UpsertPoint> {
    let mut chunks = point.ready.unwrap_or_default();
    chunks.reserve(spans.len());
    for span in spans {
        let embedding = embeddings
            .next()
            .ok_or_else(|| ApiError::fault("internal", &"the model answered too little"))?;
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
