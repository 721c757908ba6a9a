//! Rows: one vector each, named by the operation that wrote it and its place in it.

use serde::{Deserialize, Serialize};

use crate::schema::Distance;

/// The name of one vector; names ascend in the order of writing and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct RowId {
    /// The operation that wrote it.
    pub(crate) sequence: u64,
    /// Its place among the rows of that operation.
    pub(crate) ordinal: u32,
}

/// A row to be searched from now on.
#[derive(Debug, Clone)]
pub(crate) struct NewRow {
    /// Its name, above every name added before.
    pub(crate) row: RowId,
    /// The number of the point that it belongs to.
    pub(crate) point: u32,
    /// Finite numbers; of unit length when the distance is cosine.
    pub(crate) vector: Vec<f32>,
}

/// Rows of one operation with consecutive ordinals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowRange {
    /// The operation.
    pub(crate) sequence: u64,
    /// The first ordinal.
    pub(crate) first: u32,
    /// How many.
    pub(crate) count: u32,
}

impl RowRange {
    /// The first row in the range.
    pub(crate) fn start(self) -> RowId {
        RowId {
            sequence: self.sequence,
            ordinal: self.first,
        }
    }

    /// The first row after the range.
    pub(crate) fn end(self) -> RowId {
        match self.first.checked_add(self.count) {
            Some(ordinal) => RowId {
                sequence: self.sequence,
                ordinal,
            },
            None => RowId {
                sequence: self.sequence.saturating_add(1),
                ordinal: 0,
            },
        }
    }
}

/// What all vectors of a view have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VectorShape {
    /// Numbers in a vector.
    pub(crate) dimensions: usize,
    /// How closeness is computed.
    pub(crate) distance: Distance,
    /// Whether prefixes are expected to mean something, because a model trained for it made them.
    pub(crate) matryoshka: bool,
}
