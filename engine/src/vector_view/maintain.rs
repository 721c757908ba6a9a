//! Background work: seal, merge, rewrite, measure again; and the checkpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use roaring::RoaringBitmap;

use crate::error::Result;
use crate::files;

use super::VectorView;
use super::agenda::{Circumstances, Pace, Work, next_work};
use super::build::{BuildContext, GRAPH_ROWS_MIN, Source, build};
use super::manifest::{Manifest, encode_deleted};
use super::measure::measure;
use super::memory::MemorySegment;
use super::recovery::Saved;
use super::sealed::{Sealed, SegmentPaths};
use super::state::{Member, State};
use super::table::RecallTable;

/// What is being written, as it was when the work began.
#[derive(Debug)]
pub(crate) struct Job {
    /// The id of the segment to write.
    pub(crate) id: u64,
    /// The frozen segment, or sealed neighbours.
    pub(crate) sources: Vec<Source>,
    /// Whether the segment gets a graph, if it is large enough for one.
    pub(crate) has_graph: bool,
}

impl VectorView {
    /// Whether the active segment should be sealed now.
    pub(crate) fn wants_seal(&self) -> bool {
        let state = self.state.load();
        state.frozen.is_some() || self.is_active_full(&state.active)
    }

    /// Seals a full active segment, and tells whether there was one. Does not wait for a merge, so
    /// that room for writes never depends on how large segments have become.
    pub(crate) fn seal_full(&self, stop: &AtomicBool) -> Result<bool> {
        let _sealing = self.sealing.lock();
        if !self.wants_seal() {
            return Ok(false);
        }
        self.seal(stop)
    }

    /// Whether [`Self::maintain`] would do something that cannot wait for idleness.
    pub(crate) fn wants_work(&self) -> bool {
        self.next_work(self.pace()).is_some() || self.is_idle_work_due()
    }

    /// Whether there is work that waits for idleness.
    pub(crate) fn wants_idle_work(&self) -> bool {
        self.next_work(Pace::Idle).is_some()
    }

    /// Does one piece of background work, and tells whether there was any. When `stop` is set
    /// meanwhile, the work is abandoned; its folder is garbage and its rows stay where they were.
    pub(crate) fn maintain(&self, stop: &AtomicBool) -> Result<bool> {
        let pace = if self.is_idle_work_due() {
            Pace::Idle
        } else {
            self.pace()
        };
        self.work_once(pace, stop)
    }

    /// Does all background work that there is, as if nobody would write again.
    pub(crate) fn settle(&self, stop: &AtomicBool) -> Result<()> {
        while !stop.load(Ordering::Relaxed) && self.work_once(Pace::Idle, stop)? {}
        Ok(())
    }

