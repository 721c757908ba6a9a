//! What the log holds: explicit ids and whole values, so that replay needs nothing else.

use crate::point::PointId;
use crate::value::Payload;
use crate::vector_view::NewRow;

use super::request::UpsertPoint;

/// One operation. Applying it is deterministic and finds no user error any more.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// Inserts or replaces points; conditions have been judged.
    Upsert(Vec<UpsertPoint>),
    /// Deletes points.
    Delete(Vec<PointId>),
    /// Replaces one point's payload.
    SetPayload(PointId, Payload),
}

impl Operation {
    /// The rows that the operation adds, given its sequence number and the numbers of its points.
    pub(crate) fn into_rows(self, sequence: u64, numbers: &[u32]) -> Vec<NewRow> {
        let Self::Upsert(points) = self else {
            return Vec::new();
        };
        let owned = points
            .into_iter()
            .zip(numbers)
            .flat_map(|(point, number)| point.chunks.into_iter().map(|chunk| (*number, chunk)));
        (0_u32..)
            .zip(owned)
            .map(|(ordinal, (point, chunk))| NewRow {
                row: crate::vector_view::RowId { sequence, ordinal },
                point,
                vector: chunk.vector,
            })
            .collect()
    }
}
