//! Collections: how one is asked for, and what is told about it.

use engine::{CollectionSchema, CollectionStatistics, Distance, SegmentStatistics};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// What a collection is to be. Everything may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateCollection {
    /// The model that embeds its texts, which must be the one the server has loaded. Left out,
    /// it is that one; `null` means that callers bring vectors.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub(crate) model: Option<Option<String>>,
    /// Numbers in a vector. With a model, one of its matryoshka lengths, and by default the
    /// full one; without a model it is required.
    #[schema(minimum = 1, maximum = 16384)]
    pub(crate) dimensions: Option<u32>,
    /// How closeness is computed; cosine by default.
    pub(crate) distance: Option<DistanceName>,
    /// How texts are cut; needs a model.
    pub(crate) chunking: Option<Chunking>,
    /// The recall a search aims for when it does not say, above 0 and at most 1.
    #[schema(exclusive_minimum = 0, maximum = 1)]
    pub(crate) recall: Option<f32>,
    /// How texts become words. `auto`, the only one, reads scripts off the characters and guesses
    /// the language of each text.
    pub(crate) analyzer: Option<String>,
}

/// Settings to change. Those that are fixed are known here only to be refused with the reason.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeCollection {
    /// The recall a search aims for when it does not say, above 0 and at most 1.
    #[schema(exclusive_minimum = 0, maximum = 1)]
    pub(crate) recall: Option<f32>,
    #[serde(default, deserialize_with = "present_json")]
    #[schema(ignore)]
    pub(crate) model: bool,
    #[serde(default, deserialize_with = "present_json")]
    #[schema(ignore)]
    pub(crate) dimensions: bool,
    #[serde(default, deserialize_with = "present_json")]
    #[schema(ignore)]
    pub(crate) distance: bool,
    #[serde(default, deserialize_with = "present_json")]
    #[schema(ignore)]
    pub(crate) chunking: bool,
    #[serde(default, deserialize_with = "present_json")]
    #[schema(ignore)]
    pub(crate) analyzer: bool,
}

impl ChangeCollection {
    /// The first fixed setting it names, with the reason why it is fixed.
    pub(crate) fn fixed(&self) -> Option<(&'static str, &'static str)> {
        const VECTORS: &str = "the vectors that are stored are of it";
        let fixed = [
            ("model", self.model, VECTORS),
            ("dimensions", self.dimensions, VECTORS),
            (
                "distance",
                self.distance,
                "the graphs that are stored are built for it",
            ),
            (
                "chunking",
                self.chunking,
                "the texts that are stored were cut by it",
            ),
            ("analyzer", self.analyzer, "it is the only one"),
        ];
        fixed
            .into_iter()
            .find_map(|(name, is_named, reason)| is_named.then_some((name, reason)))
    }
}

/// Whether a field is there, whatever it holds.
fn present_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// How closeness is computed. Scores are higher for closer, for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Distance)]
pub(crate) enum DistanceName {
    Cosine,
    Dot,
    Euclid,
}

impl From<DistanceName> for Distance {
    fn from(name: DistanceName) -> Self {
        match name {
            DistanceName::Cosine => Self::Cosine,
            DistanceName::Dot => Self::Dot,
            DistanceName::Euclid => Self::Euclid,
        }
    }
}

impl From<Distance> for DistanceName {
    fn from(distance: Distance) -> Self {
        match distance {
            Distance::Cosine => Self::Cosine,
            Distance::Dot => Self::Dot,
            Distance::Euclid => Self::Euclid,
        }
    }
}

/// How texts are cut into chunks, in tokens of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chunking {
    /// The longest chunk.
    pub(crate) tokens: u32,
    /// How many tokens neighbours share at most.
    pub(crate) overlap: u32,
}

/// The model a collection is of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionModel {
    name: String,
    fingerprint: String,
    chunking: Chunking,
    /// Whether it is the model that the server has loaded; if not, texts are refused.
    loaded: bool,
}

/// A collection: what was fixed when it was created, and what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Collection {
    name: String,
    /// Null when callers bring vectors.
    model: Option<CollectionModel>,
    dimensions: u32,
    distance: DistanceName,
    recall: f32,
    /// Points that exist.
    points: u64,
    /// Vectors that exist: one or more for each point.
    vectors: u64,
    /// The sequence number of the last write.
    sequence: u64,
    index: IndexState,
    /// Why writes are stopped, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    poisoned: Option<String>,
}

/// The state of a collection's views.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndexState {
    /// The last write that text search shows.
    text_sequence: u64,
    /// The last write that the vector view keeps on disk.
    vector_sequence: u64,
    /// Vectors not yet in a graph; they are searched exactly.
    active_vectors: u64,
    segments: Vec<Segment>,
}

/// One sealed segment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Segment {
    id: u64,
    /// Vectors, deleted ones counted.
    vectors: u64,
    deleted_vectors: u64,
    bytes: u64,
    /// The recall measured for each plan, against the exact scan.
    measured: Vec<MeasuredRecall>,
}

/// The measured recall of one plan in one segment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasuredRecall {
    /// Length of the prefix whose graph is entered.
    prefix: u32,
    /// Candidates taken from the graph.
    beam: u32,
    /// Hits it was measured for.
    limit: u32,
    recall: f32,
    /// Median time of one search when it was measured, in microseconds.
    cost_us: f32,
}

impl Collection {
    /// Describes a collection; `loaded` is the loaded model's fingerprint.
    pub(crate) fn new(
        name: &str,
        schema: &CollectionSchema,
        statistics: CollectionStatistics,
        loaded: &str,
    ) -> Self {
        let model = schema.model.as_ref().map(|model| CollectionModel {
            name: model.name.clone(),
            fingerprint: model.fingerprint.clone(),
            chunking: Chunking {
                tokens: model.chunking.tokens,
                overlap: model.chunking.overlap,
            },
            loaded: model.fingerprint == loaded,
        });
        Self {
            name: name.to_owned(),
            model,
            dimensions: schema.dimensions,
            distance: schema.distance.into(),
            recall: schema.recall,
            points: statistics.points,
            vectors: statistics.rows,
            sequence: statistics.sequence,
            index: IndexState {
                text_sequence: statistics.text_sequence,
                vector_sequence: statistics.vector_sequence,
                active_vectors: statistics.active_rows,
                segments: statistics.segments.into_iter().map(Segment::new).collect(),
            },
            poisoned: statistics.poisoned,
        }
    }
}

impl Segment {
    fn new(segment: SegmentStatistics) -> Self {
        let measured = segment
            .rungs
            .into_iter()
            .map(|rung| MeasuredRecall {
                prefix: rung.prefix,
                beam: rung.beam,
                limit: rung.limit,
                recall: rung.recall,
                cost_us: rung.cost_us,
            })
            .collect();
        Self {
            id: segment.id,
            vectors: segment.rows,
            deleted_vectors: segment.deleted_rows,
            bytes: segment.bytes,
            measured,
        }
    }
}

/// All collections, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Collections {
    pub(crate) collections: Vec<Collection>,
}

/// A collection is gone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionDeleted {
    pub(crate) deleted: bool,
}

#[cfg(test)]
mod tests;
