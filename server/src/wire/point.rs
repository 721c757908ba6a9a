//! Points: upserted, read, counted, deleted.

use engine::{Include, Point, Wait, Written};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{ApiError, Result};
use crate::wire::filter::FilterBody;
use crate::wire::id::Id;
use crate::wire::payload::{self, Object};

/// One point to insert or replace.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpsertPoint {
    pub(crate) id: Id,
    /// Embedded by the collection's model, and searched by words.
    pub(crate) text: Option<String>,
    /// What `text` is.
    pub(crate) format: Option<TextFormat>,
    /// A ready vector. In a collection with a model it must name the `model_fingerprint` it is
    /// from.
    pub(crate) vector: Option<Vec<f32>>,
    /// Ready vectors with the parts of the text they are of, as an export writes them; instead of
    /// `vector`.
    pub(crate) chunks: Option<Vec<UpsertChunk>>,
    /// The fingerprint of the model that made `vector` or `chunks`.
    pub(crate) model_fingerprint: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub(crate) payload: Option<Object>,
    /// Milliseconds since the Unix epoch from which on the point is hidden.
    pub(crate) expires_at: Option<u64>,
    /// Writes only if the point is at this sequence number; 0: only if it does not exist.
    pub(crate) if_sequence: Option<u64>,
    /// True: writes only if the point exists, at whatever sequence number. Not beside
    /// `if_sequence`.
    pub(crate) if_exists: Option<bool>,
}

/// What a text is. However it is, a long one is cut at headings, paragraphs and sentences where
/// it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TextFormat {
    /// Stored as it is.
    Plain,
    /// Stored as it is.
    Markdown,
    /// Stored as the text that a reader sees, with headings and list items marked as in Markdown.
    Html,
}

/// A part of a text with its vector.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpsertChunk)]
pub(crate) struct UpsertChunk {
    /// First character, in Unicode code points.
    pub(crate) start: usize,
    /// One past the last character, in Unicode code points.
    pub(crate) end: usize,
    pub(crate) vector: Vec<f32>,
}

/// Points to insert or replace, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upsert {
    #[schema(min_items = 1, max_items = 10000)]
    pub(crate) points: Vec<UpsertPoint>,
}

/// When a write is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Wait)]
pub(crate) enum WaitFor {
    /// After the sync to disk.
    #[default]
    Durable,
    /// Also after every search shows it.
    Searchable,
}

impl From<WaitFor> for Wait {
    fn from(wait: WaitFor) -> Self {
        match wait {
            WaitFor::Durable => Self::Durable,
            WaitFor::Searchable => Self::Searchable,
        }
    }
}

/// What to do with a bad line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnError {
    /// Report it and go on.
    #[default]
    Skip,
    /// Commit what came before it, report it and end.
    Stop,
}

/// How an upsert is carried out.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UpsertParameters {
    /// When each write is answered.
    #[serde(default)]
    #[param(inline)]
    pub(crate) wait: WaitFor,
    /// What to do with a bad line; for `application/x-ndjson` only.
    #[serde(default)]
    #[param(inline)]
    pub(crate) on_error: OnError,
}

/// How another write is carried out.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WriteParameters {
    /// When the write is answered.
    #[serde(default)]
    #[param(inline)]
    pub(crate) wait: WaitFor,
}

/// Which parts of a point to send.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GetParameters {
    /// `text`, `payload` and `vectors`, separated by commas; text and payload by default.
    #[param(value_type = Option<Vec<IncludePart>>, style = Form, explode = false)]
    pub(crate) include: Option<String>,
}

/// A part of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IncludePart {
    Text,
    Payload,
    Vectors,
}

/// The parts to send; text and payload when the request does not say.
pub(crate) fn include(parts: Option<&[IncludePart]>) -> Include {
    let parts = parts.unwrap_or(&[IncludePart::Text, IncludePart::Payload]);
    Include {
        text: parts.contains(&IncludePart::Text),
        payload: parts.contains(&IncludePart::Payload),
        vectors: parts.contains(&IncludePart::Vectors),
    }
}

impl GetParameters {
    /// Reads the comma-separated list.
    pub(crate) fn include(&self) -> Result<Include> {
        match &self.include {
            Some(list) => parse_include(list),
            None => Ok(include(None)),
        }
    }
}

/// Reads a comma-separated list of parts.
pub(crate) fn parse_include(list: &str) -> Result<Include> {
    let mut parts = Vec::new();
    for word in list.split(',').filter(|word| !word.is_empty()) {
        parts.push(match word {
            "text" => IncludePart::Text,
            "payload" => IncludePart::Payload,
            "vectors" => IncludePart::Vectors,
            other => {
                return Err(ApiError::invalid(
                    "include",
                    "include_invalid",
                    format!("`include` has `{other}`, expected text, payload or vectors"),
                ));
            }
        });
    }
    Ok(include(Some(&parts)))
}

/// What an upsert did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Upserted {
    /// Points inserted or replaced.
    pub(crate) upserted: u64,
    /// The write's sequence number.
    pub(crate) sequence: u64,
}

