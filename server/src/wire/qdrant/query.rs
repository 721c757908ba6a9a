//! Queries in Qdrant's shape.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::point::VectorInput;
use super::{refuse, unsupported};
use crate::problem::{ApiError, Result};
use crate::wire::id::Id;

/// The most rankings that one query fuses.
pub(crate) const PREFETCHES_MAX: usize = 16;
/// The most queries in one request.
pub(crate) const BATCH_MAX: usize = 64;
/// Qdrant's constant of reciprocal rank fusion, for ranks from 0.
const RANK_CONSTANT_DEFAULT: f32 = 2.0;

/// Names of the model that stands for search by words.
const BM25_NAMES: [&str; 2] = ["qdrant/bm25", "bm25"];

/// A query, or several rankings fused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "Qdrant's words")]
pub(crate) struct Query {
    pub(crate) prefetch: Option<Prefetches>,
    pub(crate) query: Option<Value>,
    pub(crate) using: Option<String>,
    pub(crate) filter: Option<Value>,
    pub(crate) params: Option<Value>,
    pub(crate) score_threshold: Option<f32>,
    pub(crate) limit: Option<usize>,
    pub(crate) offset: Option<usize>,
    pub(crate) with_vector: Option<Value>,
    pub(crate) with_payload: Option<Value>,
    pub(crate) lookup_from: Option<Value>,
    pub(crate) shard_key: Option<Value>,
}

/// One prefetch or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Prefetches {
    Several(Vec<Prefetch>),
    One(Box<Prefetch>),
}

/// A ranking to fuse.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "Qdrant's words")]
pub(crate) struct Prefetch {
    pub(crate) prefetch: Option<Value>,
    pub(crate) query: Option<Value>,
    pub(crate) using: Option<String>,
    pub(crate) filter: Option<Value>,
    pub(crate) params: Option<Value>,
    pub(crate) score_threshold: Option<f32>,
    pub(crate) limit: Option<usize>,
    pub(crate) lookup_from: Option<Value>,
}

/// Several queries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Queries {
    pub(crate) searches: Vec<Query>,
}

impl Query {
    /// Takes the prefetches out, bounded.
    pub(crate) fn take_prefetches(&mut self) -> Result<Vec<Prefetch>> {
        let prefetches = match self.prefetch.take() {
            None => Vec::new(),
            Some(Prefetches::One(one)) => vec![*one],
            Some(Prefetches::Several(several)) => several,
        };
        if prefetches.len() > PREFETCHES_MAX {
            return Err(ApiError::invalid(
                "prefetch",
                "too_many",
                format!(
                    "`prefetch` has {} entries, at most {PREFETCHES_MAX} are taken",
                    prefetches.len()
                ),
            ));
        }
        refuse("lookup_from", self.lookup_from.as_ref())?;
        refuse("shard_key", self.shard_key.as_ref())?;
        for prefetch in &prefetches {
            refuse("prefetch.prefetch", prefetch.prefetch.as_ref())?;
            refuse("prefetch.lookup_from", prefetch.lookup_from.as_ref())?;
        }
        Ok(prefetches)
    }
}

/// What one ranking is by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ranking {
    /// Closeness to these numbers.
    Vector(Vec<f32>),
    /// Closeness to a text, by the model of this name.
    Text { text: String, model: String },
    /// The words of a text.
    Words(String),
    /// Closeness to a point that is there.
    Point(Id),
}

impl Ranking {
    /// Reads a query. `using` names a sparse vector where words are meant, and else nothing.
    pub(crate) fn read(query: Option<Value>, using: Option<&str>, field: &str) -> Result<Self> {
        let ranking = read_ranking(query.unwrap_or_default(), field)?;
        let is_named = using.is_some_and(|name| !name.is_empty());
        if is_named && !matches!(ranking, Self::Words(_)) {
            return Err(unsupported(
                "using",
                "names a vector, and a collection here has one without a name; leave it out",
            ));
        }
        Ok(ranking)
    }
}

