//! Collections.

use serde::{Deserialize, Serialize};

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
