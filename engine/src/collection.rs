//! A named set of points with one schema: the facade over write, query and views.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use parking_lot::{Condvar, Mutex};

use crate::background::scheduler::Scheduler;
use crate::background::worker::Again;
use crate::clock::Clock;
use crate::dirty::DirtyPoints;
use crate::document_view::{DocumentContent, DocumentView};
use crate::error::{Error, Result};
use crate::options::EngineOptions;
use crate::schema::{CollectionName, CollectionSchema};
use crate::statistics::CollectionStatistics;
use crate::store::Store;
use crate::store::keys::{CollectionId, Generation};
use crate::store::log::{EmbeddedLog, OperationLog};
use crate::store::read_view::ReadView;
use crate::store::records::{CollectionRecord, Counters};
use crate::vector_view::VectorView;
use crate::write::queue::WriteQueue;

/// Operations that the document view takes in one commit.
const FOLLOW_OPERATIONS_MAX: usize = 64;
/// Points staged in one commit while the document view is made anew.
const REBUILD_POINTS_MAX: usize = 50_000;
/// The deleted sets are made durable after this many operations, so that the log can be trimmed.
const CHECKPOINT_OPERATIONS: u64 = 4_096;
/// The log is trimmed in steps of this many operations.
const TRIM_OPERATIONS: u64 = 256;
/// How often a collection is looked at when nothing wakes a worker.
const IDLE: Duration = Duration::from_secs(30);

/// How often it is looked at while there is work that waits for idleness.
const IDLE_WORK: Duration = Duration::from_secs(1);

/// What all collections of an engine share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) store: Arc<Store>,
    pub(crate) options: EngineOptions,
    pub(crate) clock: Arc<dyn Clock>,
    /// Collections whose document view is behind.
    pub(crate) documents: Arc<Scheduler>,
    /// Collections whose active segment is full.
    pub(crate) seals: Arc<Scheduler>,
    /// Collections whose vector view may want to merge or measure.
    pub(crate) vectors: Arc<Scheduler>,
    pub(crate) is_stopping: Arc<AtomicBool>,
}

/// Lets writers wait until the vector view has sealed enough.
#[derive(Debug, Default)]
pub(crate) struct Sealing {
    lock: Mutex<()>,
    progressed: Condvar,
}

impl Sealing {
    /// Waits until `rows` answers less than `count_max`; false when `wait_max` passes first.
    pub(crate) fn wait_below(
        &self,
        count_max: usize,
        wait_max: Duration,
        rows: impl Fn() -> usize,
    ) -> bool {
        if rows() < count_max {
            return true;
        }
        let deadline = Instant::now() + wait_max;
        let mut guard = self.lock.lock();
        while rows() >= count_max {
            if self.progressed.wait_until(&mut guard, deadline).timed_out() {
                return rows() < count_max;
            }
        }
        true
    }

    fn progress(&self) {
        drop(self.lock.lock());
        self.progressed.notify_all();
    }
}

/// An open collection. Calls block; many threads may call at once.
///
/// Locks are taken in this order: `following`, `maintaining`, `sealing_full`, `counters`, then
/// those inside the views and `dirty`.
#[derive(Debug)]
pub struct Collection {
    pub(crate) id: CollectionId,
    pub(crate) generation: Generation,
    pub(crate) name: CollectionName,
    /// Replaced as a whole when a setting changes; what is fixed never does.
    pub(crate) schema: ArcSwap<CollectionSchema>,
    pub(crate) store: Arc<Store>,
    pub(crate) options: EngineOptions,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: WriteQueue,
    /// As of the last commit. Only the writer changes them.
    pub(crate) counters: Mutex<Counters>,
    pub(crate) vector_view: VectorView,
    pub(crate) document_view: DocumentView,
    pub(crate) dirty: DirtyPoints,
    pub(crate) sealing: Sealing,
    /// Held while the document view follows the log.
    pub(crate) following: Mutex<FollowState>,
    /// Held while the vector view merges or measures.
    pub(crate) maintaining: Mutex<()>,
    /// Held while a full active segment is sealed.
    pub(crate) sealing_full: Mutex<()>,
    pub(crate) poison: Mutex<Option<String>>,
    pub(crate) is_dropped: AtomicBool,
}

