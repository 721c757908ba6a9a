//! What goes over the wire.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A point's payload.
pub type Payload = serde_json::Map<String, Value>;

/// A point's id. `7` and `"7"` name one point.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// An unsigned integer.
    Integer(u64),
    /// A string of 1 to 256 bytes.
    String(String),
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::String(text) => formatter.write_str(text),
        }
    }
}

impl From<u64> for Id {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

/// How closeness is computed; scores are higher for closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Cosine of the angle.
    Cosine,
    /// Inner product.
    Dot,
    /// Euclidean distance.
    Euclid,
}

/// How texts are cut, in tokens of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunking {
    /// The longest chunk.
    pub tokens: u32,
    /// How many tokens neighbours share at most.
    pub overlap: u32,
}

/// What a collection is to be. The default is the server's model at its full length.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateCollection {
    /// `None`: the server's model. `Some(None)`: no model, callers bring vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Option<String>>,
    /// Numbers in a vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// Cosine by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<Distance>,
    /// How texts are cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunking: Option<Chunking>,
    /// The recall a search aims for when it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f32>,
    /// How texts become words; `auto` is the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analyzer: Option<String>,
}

impl CreateCollection {
    /// A collection whose callers bring vectors of `dimensions` numbers.
    pub fn of_vectors(dimensions: u32) -> Self {
        Self {
            model: Some(None),
            dimensions: Some(dimensions),
            ..Self::default()
        }
    }
}

/// Settings of a collection to change; none stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeCollection {
    /// The recall a search aims for when it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f32>,
}

/// An alias with its collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The alias.
    pub alias: String,
    /// The collection it leads to.
    pub collection: String,
}

/// One step of a change of aliases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasAction {
    /// Makes an alias, or moves it.
    Set {
        /// The alias.
        alias: String,
        /// The collection it is to lead to.
        collection: String,
    },
    /// Removes an alias, which must exist.
    Delete {
        /// The alias.
        alias: String,
    },
}

/// The model a collection is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectionModel {
    /// Its name, for people.
    pub name: String,
    /// What tells it from every other model.
    pub fingerprint: String,
    /// How texts are cut.
    pub chunking: Chunking,
    /// Whether the server has it loaded.
    pub loaded: bool,
}

/// A collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// None when callers bring vectors.
    pub model: Option<CollectionModel>,
    /// Numbers in a vector.
    pub dimensions: u32,
    /// How closeness is computed.
    pub distance: Distance,
    /// The recall a search aims for when it does not say.
    pub recall: f32,
    /// Points that exist.
    pub points: u64,
    /// Vectors that exist.
    pub vectors: u64,
    /// The last write.
    pub sequence: u64,
    /// The state of its views.
    pub index: IndexState,
    /// Why writes are stopped, if they are.
    #[serde(default)]
    pub poisoned: Option<String>,
}

/// The state of a collection's views.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexState {
    /// The last write that text search shows.
    pub text_sequence: u64,
    /// The last write that the vector view keeps on disk.
    pub vector_sequence: u64,
    /// Vectors not yet in a graph.
    pub active_vectors: u64,
    /// Sealed segments.
    pub segments: Vec<Segment>,
}

/// One sealed segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its id.
    pub id: u64,
    /// Vectors, deleted ones counted.
    pub vectors: u64,
    /// Deleted vectors.
    pub deleted_vectors: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// What was measured when it was sealed.
    pub measured: Vec<MeasuredRecall>,
}

/// The measured recall of one plan in one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRecall {
    /// Length of the prefix whose graph is entered.
    pub prefix: u32,
    /// Candidates taken from the graph.
    pub beam: u32,
    /// Hits it was measured for.
    pub limit: u32,
    /// Against the exact scan.
    pub recall: f32,
    /// Median time of one search, in microseconds.
    pub cost_us: f32,
}

/// A collection that was created or found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Created {
    /// Whether it is new.
    pub is_new: bool,
    /// The collection.
    pub collection: Collection,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Stored as it is.
    Plain,
    /// Stored as it is.
    Markdown,
    /// Stored as the text that a reader sees.
    Html,
}

/// A point to insert or replace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpsertPoint {
    /// Its id.
    pub id: Id,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the text is; plain by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<TextFormat>,
    /// A ready vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vec<f32>>,
    /// The fingerprint of the model that made `vector`, in a collection with a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_fingerprint: Option<String>,
    /// Its payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Milliseconds since the Unix epoch from which on it is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// Writes only if the point is at this sequence number; 0: only if it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_sequence: Option<u64>,
}

impl UpsertPoint {
    /// A point without anything but its id.
    pub fn new(id: impl Into<Id>) -> Self {
        Self {
            id: id.into(),
            text: None,
            format: None,
            vector: None,
            model_fingerprint: None,
            payload: None,
            expires_at: None,
            if_sequence: None,
        }
    }

