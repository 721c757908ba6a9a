//! Searches and what they answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::Id;
use super::point::Payload;

/// Which rankings a search uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// By meaning and by words.
    Hybrid,
    /// By meaning.
    Vector,
    /// By words.
    Text,
}

/// How two rankings become one: reciprocal rank fusion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fusion {
    /// `scores` (the default) or `rrf`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<FusionMethod>,
    /// For `rrf`: dampens the first ranks; 60 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank_constant: Option<f32>,
    /// What each ranking counts.
    pub weights: Weights,
}

/// A way of fusing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FusionMethod {
    /// A weighted sum of scores, each brought to 0 to 1 within its ranking.
    Scores,
    /// Reciprocal rank fusion.
    Rrf,
}

/// What each ranking counts; the server's defaults depend on the method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Weights {
    /// The vector ranking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<f32>,
    /// The text ranking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<f32>,
}

/// A search by text, by vector, or by both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// The question as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The question as a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vec<f32>>,
    /// The richest possible by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<SearchMode>,
    /// How many points; the server's default is 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Which points qualify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// The recall to aim for; 1 is the exact scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f32>,
    /// How two rankings become one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fusion: Option<Fusion>,
    /// Some of `text`, `payload`, `chunk` and `neighbours`; the first three by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<String>>,
    /// Whether to say how the answer came about.
    pub explain: bool,
}

impl Search {
    /// A search by text.
    pub fn query(text: impl Into<String>) -> Self {
        Self {
            query: Some(text.into()),
            ..Self::default()
        }
    }

    /// A search by vector.
    pub fn vector(vector: Vec<f32>) -> Self {
        Self {
            vector: Some(vector),
            ..Self::default()
        }
    }
}

/// Ranked points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Time in the server, in milliseconds.
    pub took_ms: f64,
    /// How the answer came about, if asked for.
    #[serde(default)]
    pub explain: Option<Explanation>,
}

/// One ranked point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The point.
    pub id: Id,
    /// Higher is closer.
    pub score: f32,
    /// Its text.
    #[serde(default)]
    pub text: Option<String>,
    /// Its payload.
    #[serde(default)]
    pub payload: Option<Payload>,
    /// The closest part of its text.
    #[serde(default)]
    pub chunk: Option<HitChunk>,
    /// The chunks around it, if asked for.
    #[serde(default)]
    pub neighbours: Option<Neighbours>,
    /// Where it stood in each ranking, if asked for.
    #[serde(default)]
    pub explain: Option<HitRanks>,
}

/// The part of a text that is closest to the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HitChunk {
    /// Its position among the point's chunks.
    pub index: usize,
    /// First character, in Unicode code points.
    pub start: usize,
    /// One past the last character, in Unicode code points.
    pub end: usize,
    /// What it says.
    pub text: String,
}

/// The chunks around the closest one; they may share some text with it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Neighbours {
    /// None where the closest chunk is the first.
    #[serde(default)]
    pub before: Option<NeighbourChunk>,
    /// None where the closest chunk is the last.
    #[serde(default)]
    pub after: Option<NeighbourChunk>,
}

/// A chunk beside the closest one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct NeighbourChunk {
    /// First character, in Unicode code points.
    pub start: usize,
    /// One past the last character, in Unicode code points.
    pub end: usize,
    /// What it says.
    pub text: String,
}

/// Where a hit stood in each ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitRanks {
    /// By meaning.
    #[serde(default)]
    pub vector: Option<Standing>,
    /// By words.
    #[serde(default)]
    pub text: Option<Standing>,
}

/// A place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// From 1.
    pub rank: usize,
    /// In the ranking's own terms: closeness, or BM25.
    pub score: f32,
    /// What it adds to the hit's score.
    pub added: f32,
}

/// How an answer came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The rankings that were used.
    pub mode: SearchMode,
    /// How each segment was searched.
    pub segments: Vec<ExplainedSegment>,
    /// Candidates by meaning.
    pub vector_candidates: usize,
    /// Candidates by words.
    pub text_candidates: usize,
    /// What a text that holds every word of the query could score by BM25, about.
    pub text_possible: f32,
    /// Points that passed the filter.
    #[serde(default)]
    pub filtered_points: Option<u64>,
}

/// How one segment was searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedSegment {
    /// None for the active segment.
    pub segment: Option<u64>,
    /// Vectors in it.
    pub vectors: u64,
    /// What was done, in words.
    pub plan: String,
    /// The recall measured for it.
    pub recall: f32,
    /// Time taken, in microseconds.
    pub took_us: u64,
}
