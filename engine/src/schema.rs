//! What a collection is, most of it fixed when it is created, and the rules for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The longest collection name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// The largest number of dimensions.
pub const DIMENSIONS_MAX: usize = 16_384;
/// The recall asked for when neither the request nor the collection says.
pub const RECALL_DEFAULT: f32 = 0.95;

/// A collection's checked name: 1 to 64 of `a-z A-Z 0-9 _ -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CollectionName(String);

impl CollectionName {
    /// Checks a name.
    pub fn new(name: &str) -> Result<Self> {
        Self::check(name, "collection")?;
        Ok(Self(name.to_owned()))
    }

    /// Refuses a name that is not allowed; `field` is where it stands in the request.
    pub(crate) fn check(name: &str, field: &str) -> Result<()> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(legal) {
            return Err(Error::invalid(
                field,
                "collection_name_invalid",
                format!("`{name}`, expected 1 to {NAME_BYTES_MAX} of a-z A-Z 0-9 _ -"),
            ));
        }
        Ok(())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CollectionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How closeness is computed. Scores are higher for closer, for every distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Distance {
    /// Cosine of the angle; vectors are normalised when written. Score in [-1, 1].
    Cosine,
    /// Inner product; magnitudes count. Score is the product.
    Dot,
    /// Euclidean distance. Score is `1 / (1 + distance)`.
    Euclid,
}

/// How a model cuts texts, in its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkingSchema {
    /// The longest chunk.
    pub tokens: u32,
    /// How many tokens two neighbouring chunks share at most.
    pub overlap: u32,
}

/// The model whose embeddings a collection holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSchema {
    /// Its name, for people.
    pub name: String,
    /// Its fingerprint; embeddings of another fingerprint are never mixed in.
    pub fingerprint: String,
    /// How texts are cut.
    pub chunking: ChunkingSchema,
}

/// What a collection is. All but the recall is fixed when it is created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectionSchema {
    /// The model, or none when callers bring vectors.
    pub model: Option<ModelSchema>,
    /// Numbers in a vector.
    pub dimensions: u32,
    /// How closeness is computed.
    pub distance: Distance,
    /// The recall a search aims for when it does not say.
    pub recall: f32,
}

/// What may be changed about a collection; what is none stays.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CollectionChange {
    /// The recall a search aims for when it does not say.
    pub recall: Option<f32>,
}

impl CollectionSchema {
    /// Refuses dimensions and recalls out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let dimensions = self.dimensions as usize;
        if dimensions == 0 || dimensions > DIMENSIONS_MAX {
            return Err(Error::invalid(
                "dimensions",
                "dimensions_out_of_range",
                format!("{dimensions}, expected 1 to {DIMENSIONS_MAX}"),
            ));
        }
        check_recall(self.recall)
    }

    /// The first difference from `other`, in words, or none.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self.model != other.model {
            return Some(format!(
                "model is {:?}, asked for {:?}",
                self.model, other.model
            ));
        }
        if self.dimensions != other.dimensions {
            let (found, asked) = (self.dimensions, other.dimensions);
            return Some(format!("dimensions is {found}, asked for {asked}"));
        }
        if self.distance != other.distance {
            return Some(format!(
                "distance is {:?}, asked for {:?}",
                self.distance, other.distance
            ));
        }
        if self.recall.to_bits() != other.recall.to_bits() {
            return Some(format!(
                "recall is {}, asked for {}",
                self.recall, other.recall
            ));
        }
        None
    }
}

/// Refuses a recall outside (0, 1].
pub(crate) fn check_recall(recall: f32) -> Result<()> {
    if recall > 0.0 && recall <= 1.0 {
        return Ok(());
    }
    Err(Error::invalid(
        "recall",
        "recall_out_of_range",
        format!("{recall}, expected above 0 and at most 1 (1 means the exact scan)"),
    ))
}
