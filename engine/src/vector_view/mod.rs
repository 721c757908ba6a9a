//! The vector view: every live row, searchable by closeness.
//!
//! The data's way: `apply` puts a row into the *active* segment, in memory, where searches scan it
//! exactly. When the active segment is full, `maintain` freezes it: a new one takes over, the frozen
//! one is still scanned, and its live rows are written to a folder of files with a graph, measured,
//! and synced. Then the manifest names the folder, and the list of segments is swapped: the *sealed*
//! segment takes the frozen one's place. Sealed segments are merged with their neighbours the same
//! way. Everything here is derived from the store: it can be thrown away and built again.
//!
//! It is a way to find candidates quickly. It is not the truth: the collection checks every
//! candidate against the store. So an answer may hold a row that has just died, but no live row is
//! missed beyond the recall that was measured.
//!
//! # What a search sees
//!
//! One immutable [`state::State`], taken at once: every live row is in exactly one of its parts, and a
//! group of operations is in it whole or not at all. `apply`, the freeze and the swap each publish a
//! new state; none changes one. Rows retired while their segment is being rewritten are carried over
//! at the swap: a row's offset in the new segment is its rank among the rows that were live when the
//! work began.
//!
//! # Locks, in this order
//!
//! 1. `work`: held by `maintain`, for as long as a piece of work takes. Nobody else waits for it.
//! 2. `saving`: held while the manifest is written, by `maintain` and `checkpoint`, and on to the
//!    swap, so that the records on disk never go back.
//! 3. `writing`: held by `apply`, the freeze and the swap, for as long as it takes to make a new
//!    state from the last one: no I/O.
//!
//! Searches take none of them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::error::Result;
use crate::options::EngineOptions;

mod agenda;
mod build;
mod code;
mod graph;
mod ladder;
mod maintain;
mod manifest;
mod mapped;
mod measure;
mod memory;
mod plan;
mod query;
mod ranking;
mod recovery;
mod row;
mod sealed;
mod search;
mod shortlist;
mod space;
mod state;
mod statistics;
mod table;

pub(crate) use manifest::ManifestStore;
pub(crate) use row::{NewRow, RowId, RowRange, VectorShape};
pub(crate) use search::{Candidate, VectorAnswer, VectorQuery};
pub(crate) use statistics::VectorStatistics;

use agenda::{Fills, Idleness};
use recovery::Saved;
use state::State;

/// Real query vectors kept for measuring: the mean recall of so many is known to about a hundredth.
pub(crate) const REMEMBERED_MAX: usize = 256;

/// All rows of one generation of one collection.
pub(crate) struct VectorView {
    segments: PathBuf,
    shape: VectorShape,
    options: EngineOptions,
    store: Arc<dyn ManifestStore>,
    state: ArcSwap<State>,
    work: Mutex<Idleness>,
    saving: Mutex<Saved>,
    writing: Mutex<()>,
    /// Held while the active segment is sealed.
    sealing: Mutex<()>,
    fills: Mutex<Fills>,
    /// What `Saved::applied` says, readable without its lock.
    applied: AtomicU64,
    remembered: Mutex<VecDeque<Vec<f32>>>,
}

impl std::fmt::Debug for VectorView {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VectorView")
            .field("segments", &self.segments)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl VectorView {
    /// Maps the sealed segments that the manifest names and removes folders that it does not.
    ///
    /// Fails with [`crate::Error::Corrupt`] when a record or a file is not what was written; then
    /// [`Self::discard`] and add everything again.
    pub(crate) fn open(
        folder: &Path,
        shape: VectorShape,
        store: Arc<dyn ManifestStore>,
        options: &EngineOptions,
    ) -> Result<Self> {
        let segments = folder.join("segments");
        let (state, saved) = recovery::open(&segments, &shape, store.as_ref())?;
        Ok(Self {
            segments,
            shape,
            options: *options,
            store,
            applied: AtomicU64::new(saved.applied),
            state: ArcSwap::from_pointee(state),
            work: Mutex::new(Idleness::default()),
            saving: Mutex::new(saved),
            writing: Mutex::new(()),
            sealing: Mutex::new(()),
            fills: Mutex::new(Fills::new(Instant::now())),
            remembered: Mutex::new(VecDeque::new()),
        })
    }

    /// Forgets everything: the records in the store and the folders. The next `open` is empty.
    pub(crate) fn discard(folder: &Path, store: &dyn ManifestStore) -> Result<()> {
        recovery::discard(&folder.join("segments"), store)
    }

    /// The last row that sealed segments cover. Recovery adds the live rows after it, in order.
    pub(crate) fn sealed_through(&self) -> Option<RowId> {
        self.state.load().sealed_through
    }

    /// Deletions up to this operation are durable here. Recovery replays the ones after it.
    pub(crate) fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    /// Shows one group of operations to searches, at once: its rows in ascending order, and the
    /// rows that it retires, wherever they are. `sequence` is the group's last. Replaying a group is
    /// harmless: rows that are here already are not added again.
    pub(crate) fn apply(&self, sequence: u64, mut added: Vec<NewRow>, retired: &[RowRange]) {
        let _writing = self.writing.lock();
        let state = self.state.load();
        let last = state.last();
        added.retain(|new| Some(new.row) > last);
        debug_assert!(added.is_sorted_by(|left, right| left.row < right.row));
        let next = state.after(sequence, &added, retired);
        self.state.store(Arc::new(next));
    }

    /// Finds the closest points.
    pub(crate) fn search(&self, query: &VectorQuery<'_>) -> Result<VectorAnswer> {
        let state = self.state.load_full();
        search::search(&self.shape, &state, query)
    }

    /// Keeps a real query vector for measuring; the last 256 are kept. Tells whether segments may
    /// want measuring since.
    pub(crate) fn remember_query(&self, vector: &[f32]) -> bool {
        if vector.len() != self.shape.dimensions {
            return false;
        }
        let mut remembered = self.remembered.lock();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.pop_front();
            remembered.push_back(vector.to_vec());
            return false;
        }
        remembered.push_back(vector.to_vec());
        agenda::is_measuring_due(remembered.len())
    }

    /// Rows in memory, dead ones counted. Cheap: asked before every write.
    pub(crate) fn unsealed_rows(&self) -> usize {
        self.state
            .load()
            .in_memory()
            .map(memory::MemorySegment::rows)
            .sum()
    }

    /// Counts and sizes.
    pub(crate) fn statistics(&self) -> VectorStatistics {
        statistics::of(&self.state.load(), &self.shape)
    }
}

#[cfg(test)]
mod tests;
