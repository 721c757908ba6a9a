//! Searches: what is asked and what is answered.

use engine::{Fusion, Hit, HitChunk, HitExplanation, SearchExplanation, SearchMode, Span};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::{ApiError, Result};
use crate::wire::filter::FilterBody;
use crate::wire::id::Id;
use crate::wire::payload::{self, Object};

/// Hits in an answer when the request does not say.
pub(crate) const LIMIT_DEFAULT: usize = 10;

/// A search by text, by vector, or by both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// The question, as text.
    pub(crate) query: Option<String>,
    /// The question, as a vector of the collection's dimensions.
    pub(crate) vector: Option<Vec<f32>>,
    /// The richest the inputs allow by default: hybrid for a text in a collection with a model
    /// and for text and vector together, text for a text alone, vector for a vector alone.
    pub(crate) mode: Option<Mode>,
    /// How many points; 10 by default.
    #[schema(minimum = 1, maximum = 10000)]
    pub(crate) limit: Option<usize>,
    pub(crate) filter: Option<FilterBody>,
    /// The recall to aim for, above 0 and at most 1; 1 is the exact scan. The collection's own
    /// by default.
    #[schema(exclusive_minimum = 0, maximum = 1)]
    pub(crate) recall: Option<f32>,
    /// How the two rankings of a hybrid search become one.
    pub(crate) fusion: Option<FusionBody>,
    /// What each hit carries; text, payload and chunk by default.
    pub(crate) include: Option<Vec<HitPart>>,
    /// Whether to say how the answer came about.
    #[serde(default)]
    pub(crate) explain: bool,
}

/// Which rankings a search uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SearchMode)]
pub(crate) enum Mode {
    Hybrid,
    Vector,
    Text,
}

impl From<Mode> for SearchMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Hybrid => Self::Hybrid,
            Mode::Vector => Self::Vector,
            Mode::Text => Self::Text,
        }
    }
}

/// A part of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HitPart {
    Text,
    Payload,
    Chunk,
    /// The chunks before and after the closest one.
    Neighbours,
}

/// The constant of Cormack, Clarke and Buettcher, SIGIR 2009.
const RANK_CONSTANT: f32 = 60.0;

/// Reciprocal rank fusion when the request says no more.
const RECIPROCAL_RANK: Fusion = Fusion::ReciprocalRank {
    rank_constant: RANK_CONSTANT,
    vector_weight: 1.0,
    text_weight: 1.0,
};

/// How two rankings become one.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Fusion)]
pub(crate) struct FusionBody {
    /// `scores` by default.
    #[serde(default)]
    pub(crate) method: FusionMethod,
    /// For `rrf`. Dampens the first ranks: a rank adds `weight / (rank_constant + rank)`. 60 by
    /// default.
    pub(crate) rank_constant: Option<f32>,
    #[serde(default)]
    pub(crate) weights: FusionWeights,
}

/// A way of fusing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FusionMethod {
    /// A weighted sum of scores, each brought to 0 to 1 within its ranking.
    #[default]
    Scores,
    /// Reciprocal rank fusion: a weighted sum of `1 / (rank_constant + rank)`.
    Rrf,
}

/// What each ranking counts: by default 1 each for `rrf`, and what was measured to be best for
/// `scores`.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FusionWeights {
    pub(crate) vector: Option<f32>,
    pub(crate) text: Option<f32>,
}

impl FusionBody {
    /// Refuses numbers that make no ranking.
    pub(crate) fn check(self) -> Result<Fusion> {
        let default = match self.method {
            FusionMethod::Scores => Fusion::default(),
            FusionMethod::Rrf => RECIPROCAL_RANK,
        };
        let (vector_default, text_default) = match default {
            Fusion::Scores {
                vector_weight,
                text_weight,
            }
            | Fusion::ReciprocalRank {
                vector_weight,
                text_weight,
                ..
            } => (vector_weight, text_weight),
        };
        if self.method == FusionMethod::Scores && self.rank_constant.is_some() {
            return Err(ApiError::invalid(
                "fusion.rank_constant",
                "fusion_invalid",
                "`fusion.rank_constant` belongs to `method` rrf; leave it out or name that method",
            ));
        }
        let rank_constant = self.rank_constant.unwrap_or(RANK_CONSTANT);
        let vector_weight = self.weights.vector.unwrap_or(vector_default);
        let text_weight = self.weights.text.unwrap_or(text_default);
        let numbers = [
            ("fusion.rank_constant", rank_constant),
            ("fusion.weights.vector", vector_weight),
            ("fusion.weights.text", text_weight),
        ];
        for (field, number) in numbers {
            if !(0.0..=1e6).contains(&number) {
                return Err(ApiError::invalid(
                    field,
                    "fusion_invalid",
                    format!("`{field}` is {number}, expected 0 to 1000000"),
                ));
            }
        }
        if vector_weight + text_weight <= 0.0 {
            return Err(ApiError::invalid(
                "fusion.weights",
                "fusion_invalid",
                "`fusion.weights` are both 0, expected one above 0",
            ));
        }
        Ok(match self.method {
            FusionMethod::Scores => Fusion::Scores {
                vector_weight,
                text_weight,
            },
            FusionMethod::Rrf => Fusion::ReciprocalRank {
                rank_constant,
                vector_weight,
                text_weight,
            },
        })
    }
}

