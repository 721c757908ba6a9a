//! Points in Qdrant's shape.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{refuse, unsupported};
use crate::problem::{ApiError, Result};
use crate::wire::id::Id;
use crate::wire::payload::Object;
use crate::wire::point::StoredPoint;

/// Points to insert or replace: a list, or columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upsert {
    points: Option<Vec<Point>>,
    batch: Option<Batch>,
    shard_key: Option<Value>,
    update_filter: Option<Value>,
    update_mode: Option<Value>,
}

/// One point.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Point {
    pub(crate) id: Id,
    pub(crate) vector: Value,
    pub(crate) payload: Option<Object>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    ids: Vec<Id>,
    vectors: Value,
    payloads: Option<Vec<Option<Object>>>,
}

impl Upsert {
    /// The points, however they were sent.
    pub(crate) fn points(self) -> Result<Vec<Point>> {
        refuse("shard_key", self.shard_key.as_ref())?;
        refuse("update_filter", self.update_filter.as_ref())?;
        refuse("update_mode", self.update_mode.as_ref())?;
        match (self.points, self.batch) {
            (Some(points), None) => Ok(points),
            (None, Some(batch)) => batch.points(),
            (Some(_), Some(_)) | (None, None) => Err(ApiError::invalid(
                "points",
                "invalid_value",
                "expected exactly one of `points` and `batch`",
            )),
        }
    }
}

impl Batch {
    fn points(self) -> Result<Vec<Point>> {
        let Value::Array(vectors) = self.vectors else {
            return Err(unsupported("batch.vectors", "is not a list of vectors"));
        };
        let payloads = self
            .payloads
            .unwrap_or_else(|| self.ids.iter().map(|_| None).collect());
        if vectors.len() != self.ids.len() || payloads.len() != self.ids.len() {
            return Err(ApiError::invalid(
                "batch",
                "invalid_value",
                format!(
                    "`batch` has {} ids, {} vectors and {} payloads; expected as many of each",
                    self.ids.len(),
                    vectors.len(),
                    payloads.len()
                ),
            ));
        }
        let rows = self.ids.into_iter().zip(vectors).zip(payloads);
        Ok(rows
            .map(|((id, vector), payload)| Point {
                id,
                vector,
                payload,
            })
            .collect())
    }
}

/// What stands where a vector is expected.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum VectorInput {
    /// Numbers.
    Numbers(Vec<f32>),
    /// A text to embed, and the model that is meant.
    Text { text: String, model: String },
}

impl VectorInput {
    /// Reads numbers or a document, also under the empty name.
    pub(crate) fn read(json: Value, field: &str) -> Result<Self> {
        match json {
            Value::Array(numbers) => Ok(Self::Numbers(read_numbers(&numbers, field)?)),
            Value::Object(mut entries) => match entries.remove("") {
                Some(inner) if entries.is_empty() => Self::read_unnamed(inner, field),
                _ => read_document(&entries, field),
            },
            _ => Err(not_a_vector(field)),
        }
    }

    fn read_unnamed(json: Value, field: &str) -> Result<Self> {
        match json {
            Value::Array(numbers) => Ok(Self::Numbers(read_numbers(&numbers, field)?)),
            Value::Object(entries) => read_document(&entries, field),
            _ => Err(not_a_vector(field)),
        }
    }
}

fn not_a_vector(field: &str) -> ApiError {
    unsupported(
        field,
        "is not a vector: expected a list of numbers, or a document with `text` and `model`; \
         named, sparse and multiple vectors are not supported here",
    )
}

fn read_numbers(numbers: &[Value], field: &str) -> Result<Vec<f32>> {
    numbers
        .iter()
        .map(|number| number.as_f64().map(|number| number as f32))
        .collect::<Option<_>>()
        .ok_or_else(|| not_a_vector(field))
}

fn read_document(entries: &Map<String, Value>, field: &str) -> Result<VectorInput> {
    let word = |name: &str| entries.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_known = |name: &str| matches!(name, "text" | "model" | "options" | "bm25_config");
    match (word("text"), word("model")) {
        (Some(text), Some(model)) if entries.keys().all(|name| is_known(name)) => {
            refuse(&format!("{field}.options"), entries.get("options"))?;
            Ok(VectorInput::Text { text, model })
        }
        _ => Err(not_a_vector(field)),
    }
}

/// Which points: by id or by filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Selector {
    pub(crate) points: Option<Vec<Id>>,
    pub(crate) filter: Option<Value>,
    pub(crate) shard_key: Option<Value>,
}

/// A change to the payloads of points.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPayload {
    pub(crate) payload: Object,
    pub(crate) points: Option<Vec<Id>>,
    pub(crate) filter: Option<Value>,
    pub(crate) key: Option<Value>,
    pub(crate) shard_key: Option<Value>,
}