fn read_ranking(query: Value, field: &str) -> Result<Ranking> {
    match query {
        Value::String(id) => Ok(Ranking::Point(Id::String(id))),
        Value::Number(number) => match number.as_u64() {
            Some(id) => Ok(Ranking::Point(Id::Integer(id))),
            None => Err(unsupported(field, "is a number and no id")),
        },
        Value::Object(mut entries) if entries.contains_key("nearest") => {
            refuse(&format!("{field}.mmr"), entries.get("mmr"))?;
            let inner = entries.remove("nearest").unwrap_or_default();
            // One level: what is nearest is a vector, a text or a point.
            match &inner {
                Value::Object(entries) if entries.contains_key("nearest") => {
                    Err(unsupported(field, "nests `nearest`"))
                }
                _ => read_ranking(inner, field),
            }
        }
        Value::Null => Err(unsupported(
            field,
            "is missing; to read points without a query, scroll",
        )),
        other => Ok(match VectorInput::read(other, field)? {
            VectorInput::Numbers(numbers) => Ranking::Vector(numbers),
            VectorInput::Text { text, model } => {
                let is_words = BM25_NAMES.contains(&model.to_ascii_lowercase().as_str());
                if is_words {
                    Ranking::Words(text)
                } else {
                    Ranking::Text { text, model }
                }
            }
        }),
    }
}

/// How rankings are fused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReciprocalRank {
    pub(crate) rank_constant: f32,
    pub(crate) weights: Vec<f32>,
}

impl ReciprocalRank {
    /// Reads `{"fusion": "rrf"}` or `{"rrf": {"k", "weights"}}` for so many rankings.
    pub(crate) fn read(query: Option<&Value>, rankings: usize) -> Result<Self> {
        let mut fusion = Self {
            rank_constant: RANK_CONSTANT_DEFAULT,
            weights: vec![1.0; rankings],
        };
        let Some(Value::Object(entries)) = query else {
            return Err(not_a_fusion());
        };
        if entries.get("fusion").and_then(Value::as_str) == Some("rrf") {
            return Ok(fusion);
        }
        let Some(Value::Object(rrf)) = entries.get("rrf") else {
            return Err(not_a_fusion());
        };
        fusion.read_parameters(rrf)?;
        if fusion.weights.len() != rankings {
            return Err(ApiError::invalid(
                "query.rrf.weights",
                "fusion_invalid",
                format!(
                    "`query.rrf.weights` has {} numbers for {rankings} prefetches",
                    fusion.weights.len()
                ),
            ));
        }
        Ok(fusion)
    }

    fn read_parameters(&mut self, rrf: &Map<String, Value>) -> Result<()> {
        let in_range = |number: &f32| (0.0..=1e6).contains(number);
        let wrong = |field: &str| {
            ApiError::invalid(
                field,
                "fusion_invalid",
                format!("`{field}` is not a number from 0 to 1000000"),
            )
        };
        let read = |number: &Value| number.as_f64().map(|number| number as f32).filter(in_range);
        if let Some(constant) = rrf.get("k").filter(|value| !value.is_null()) {
            let constant = read(constant).filter(|constant| *constant > 0.0);
            self.rank_constant = constant.ok_or_else(|| wrong("query.rrf.k"))?;
        }
        if let Some(weights) = rrf.get("weights").filter(|value| !value.is_null()) {
            let weights = weights.as_array().map(|weights| weights.iter().map(read));
            self.weights = weights
                .and_then(Iterator::collect)
                .ok_or_else(|| wrong("query.rrf.weights"))?;
        }
        Ok(())
    }

    /// What a place in a ranking adds, with places from 0.
    pub(crate) fn score(&self, ranking: usize, place: usize) -> f32 {
        let weight = self.weights.get(ranking).copied().unwrap_or_default();
        weight / (self.rank_constant + place as f32)
    }
}

fn not_a_fusion() -> ApiError {
    unsupported(
        "query",
        "is not supported over `prefetch`; expected {\"fusion\": \"rrf\"} or {\"rrf\": {}}",
    )
}