    /// A point with a text.
    pub fn text(id: impl Into<Id>, text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::new(id)
        }
    }

    /// A point with a ready vector.
    pub fn vector(id: impl Into<Id>, vector: Vec<f32>) -> Self {
        Self {
            vector: Some(vector),
            ..Self::new(id)
        }
    }

    /// The same with a payload.
    #[must_use]
    pub fn with_payload(mut self, payload: Payload) -> Self {
        self.payload = Some(payload);
        self
    }
}

/// When a write is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wait {
    /// After the sync to disk.
    #[default]
    Durable,
    /// Also after every search shows it.
    Searchable,
}

impl Wait {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Searchable => "searchable",
        }
    }
}

/// What an upsert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upserted {
    /// Points inserted or replaced.
    pub upserted: u64,
    /// The write's sequence number.
    pub sequence: u64,
}

/// What a delete did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Points deleted.
    pub deleted: u64,
    /// The write's sequence number.
    pub sequence: u64,
}

/// What a change of a payload did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Points changed.
    pub changed: u64,
    /// The write's sequence number.
    pub sequence: u64,
}

/// Which parts of points to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Include {
    /// The text.
    pub text: bool,
    /// The payload.
    pub payload: bool,
    /// The chunks with their vectors.
    pub vectors: bool,
}

impl Default for Include {
    /// What the server sends when it is not told.
    fn default() -> Self {
        Self {
            text: true,
            payload: true,
            vectors: false,
        }
    }
}

impl Include {
    pub(crate) fn words(self) -> Vec<&'static str> {
        let parts = [
            ("text", self.text),
            ("payload", self.payload),
            ("vectors", self.vectors),
        ];
        parts
            .into_iter()
            .filter_map(|(word, is_in)| is_in.then_some(word))
            .collect()
    }
}

/// A point as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Its id as last written.
    pub id: Id,
    /// The last write that changed it.
    pub sequence: u64,
    /// Its text.
    #[serde(default)]
    pub text: Option<String>,
    /// Its payload.
    #[serde(default)]
    pub payload: Option<Payload>,
    /// Its chunks with their vectors.
    #[serde(default)]
    pub chunks: Option<Vec<PointChunk>>,
    /// Milliseconds since the Unix epoch from which on it is hidden.
    #[serde(default)]
    pub expires_at: Option<u64>,
}

/// A part of a point's text with its vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointChunk {
    /// First character, in Unicode code points.
    pub start: usize,
    /// One past the last character, in Unicode code points.
    pub end: usize,
    /// Its vector.
    pub vector: Vec<f32>,
}

/// Points asked for by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GotPoints {
    /// Those that exist, in the order asked for.
    pub points: Vec<Point>,
    /// Those that do not.
    pub missing: Vec<Id>,
}

/// By which payload value points are ordered; those without it come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBy {
    /// The dotted path.
    pub key: String,
    /// Least first by default.
    #[serde(default)]
    pub direction: Direction,
}

/// Least first, or greatest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Least first.
    #[default]
    Asc,
    /// Greatest first.
    Desc,
}

/// A question for the values at a payload path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facet {
    /// The dotted path.
    pub key: String,
    /// Which points count; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// How many values; the server's default is 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl Facet {
    /// The values at a path, over all points.
    pub fn of(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            ..Self::default()
        }
    }
}

/// A value and how many points have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    /// A string, a number or a boolean.
    pub value: Value,
    /// Points with this value.
    pub count: u64,
}

/// A request for a page of points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scroll {
    /// Which points; all by default.
    pub filter: Option<Value>,
    /// By which payload value; by default the order in which ids were first written.
    pub order_by: Option<OrderBy>,
    /// How many; the server's default is 100.
    pub limit: Option<usize>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// Which parts.
    pub include: Include,
}

/// A page of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scrolled {
    /// In a stable order.
    pub points: Vec<Point>,
    /// For the next page; none at the end.
    pub cursor: Option<String>,
}

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

/// What texts are, for a model that treats questions differently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// What is searched.
    #[default]
    Document,
    /// What is asked.
    Query,
}

/// How texts are embedded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmbedOptions {
    /// One of the model's matryoshka lengths; the full one by default.
    pub dimensions: Option<usize>,
    /// What the texts are.
    pub input_type: InputType,
}

/// Embeddings in the order of the texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embeddings {
    /// One for each text.
    pub data: Vec<Embedding>,
    /// The model that made them.
    pub model: String,
    /// Tokens by kind, as OpenAI counts them.
    pub usage: BTreeMap<String, u64>,
}

/// One text's embedding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Position of its text.
    pub index: usize,
    /// Unit length.
    pub embedding: Vec<f32>,
}

/// The loaded model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// What tells it from every other model.
    pub fingerprint: String,
    /// Its full length.
    pub dimensions: usize,
    /// Its matryoshka lengths, the full one first.
    pub prefix_lengths: Vec<usize>,
    /// The longest text, in tokens.
    pub tokens_max: usize,
    /// How many parameters it has.
    pub parameters: u64,
}