/// Keys to remove from the payloads of points.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeletePayload {
    pub(crate) keys: Vec<String>,
    pub(crate) points: Option<Vec<Id>>,
    pub(crate) filter: Option<Value>,
    pub(crate) shard_key: Option<Value>,
}

/// Points to read by id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retrieve {
    pub(crate) ids: Vec<Id>,
    pub(crate) with_payload: Option<Value>,
    pub(crate) with_vector: Option<Value>,
    pub(crate) shard_key: Option<Value>,
}

/// Points to read page by page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scroll {
    pub(crate) offset: Option<Id>,
    pub(crate) limit: Option<usize>,
    pub(crate) filter: Option<Value>,
    pub(crate) with_payload: Option<Value>,
    pub(crate) with_vector: Option<Value>,
    pub(crate) order_by: Option<Value>,
    pub(crate) shard_key: Option<Value>,
}

/// Points to count; the count is always exact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    pub(crate) filter: Option<Value>,
    #[expect(dead_code, reason = "a field of the facade that has no effect here")]
    pub(crate) exact: Option<bool>,
    pub(crate) shard_key: Option<Value>,
}

/// A question for the values at a payload path; the counts are always exact.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facet {
    pub(crate) key: String,
    pub(crate) limit: Option<usize>,
    pub(crate) filter: Option<Value>,
    #[expect(dead_code, reason = "a field of the facade that has no effect here")]
    pub(crate) exact: Option<bool>,
    pub(crate) shard_key: Option<Value>,
}

/// Which keys of a payload are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PayloadParts {
    None,
    All,
    Only(Vec<String>),
    Except(Vec<String>),
}

impl PayloadParts {
    /// Reads `with_payload`: true, false, keys, or keys to include or to exclude.
    pub(crate) fn read(json: Option<Value>, default: Self) -> Result<Self> {
        let field = "with_payload";
        let wrong = || {
            let problem = "is not true, false, a list of keys, or keys to `include` or `exclude`";
            ApiError::invalid(field, "invalid_value", format!("`{field}` {problem}"))
        };
        let keys = |json: Value| serde_json::from_value::<Vec<String>>(json).map_err(|_| wrong());
        match json {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(true)) => Ok(Self::All),
            Some(Value::Bool(false)) => Ok(Self::None),
            Some(list @ Value::Array(_)) => Ok(Self::Only(keys(list)?)),
            Some(Value::Object(mut entries)) => {
                match (entries.remove("include"), entries.remove("exclude")) {
                    (Some(list), None | Some(Value::Null)) => Ok(Self::Only(keys(list)?)),
                    (None | Some(Value::Null), Some(list)) => Ok(Self::Except(keys(list)?)),
                    _ => Err(wrong()),
                }
            }
            Some(_) => Err(wrong()),
        }
    }

    /// Whether anything of a payload is sent.
    pub(crate) fn are_any(&self) -> bool {
        *self != Self::None
    }

    /// The parts of a payload, or null.
    pub(crate) fn cut(&self, payload: Option<Object>) -> Value {
        let Some(mut payload) = payload else {
            return Value::Null;
        };
        match self {
            Self::None => return Value::Null,
            Self::All => {}
            Self::Only(keys) => payload.retain(|key, _| keys.contains(key)),
            Self::Except(keys) => payload.retain(|key, _| !keys.contains(key)),
        }
        payload.into()
    }
}

/// Reads `with_vector`: true, false, or a list with the empty name.
pub(crate) fn read_with_vector(json: Option<&Value>) -> Result<bool> {
    match json {
        None | Some(Value::Null | Value::Bool(false)) => Ok(false),
        Some(Value::Bool(true)) => Ok(true),
        Some(Value::Array(names)) if names.iter().all(|name| name == "") => Ok(!names.is_empty()),
        Some(_) => Err(unsupported(
            "with_vector",
            "names a vector, and a collection here has one without a name; give true or false",
        )),
    }
}

/// A stored point as Qdrant's record. A text of several chunks has a list of vectors.
pub(crate) fn record(point: StoredPoint, parts: &PayloadParts, with_vector: bool) -> Value {
    let mut record = json!({"id": point.id, "payload": parts.cut(point.payload)});
    if with_vector {
        record["vector"] = vectors(point.chunks.unwrap_or_default());
    }
    record
}

/// One vector as it is, several as a list.
pub(crate) fn vectors(chunks: Vec<crate::wire::point::StoredChunk>) -> Value {
    let mut vectors: Vec<Vec<f32>> = chunks.into_iter().map(|chunk| chunk.vector).collect();
    match vectors.len() {
        1 => json!(vectors.remove(0)),
        _ => json!(vectors),
    }
}