/// What following the log remembers.
#[derive(Debug, Default)]
pub(crate) struct FollowState {
    pub(crate) must_rebuild: bool,
    pub(crate) trimmed_through: u64,
}

impl Collection {
    /// Its name.
    pub fn name(&self) -> &CollectionName {
        &self.name
    }

    /// What it is, as of now.
    pub fn schema(&self) -> Arc<CollectionSchema> {
        self.schema.load_full()
    }

    /// What is stored of it, with this schema.
    pub(crate) fn record(&self, schema: &CollectionSchema, dropped: bool) -> CollectionRecord {
        CollectionRecord {
            name: self.name.to_string(),
            schema: schema.clone(),
            generation: self.generation.0,
            dropped,
        }
    }

    /// Seals, merges and commits until nothing is left to do. For tests and benchmarks.
    pub fn settle(&self) -> Result<()> {
        self.follow_documents()?;
        let guard = self.maintaining.lock();
        self.vector_view.settle(&self.shared.is_stopping)?;
        drop(guard);
        self.maintain_vectors()?;
        Ok(())
    }

    /// Counts and sizes.
    pub fn statistics(&self) -> Result<CollectionStatistics> {
        let counters = *self.counters.lock();
        let vectors = self.vector_view.statistics();
        Ok(CollectionStatistics {
            points: counters.points,
            rows: counters.rows,
            sequence: counters.sequence,
            text_sequence: self.dirty.shown(),
            vector_sequence: self.vector_view.applied(),
            active_rows: vectors.active_rows,
            segments: vectors.segments,
            poisoned: self.poison.lock().clone(),
        })
    }

    /// Stops writes after something failed that a retry cannot mend.
    pub(crate) fn poison(&self, reason: &str) {
        if self.is_dropped.load(Ordering::SeqCst) {
            return;
        }
        tracing::error!(collection = %self.name, reason, "collection takes no more writes");
        self.poison.lock().get_or_insert_with(|| reason.to_owned());
    }

    pub(crate) fn poisoned(&self) -> Error {
        let reason = self.poison.lock().clone().unwrap_or_default();
        Error::Poisoned {
            collection: self.name.to_string(),
            reason,
        }
    }