    /// Persists changed deleted sets and how far they go.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        let mut saving = self.saving.lock();
        let state = self.state.load_full();
        if state.applied == saving.applied {
            return Ok(());
        }
        self.save(&mut saving, &state, &[])
    }

    /// How writes come in, idleness left out.
    fn pace(&self) -> Pace {
        if self.fills.lock().is_bulk(Instant::now()) {
            Pace::Bulk
        } else {
            Pace::Steady
        }
    }

    fn next_work(&self, pace: Pace) -> Option<Work> {
        let state = self.state.load();
        let circumstances = Circumstances {
            pace,
            is_active_full: self.is_active_full(&state.active),
            rows_max: self.options.segment_rows_max,
            remembered: self.remembered.lock().len(),
        };
        next_work(&state, circumstances)
    }

    /// Whether nothing was written for a while and there is work for such times.
    fn is_idle_work_due(&self) -> bool {
        // Held by `maintain` while it works; then there is nothing to decide.
        let Some(mut idleness) = self.work.try_lock() else {
            return false;
        };
        let applied = self.state.load().applied;
        idleness.is_idle(applied, Instant::now()) && self.next_work(Pace::Idle).is_some()
    }

    fn work_once(&self, pace: Pace, stop: &AtomicBool) -> Result<bool> {
        let _work = self.work.lock();
        match self.next_work(pace) {
            None => Ok(false),
            Some(Work::Seal) => {
                let _sealing = self.sealing.lock();
                // Another thread may have sealed it meanwhile; then there is nothing to do here.
                if pace == Pace::Idle || self.wants_seal() {
                    return self.seal(stop);
                }
                Ok(true)
            }
            Some(Work::Measure(place)) => {
                let member = self.state.load().sealed.get(place).cloned();
                member.map_or(Ok(false), |member| self.measure_again(&member, stop))
            }
            Some(work) => match self.begin(work) {
                Some(job) => self.finish(&job, stop),
                None => Ok(false),
            },
        }
    }

    /// Seals the active segment. Called with `sealing` held.
    fn seal(&self, stop: &AtomicBool) -> Result<bool> {
        match self.begin(Work::Seal) {
            Some(job) => self.finish(&job, stop),
            None => Ok(false),
        }
    }

    fn is_active_full(&self, active: &MemorySegment) -> bool {
        active.rows() >= self.options.active_rows_max.max(1)
            || active.bytes() >= self.options.active_bytes_max.max(1)
    }

    /// Takes the sources as they are now; for a seal, a new active segment takes over first.
    /// `None` when they are gone.
    pub(crate) fn begin(&self, work: Work) -> Option<Job> {
        let id = {
            let mut saving = self.saving.lock();
            // Used up even if the work fails: what was saved then is not known.
            saving.next_segment += 1;
            saving.next_segment - 1
        };
        let mut has_graph = true;
        let sources = match work {
            Work::Measure(_) => return None,
            Work::Merge(places) => {
                let state = self.state.load();
                let members = state.sealed.get(places)?;
                members.iter().cloned().map(Source::Sealed).collect()
            }
            Work::Seal => {
                let frozen = self.freeze()?;
                has_graph = self.pace() != Pace::Bulk;
                vec![Source::Memory(frozen)]
            }
        };
        Some(Job {
            id,
            sources,
            has_graph,
        })
    }

    /// The frozen segment; freezes the active one when there is none.
    fn freeze(&self) -> Option<MemorySegment> {
        let _writing = self.writing.lock();
        let mut state = State::clone(&self.state.load());
        if state.frozen.is_none() {
            // A smaller one would get no graph anyway.
            if self.is_active_full(&state.active) && state.active.rows() >= GRAPH_ROWS_MIN {
                self.fills.lock().note(Instant::now());
            }
            let active = MemorySegment::new(self.shape.dimensions);
            let frozen = std::mem::replace(&mut state.active, active);
            if frozen.rows() > 0 {
                state.frozen = Some(frozen);
            }
        }
        let frozen = state.frozen.clone();
        self.state.store(Arc::new(state));
        frozen
    }

    /// Writes the job's segment, names it in the manifest, and swaps it in for its sources.
    pub(crate) fn finish(&self, job: &Job, stop: &AtomicBool) -> Result<bool> {
        let live: usize = job.sources.iter().map(Source::live_rows).sum();
        let mut written = None;
        if live > 0 {
            match self.write(job, stop) {
                Ok(Some(built)) => written = Some(built),
                Ok(None) => {
                    self.remove(job.id);
                    return Ok(false);
                }
                Err(error) => {
                    self.remove(job.id);
                    return Err(error);
                }
            }
        }
        self.swap(job, written)?;
        Ok(true)
    }

    fn write(&self, job: &Job, stop: &AtomicBool) -> Result<Option<(Arc<Sealed>, RecallTable)>> {
        let context = self.context(stop);
        let Some(segment) = build(&context, job)? else {
            return Ok(None);
        };
        let table = measure(&context, &segment, segment.rows(), &self.remembered())?;
        if context.is_stopped() {
            return Ok(None);
        }
        Ok(Some((Arc::new(segment), table)))
    }

    fn context<'a>(&'a self, stop: &'a AtomicBool) -> BuildContext<'a> {
        BuildContext {
            segments: &self.segments,
            shape: &self.shape,
            threads: self.options.build_threads.max(1),
            stop,
        }
    }

    fn remembered(&self) -> Vec<Vec<f32>> {
        self.remembered.lock().iter().cloned().collect()
    }

    /// Saves the manifest with the new segment and then shows it to searches. In this order: a
    /// search must never rest on a folder that a crash could take away.
    fn swap(&self, job: &Job, written: Option<(Arc<Sealed>, RecallTable)>) -> Result<()> {
        let written = written.map(|(segment, table)| (segment, Arc::new(table)));
        let mut saving = self.saving.lock();
        let next = replaced(&self.state.load(), job, written.as_ref());
        let removed: Vec<u64> = job.sources.iter().filter_map(sealed_id).collect();
        self.save(&mut saving, &next, &removed)?;
        {
            let _writing = self.writing.lock();
            // Again, because rows may have been retired while the manifest was saved.
            let next = replaced(&self.state.load(), job, written.as_ref());
            self.state.store(Arc::new(next));
        }
        drop(saving);
        for id in removed {
            self.remove(id);
        }
        Ok(())
    }

    /// Saves the records of `state`. Only sealed segments have records.
    fn save(&self, saving: &mut Saved, state: &State, removed: &[u64]) -> Result<()> {
        let mut segments = Vec::with_capacity(state.sealed.len());
        let mut deleted = Vec::new();
        for member in &state.sealed {
            let id = member.segment.id();
            segments.push((
                member.segment.entry().clone(),
                RecallTable::clone(&member.table),
            ));
            if saving.deleted.get(&id) != Some(&member.dead.len()) {
                deleted.push((id, encode_deleted(&member.dead)?));
            }
        }
        let manifest = Manifest {
            dimensions: self.shape.dimensions as u32,
            next_segment: saving.next_segment,
            applied: state.applied,
            sealed_through: state.sealed_through,
            segments,
        };
        self.store.save(&manifest.encode()?, &deleted, removed)?;
        saving.applied = state.applied;
        saving.deleted = state
            .sealed
            .iter()
            .map(|member| (member.segment.id(), member.dead.len()))
            .collect();
        self.applied.store(state.applied, Ordering::Release);
        Ok(())
    }

    /// Removes a segment's folder. Searches that still hold it keep its mapped files. What cannot
    /// be removed now is removed by the next `open`.
    fn remove(&self, id: u64) {
        let paths = SegmentPaths::new(&self.segments, id);
        if let Err(error) = files::remove_folder(paths.folder()) {
            tracing::warn!(segment = id, %error, "left a folder for the next start to remove");
        }
    }

    fn measure_again(&self, member: &Member, stop: &AtomicBool) -> Result<bool> {
        // Nobody waits for it, and people are searching just then: one thread leaves them the others.
        let context = BuildContext {
            threads: 1,
            ..self.context(stop)
        };
        let table = measure(
            &context,
            &member.segment,
            member.live_rows(),
            &self.remembered(),
        )?;
        if context.is_stopped() {
            return Ok(false);
        }
        let id = member.segment.id();
        let table = Arc::new(table);
        let with_table = |state: &State| {
            let mut next = state.clone();
            let place = next
                .sealed
                .iter_mut()
                .find(|member| member.segment.id() == id);
            if let Some(member) = place {
                member.table = Arc::clone(&table);
            }
            next
        };
        let mut saving = self.saving.lock();
        let next = with_table(&self.state.load());
        self.save(&mut saving, &next, &[])?;
        let _writing = self.writing.lock();
        self.state.store(Arc::new(with_table(&self.state.load())));
        Ok(true)
    }
}

