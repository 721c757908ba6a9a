//! Exports: points as lines that an import takes as they are, or as rows of a table.

use engine::{Include, Point};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Result;
use crate::wire::id::Id;
use crate::wire::payload::{self, Object};
use crate::wire::point::{IncludePart, StoredChunk, parse_include, stored_chunks};

/// How an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportFormat {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// A Parquet file with one row a point, for other programs.
    Parquet,
}

impl ExportFormat {
    /// Its content type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Jsonl => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// What to export.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParameters {
    #[serde(default)]
    #[param(inline)]
    pub(crate) format: ExportFormat,
    /// `text`, `payload` and `vectors`, separated by commas; all by default. Without vectors, an
    /// import embeds the texts again.
    #[param(value_type = Option<Vec<IncludePart>>, style = Form, explode = false)]
    pub(crate) include: Option<String>,
}

impl ExportParameters {
    /// The parts asked for.
    pub(crate) fn include(&self) -> Result<Include> {
        match &self.include {
            Some(list) => parse_include(list),
            None => Ok(Include {
                text: true,
                payload: true,
                vectors: true,
            }),
        }
    }
}

/// One line of an export: a point as an upsert takes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportedPoint<'a> {
    pub(crate) id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) payload: Option<Object>,
    /// The model that made the vectors, in a collection with a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_fingerprint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chunks: Option<Vec<StoredChunk>>,
    /// Milliseconds since the Unix epoch from which on the point is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<u64>,
    /// Whether it has one vector, which is of its whole text.
    #[serde(skip)]
    pub(crate) has_one_vector: bool,
}

impl<'a> ExportedPoint<'a> {
    /// From a point that was read with [`read_include`](crate::wire::point::read_include).
    pub(crate) fn new(point: Point, asked: Include, fingerprint: Option<&'a str>) -> Self {
        let chunks = stored_chunks(&point);
        let has_one_vector = has_one_vector(&point);
        Self {
            id: point.id.into(),
            text: point.text.filter(|_| asked.text),
            payload: point
                .payload
                .filter(|payload| !payload.is_empty())
                .map(payload::from_engine),
            model_fingerprint: fingerprint.filter(|_| asked.vectors),
            chunks,
            expires_at: point.expires_at_ms,
            has_one_vector,
        }
    }
}

fn has_one_vector(point: &Point) -> bool {
    let Some([chunk]) = point.chunks.as_deref() else {
        return false;
    };
    let length = point.text.as_ref().map_or(0, String::len);
    chunk.span.start == 0 && chunk.span.end as usize == length
}