impl From<Written> for Upserted {
    fn from(written: Written) -> Self {
        Self {
            upserted: written.points,
            sequence: written.sequence,
        }
    }
}

/// What a delete did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// Points deleted; ids that did not exist are not counted.
    pub(crate) deleted: u64,
    /// The write's sequence number, or the last one when nothing was deleted.
    pub(crate) sequence: u64,
}

impl From<Written> for Deleted {
    fn from(written: Written) -> Self {
        Self {
            deleted: written.points,
            sequence: written.sequence,
        }
    }
}

/// What a change of a payload did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed {
    pub(crate) changed: u64,
    pub(crate) sequence: u64,
}

impl From<Written> for Changed {
    fn from(written: Written) -> Self {
        Self {
            changed: written.points,
            sequence: written.sequence,
        }
    }
}

/// Ids of points to read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetPoints {
    #[schema(max_items = 10000)]
    pub(crate) ids: Vec<Id>,
    /// Text and payload by default.
    pub(crate) include: Option<Vec<IncludePart>>,
}

/// Points to delete: `ids` or `filter`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeletePoints {
    #[schema(max_items = 10000)]
    pub(crate) ids: Option<Vec<Id>>,
    pub(crate) filter: Option<FilterBody>,
}

/// Which points to count; all by default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountPoints {
    pub(crate) filter: Option<FilterBody>,
}

/// How many points match.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counted {
    pub(crate) count: u64,
}

/// By which payload value points are ordered; those without it come last.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderBy {
    /// The dotted path. Values stand in this order: booleans, numbers, RFC 3339 dates as instants,
    /// other strings by their first 256 bytes. Of a list, the element that comes first counts.
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) direction: Direction,
}

/// Least first, or greatest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    #[default]
    Asc,
    Desc,
}

impl From<OrderBy> for engine::OrderBy {
    fn from(order: OrderBy) -> Self {
        Self {
            key: order.key,
            descending: order.direction == Direction::Desc,
        }
    }
}

/// A page of points in a stable order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScrollPoints {
    pub(crate) filter: Option<FilterBody>,
    /// By default points come in the order in which their ids were first written.
    pub(crate) order_by: Option<OrderBy>,
    /// How many points; 100 by default.
    #[schema(minimum = 1, maximum = 10000)]
    pub(crate) limit: Option<usize>,
    /// Where the last page ended; `filter` and `order_by` must be those of that page.
    #[schema(max_length = 1024)]
    pub(crate) cursor: Option<String>,
    /// Text and payload by default.
    pub(crate) include: Option<Vec<IncludePart>>,
}

/// A page of points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScrolledPoints {
    pub(crate) points: Vec<StoredPoint>,
    /// Send it for the next page; null at the end.
    pub(crate) cursor: Option<String>,
}

/// Points that were asked for by id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GotPoints {
    /// Those that exist, in the order asked for.
    pub(crate) points: Vec<StoredPoint>,
    /// Those that do not.
    pub(crate) missing: Vec<Id>,
}

/// A point as it is stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Point)]
pub(crate) struct StoredPoint {
    pub(crate) id: Id,
    /// The sequence number of the last write that changed it.
    sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) payload: Option<Object>,
    /// Its chunks with their vectors; one chunk for a ready vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chunks: Option<Vec<StoredChunk>>,
    /// Milliseconds since the Unix epoch from which on the point is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

/// A part of a point's text with its vector.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredChunk {
    /// First character, in Unicode code points.
    pub(crate) start: usize,
    /// One past the last character, in Unicode code points.
    pub(crate) end: usize,
    pub(crate) vector: Vec<f32>,
}

impl StoredPoint {
    /// From a point that was read with [`read_include`]; `asked` says what to send of it.
    pub(crate) fn new(point: Point, asked: Include) -> Self {
        let chunks = stored_chunks(&point);
        Self {
            id: point.id.into(),
            sequence: point.sequence,
            text: point.text.filter(|_| asked.text),
            payload: point.payload.map(payload::from_engine),
            chunks,
            expires_at: point.expires_at_ms,
        }
    }
}

/// A point's chunks with their spans in code points of its text.
pub(crate) fn stored_chunks(point: &Point) -> Option<Vec<StoredChunk>> {
    let text = point.text.as_deref().unwrap_or_default();
    let chunks = point.chunks.as_ref()?.iter();
    let stored = chunks.map(|chunk| StoredChunk {
        start: code_points(text, chunk.span.start as usize),
        end: code_points(text, chunk.span.end as usize),
        vector: chunk.vector.clone(),
    });
    Some(stored.collect())
}

/// What to read to be able to send `asked`: spans are counted in the text.
pub(crate) fn read_include(asked: Include) -> Include {
    Include {
        text: asked.text || asked.vectors,
        ..asked
    }
}

/// How many code points the first `bytes` of `text` hold.
fn code_points(text: &str, bytes: usize) -> usize {
    text.get(..bytes).unwrap_or(text).chars().count()
}

#[cfg(test)]
mod tests;