fn sealed_id(source: &Source) -> Option<u64> {
    match source {
        Source::Memory(_) => None,
        Source::Sealed(member) => Some(member.segment.id()),
    }
}

/// `state` with the job's sources replaced by what was written; rows retired since the job began
/// are dead in the new segment.
fn replaced(state: &State, job: &Job, written: Option<&(Arc<Sealed>, Arc<RecallTable>)>) -> State {
    let mut next = state.clone();
    let mut dead = RoaringBitmap::new();
    let mut base = 0;
    for source in &job.sources {
        let dead_before = source.dead();
        let dead_now = match source {
            Source::Memory(segment) => {
                next.sealed_through = next.sealed_through.max(segment.last());
                next.frozen.take().map(|frozen| Arc::clone(frozen.dead()))
            }
            Source::Sealed(member) => {
                let id = member.segment.id();
                let place = next
                    .sealed
                    .iter()
                    .position(|member| member.segment.id() == id);
                place.map(|place| next.sealed.remove(place).dead)
            }
        };
        let retired = dead_now
            .map(|dead_now| &*dead_now - dead_before)
            .unwrap_or_default();
        for offset in retired {
            dead.insert(base + offset - dead_before.rank(offset) as u32);
        }
        base += source.live_rows() as u32;
    }
    if let Some((segment, table)) = written {
        let first = segment.entry().first;
        let place = next
            .sealed
            .partition_point(|member| member.segment.entry().first < first);
        let member = Member {
            segment: Arc::clone(segment),
            dead: Arc::new(dead),
            table: Arc::clone(table),
        };
        next.sealed.insert(place, member);
    }
    next
}