    /// Refuses when the collection is poisoned or was dropped.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.is_dropped.load(Ordering::SeqCst) {
            return Err(Error::CollectionNotFound {
                name: self.name.to_string(),
            });
        }
        if self.poison.lock().is_some() {
            return Err(self.poisoned());
        }
        Ok(())
    }

    /// Tells the background threads that there is something new.
    pub(crate) fn wake_followers(&self) {
        let lag = Duration::from_millis(self.options.text_lag_ms / 2);
        self.shared.documents.schedule(self.id, lag);
        if self.vector_view.wants_seal() {
            self.shared.seals.schedule(self.id, Duration::ZERO);
        }
        if self.vector_view.wants_work() {
            self.shared.vectors.schedule(self.id, Duration::ZERO);
        }
    }

    /// Keeps a query's vector, to measure segments with.
    pub(crate) fn remember_query(&self, vector: &[f32]) {
        if self.vector_view.remember_query(vector) {
            self.shared.vectors.schedule(self.id, Duration::ZERO);
        }
    }

    /// Asks for the document view at once.
    pub(crate) fn follow_now(&self) {
        self.shared.documents.schedule(self.id, Duration::ZERO);
    }

    pub(crate) fn unsealed_rows(&self) -> usize {
        self.vector_view.unsealed_rows()
    }

    /// Brings the document view up to the log's end.
    pub(crate) fn follow_documents(&self) -> Result<Again> {
        let mut state = self.following.lock();
        if self.is_dropped.load(Ordering::SeqCst) {
            return Ok(None);
        }
        if state.must_rebuild {
            self.rebuild_documents()?;
            state.must_rebuild = false;
        }
        let log = EmbeddedLog::new(&self.store);
        let mut is_idle = true;
        while !self.is_stopping() {
            let after = self.document_view.applied();
            let changes = log.changes(self.id, after, FOLLOW_OPERATIONS_MAX)?;
            let Some((last, _)) = changes.last() else {
                break;
            };
            let numbers: BTreeSet<u32> = changes
                .iter()
                .flat_map(|(_, change)| change.numbers.iter().copied())
                .collect();
            let view = self.store.read_view();
            for number in numbers {
                self.stage(&view, number)?;
            }
            self.document_view.commit(*last)?;
            self.dirty.show(*last);
            is_idle = false;
        }
        self.trim_log(&mut state)?;
        if is_idle {
            self.document_view.release()?;
            return Ok(None);
        }
        Ok(Some(IDLE))
    }

    /// Makes the document view from the store alone.
    fn rebuild_documents(&self) -> Result<()> {
        tracing::info!(collection = %self.name, "rebuilding the document view");
        // Taken before the read view: what the view has beyond it is applied again, which is fine.
        let sequence = self.counters.lock().sequence;
        let view = self.store.read_view();
        self.document_view.clear()?;
        let mut staged = 0_usize;
        view.scan_points(self.id, None, |number, _| {
            self.stage(&view, number)?;
            staged += 1;
            if staged.is_multiple_of(REBUILD_POINTS_MAX) {
                // Bounds memory; the view still says that it has applied nothing.
                self.document_view.commit(0)?;
            }
            Ok(!self.is_stopping())
        })?;
        if self.is_stopping() {
            return Ok(());
        }
        self.document_view.commit(sequence)?;
        self.dirty.show(sequence);
        Ok(())
    }

    fn stage(&self, view: &ReadView<'_>, number: u32) -> Result<()> {
        if view.header(self.id, number)?.is_none() {
            return self.document_view.stage(number, None);
        }
        let document = view.document(self.id, number)?;
        let content = DocumentContent {
            text: document.text.as_deref(),
            payload: &document.payload,
        };
        self.document_view.stage(number, Some(content))
    }

    /// Forgets operations that both views have on disk.
    fn trim_log(&self, state: &mut FollowState) -> Result<()> {
        let through = self.document_view.applied().min(self.vector_view.applied());
        if through >= state.trimmed_through + TRIM_OPERATIONS {
            EmbeddedLog::new(&self.store).trim(self.id, through)?;
            state.trimmed_through = through;
        }
        Ok(())
    }

    /// Seals full active segments, whatever else is under way.
    pub(crate) fn seal_vectors(&self) -> Result<Again> {
        let _guard = self.sealing_full.lock();
        if self.is_dropped.load(Ordering::SeqCst) {
            return Ok(None);
        }
        while !self.is_stopping() && self.vector_view.seal_full(&self.shared.is_stopping)? {
            self.sealing.progress();
        }
        Ok(None)
    }

    /// Seals, merges, makes deleted sets durable and deletes expired points.
    pub(crate) fn maintain_vectors(&self) -> Result<Again> {
        let guard = self.maintaining.lock();
        if self.is_dropped.load(Ordering::SeqCst) {
            return Ok(None);
        }
        while !self.is_stopping() && self.vector_view.maintain(&self.shared.is_stopping)? {
            self.sealing.progress();
        }
        let sequence = self.counters.lock().sequence;
        if sequence >= self.vector_view.applied() + CHECKPOINT_OPERATIONS {
            self.vector_view.checkpoint()?;
        }
        drop(guard);
        if self.poison.lock().is_none() {
            while !self.is_stopping() && self.delete_expired()? > 0 {}
        }
        let again = if self.vector_view.wants_idle_work() {
            IDLE_WORK
        } else {
            IDLE
        };
        Ok(Some(again))
    }

    fn is_stopping(&self) -> bool {
        self.shared.is_stopping.load(Ordering::SeqCst) || self.is_dropped.load(Ordering::SeqCst)
    }

    /// Makes both views durable, so that the next start has little to replay.
    pub(crate) fn close(&self) -> Result<()> {
        let state = self.following.lock();
        let guards = (self.maintaining.lock(), self.sealing_full.lock());
        self.vector_view.checkpoint()?;
        drop((state, guards));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