/// Ranked points, best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchAnswer {
    pub(crate) hits: Vec<FoundPoint>,
    /// Time in the server, in milliseconds, embedding the query included.
    pub(crate) took_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explain: Option<Explanation>,
}

/// One ranked point.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hit)]
pub(crate) struct FoundPoint {
    pub(crate) id: Id,
    /// Higher is closer.
    pub(crate) score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) payload: Option<Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunk: Option<FoundChunk>,
    #[serde(skip_serializing_if = "Option::is_none")]
    neighbours: Option<Neighbours>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<HitRanks>,
}

/// The part of the text that is closest to the query.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HitChunk)]
pub(crate) struct FoundChunk {
    /// Its position among the point's chunks, from 0.
    index: usize,
    /// First character, in Unicode code points.
    start: usize,
    /// One past the last character, in Unicode code points.
    end: usize,
    text: String,
}

/// The chunks around the closest one; they may share some text with it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Neighbours {
    /// Left out where it is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<NeighbourChunk>,
    /// Left out where it is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<NeighbourChunk>,
}

/// A chunk beside the closest one.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct NeighbourChunk {
    /// First character, in Unicode code points.
    start: usize,
    /// One past the last character, in Unicode code points.
    end: usize,
    text: String,
}

impl Neighbours {
    fn of(chunk: &HitChunk, text: Option<&str>) -> Option<Self> {
        let text = text?;
        let neighbour = |span: Span| {
            let before = text.get(..span.start as usize)?;
            let within = text.get(span.start as usize..span.end as usize)?;
            let start = before.chars().count();
            Some(NeighbourChunk {
                start,
                end: start + within.chars().count(),
                text: within.to_owned(),
            })
        };
        Some(Self {
            before: chunk.before.and_then(neighbour),
            after: chunk.after.and_then(neighbour),
        })
    }
}

/// Where a hit stood in each ranking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HitRanks {
    #[serde(skip_serializing_if = "Option::is_none")]
    vector: Option<Standing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Standing>,
}

/// A place in a ranking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// From 1.
    rank: usize,
    /// In the ranking's own terms: closeness, or BM25.
    score: f32,
    /// What it adds to the hit's score.
    added: f32,
}

/// How an answer came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchExplanation)]
pub(crate) struct Explanation {
    /// The rankings that were used.
    mode: Mode,
    /// How each segment was searched.
    segments: Vec<ExplainedSegment>,
    vector_candidates: usize,
    text_candidates: usize,
    /// What a text that holds every word of the query could score by BM25, about.
    text_possible: f32,
    /// Points that passed the filter, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    filtered_points: Option<u64>,
}

/// How one segment was searched.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedSegment {
    /// Null for the active segment.
    segment: Option<u64>,
    vectors: u64,
    plan: String,
    /// The recall measured for the plan; 1 for the exact scan.
    recall: f32,
    took_us: u64,
}

impl FoundPoint {
    /// From the engine's hit, with the parts asked for.
    pub(crate) fn new(hit: Hit, parts: &[HitPart]) -> Self {
        let neighbours = hit
            .chunk
            .as_ref()
            .filter(|_| parts.contains(&HitPart::Neighbours))
            .and_then(|chunk| Neighbours::of(chunk, hit.text.as_deref()));
        let chunk = hit.chunk.filter(|_| parts.contains(&HitPart::Chunk));
        Self {
            neighbours,
            id: hit.id.into(),
            score: hit.score,
            text: hit.text.filter(|_| parts.contains(&HitPart::Text)),
            payload: hit.payload.map(payload::from_engine),
            chunk: chunk.map(|chunk| FoundChunk {
                index: chunk.index,
                start: chunk.start,
                end: chunk.end,
                text: chunk.text,
            }),
            explain: hit.explanation.map(HitRanks::from),
        }
    }
}

impl From<HitExplanation> for HitRanks {
    fn from(explanation: HitExplanation) -> Self {
        let standing = |place: engine::Standing| Standing {
            rank: place.rank,
            score: place.score,
            added: place.added,
        };
        Self {
            vector: explanation.vector.map(standing),
            text: explanation.text.map(standing),
        }
    }
}

impl Explanation {
    /// From the engine's explanation.
    pub(crate) fn new(mode: Mode, explanation: SearchExplanation) -> Self {
        let segments = explanation
            .segments
            .into_iter()
            .map(|segment| ExplainedSegment {
                segment: segment.segment,
                vectors: segment.rows,
                plan: segment.plan,
                recall: segment.recall,
                took_us: segment.took_us,
            })
            .collect();
        Self {
            mode,
            segments,
            vector_candidates: explanation.vector_candidates,
            text_candidates: explanation.text_candidates,
            text_possible: explanation.text_possible,
            filtered_points: explanation.filtered_points,
        }
    }
}

#[cfg(test)]
mod tests;
