//! What a search looks at: one immutable list of segments, replaced as a whole.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::memory::MemorySegment;
use super::row::{NewRow, RowId, RowRange};
use super::sealed::Sealed;
use super::table::RecallTable;

/// A sealed segment with what changes about it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The files.
    pub(crate) segment: Arc<Sealed>,
    /// Offsets of dead rows; it only grows.
    pub(crate) dead: Arc<RoaringBitmap>,
    /// What was last measured.
    pub(crate) table: Arc<RecallTable>,
}

impl Member {
    /// Rows that were not retired.
    pub(crate) fn live_rows(&self) -> usize {
        self.segment.rows() - self.dead.len() as usize
    }

    /// Marks rows as dead; rows that are not here are ignored.
    fn retire(&mut self, ranges: &[RowRange]) {
        let mut dead = None;
        for &range in ranges {
            let offsets = self.segment.offsets_of_range(range);
            if !offsets.is_empty() {
                dead.get_or_insert_with(|| RoaringBitmap::clone(&self.dead))
                    .insert_range(offsets);
            }
        }
        if let Some(dead) = dead {
            self.dead = Arc::new(dead);
        }
    }
}

/// One consistent view of all rows. Every row that was added and not dropped with its death is in
/// exactly one of the parts; the parts' row ranges ascend in the order sealed, frozen, active.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Sealed segments, in ascending order of rows.
    pub(crate) sealed: Vec<Member>,
    /// The segment that is being sealed.
    pub(crate) frozen: Option<MemorySegment>,
    /// The segment that takes new rows.
    pub(crate) active: MemorySegment,
    /// Rows up to this one are sealed, or were dead when they would have been.
    pub(crate) sealed_through: Option<RowId>,
    /// The last operation whose effect is here.
    pub(crate) applied: u64,
}

impl State {
    /// The state after one more group of operations.
    pub(crate) fn after(&self, sequence: u64, added: &[NewRow], retired: &[RowRange]) -> Self {
        let mut next = self.clone();
        next.applied = next.applied.max(sequence);
        next.active.add(added);
        if !retired.is_empty() {
            next.active.retire(retired);
            if let Some(frozen) = &mut next.frozen {
                frozen.retire(retired);
            }
            for member in &mut next.sealed {
                member.retire(retired);
            }
        }
        next
    }

    /// The last row that was ever added here, as far as is known.
    pub(crate) fn last(&self) -> Option<RowId> {
        let frozen = self.frozen.as_ref().and_then(MemorySegment::last);
        self.active.last().or(frozen).or(self.sealed_through)
    }

    /// Segments in memory, oldest first.
    pub(crate) fn in_memory(&self) -> impl Iterator<Item = &MemorySegment> {
        self.frozen.iter().chain([&self.active])
    }
}
