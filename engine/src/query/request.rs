//! Searches and scrolls as a caller asks for them, and what they are answered with.

use crate::point::{Point, PointId, Span};
use crate::query::filter::Filter;
use crate::query::order::OrderBy;
use crate::value::Payload;

/// The largest `limit`.
pub const LIMIT_MAX: usize = 10_000;
/// The longest query text, in bytes, that BM25 takes.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;

/// Which rankings a search uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchMode {
    /// Vectors only.
    Vector,
    /// BM25 only.
    Text,
    /// Both, fused.
    Hybrid,
}

/// How two rankings become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fusion {
    /// A weighted sum of scores, each brought to about 0 to 1 within its leg. See
    /// [`super::fuse`] for how.
    Scores {
        /// Weight of the vector leg.
        vector_weight: f32,
        /// Weight of the text leg.
        text_weight: f32,
    },
    /// Reciprocal rank fusion: the sum over legs of `weight / (rank_constant + rank)`, rank from 1.
    ReciprocalRank {
        /// Dampens the first ranks.
        rank_constant: f32,
        /// Weight of the vector leg.
        vector_weight: f32,
        /// Weight of the text leg.
        text_weight: f32,
    },
}

impl Default for Fusion {
    /// The weights were tuned on some judged sets and tried on others, see
    /// `docs/decisions/0006-fusion-of-scores.md`.
    fn default() -> Self {
        Self::Scores {
            vector_weight: 0.15,
            text_weight: 0.85,
        }
    }
}

/// Which parts of a point an answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Include {
    /// The text.
    pub text: bool,
    /// The payload.
    pub payload: bool,
    /// The vectors, for gets and scrolls.
    pub vectors: bool,
}

/// A search.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// Which rankings to use.
    pub mode: SearchMode,
    /// The query as text, for BM25.
    pub text: Option<String>,
    /// The query as a vector of the collection's dimensions.
    pub vector: Option<Vec<f32>>,
    /// How many points to return: 1 to [`LIMIT_MAX`].
    pub limit: usize,
    /// The recall to aim for; 1.0 is the exact scan; none is the collection's own.
    pub recall: Option<f32>,
    /// Which points qualify.
    pub filter: Option<Filter>,
    /// How two rankings become one.
    pub fusion: Fusion,
    /// What each hit carries.
    pub include: Include,
    /// Whether to say how the answer came about.
    pub explain: bool,
}

/// The chunk of a point that was closest to the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitChunk {
    /// Its position among the point's chunks.
    pub index: usize,
    /// First character, in Unicode code points.
    pub start: usize,
    /// One past the last character, in Unicode code points.
    pub end: usize,
    /// The chunk's text.
    pub text: String,
    /// Where the chunk before it lies in the text, in bytes; none for the first.
    pub before: Option<Span>,
    /// Where the chunk after it lies in the text, in bytes; none for the last.
    pub after: Option<Span>,
}

/// Where a hit stood in each ranking.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HitExplanation {
    /// In the vector leg.
    pub vector: Option<Standing>,
    /// In the text leg.
    pub text: Option<Standing>,
}

/// A place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Standing {
    /// From 1.
    pub rank: usize,
    /// In the leg's own terms: closeness, or BM25.
    pub score: f32,
    /// What it adds to the hit's score.
    pub added: f32,
}

/// One ranked point.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The point.
    pub id: PointId,
    /// Higher is closer.
    pub score: f32,
    /// The point's text, if included and it has one.
    pub text: Option<String>,
    /// The point's payload, if included.
    pub payload: Option<Payload>,
    /// The closest chunk, if the text was searched by vector and is included.
    pub chunk: Option<HitChunk>,
    /// Where it stood, if asked for.
    pub explanation: Option<HitExplanation>,
}

/// How one segment was searched.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentExplanation {
    /// The segment's id; none for the active one.
    pub segment: Option<u64>,
    /// Rows that were not deleted.
    pub rows: u64,
    /// The plan in words, such as `graph 64d beam 128 -> rescore 320d` or `exact scan`.
    pub plan: String,
    /// The recall measured for that plan; 1 for the exact scan.
    pub recall: f32,
    /// Time taken, in microseconds.
    pub took_us: u64,
}

/// How an answer came about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchExplanation {
    /// How each segment was searched.
    pub segments: Vec<SegmentExplanation>,
    /// Candidates of the vector leg, in points.
    pub vector_candidates: usize,
    /// Candidates of the text leg.
    pub text_candidates: usize,
    /// What a text that holds every term of the query could score by BM25, about.
    pub text_possible: f32,
    /// Points that passed the filter, where there is one.
    pub filtered_points: Option<u64>,
}

/// The answer to a search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchAnswer {
    /// Best first.
    pub hits: Vec<Hit>,
    /// How it came about, if asked for.
    pub explanation: Option<SearchExplanation>,
}

/// A request for points in a stable order.
#[derive(Debug, Clone)]
pub struct ScrollRequest {
    /// Which points qualify.
    pub filter: Option<Filter>,
    /// By which payload value; none: in the order in which ids were first written.
    pub order_by: Option<OrderBy>,
    /// How many to return: 1 to [`LIMIT_MAX`].
    pub limit: usize,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// What each point carries.
    pub include: Include,
}

/// A page of points.
#[derive(Debug, Clone, PartialEq)]
pub struct ScrollAnswer {
    /// In the order asked for.
    pub points: Vec<Point>,
    /// Where to go on; none at the end.
    pub cursor: Option<String>,
}
