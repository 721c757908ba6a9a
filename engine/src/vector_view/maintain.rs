//! Background work: seal, merge, rewrite, measure again; and the checkpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use roaring::RoaringBitmap;

use crate::error::Result;
use crate::files;

use super::VectorView;
use super::build::{BuildContext, GRAPH_ROWS_MIN, Source, build};
use super::manifest::{Manifest, encode_deleted};
use super::measure::measure;
use super::memory::MemorySegment;
use super::recovery::Saved;
use super::sealed::{Sealed, SegmentPaths};
use super::state::{Member, State};
use super::table::RecallTable;

/// How many neighbours are merged at once while writes go on. The largest may not be more than half
/// of the sum, so that a row is written again only when its segment at least doubles.
const MERGE_SEGMENTS: usize = 4;
/// A segment is rewritten alone when this many of a hundred rows are dead.
const REWRITE_DEAD_PERCENT: usize = 30;
/// A segment is measured again when this many of a hundred rows have died since: deaths do not change
/// what was measured, but the queries that people ask now may be others.
const MEASURE_DEAD_PERCENT: usize = 10;
/// Segments that were measured without real queries are measured again when so many are remembered.
const MEASURE_QUERIES_MIN: usize = 128;
/// Without writes for this long, more is merged than while writes go on.
const IDLE_AFTER: Duration = Duration::from_secs(5);
/// An idle merge must add at least this share to the largest of its segments, which bounds how
/// often a row is written again.
const IDLE_GAIN_SHARE: f32 = 0.5;

/// Since when nothing was written.
#[derive(Debug, Default)]
pub(crate) struct Idleness {
    seen: Option<(u64, Instant)>,
}

/// A piece of background work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// Freeze the active segment, if none is frozen, and seal it.
    Seal,
    /// Write these sealed segments as one: places in the list.
    Merge(std::ops::Range<usize>),
    /// Measure the segment at this place again.
    Measure(usize),
}

/// How eagerly work is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eagerness {
    /// What keeps memory bounded and searches fast while writes go on.
    Busy,
    /// Also what makes searches faster still, when nobody writes.
    Idle,
}

/// What is being written, as it was when the work began.
#[derive(Debug)]
pub(crate) struct Job {
    /// The id of the segment to write.
    pub(crate) id: u64,
    /// The frozen segment, or sealed neighbours.
    pub(crate) sources: Vec<Source>,
}

impl VectorView {
    /// Whether [`Self::maintain`] would do something that cannot wait for idleness.
    pub(crate) fn wants_work(&self) -> bool {
        self.next_work(&self.state.load(), Eagerness::Busy)
            .is_some()
            || self.is_idle_work_due()
    }

    /// Does one piece of background work, and tells whether there was any. When `stop` is set
    /// meanwhile, the work is abandoned; its folder is garbage and its rows stay where they were.
    pub(crate) fn maintain(&self, stop: &AtomicBool) -> Result<bool> {
        let eagerness = if self.is_idle_work_due() {
            Eagerness::Idle
        } else {
            Eagerness::Busy
        };
        self.work_once(eagerness, stop)
    }

    /// Does all background work that there is, as if nobody would write again.
    pub(crate) fn settle(&self, stop: &AtomicBool) -> Result<()> {
        while !stop.load(Ordering::Relaxed) && self.work_once(Eagerness::Idle, stop)? {}
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

    /// Whether nothing was written for a while and there is work for such times.
    fn is_idle_work_due(&self) -> bool {
        // Held by `maintain` while it works; then there is nothing to decide.
        let Some(mut idleness) = self.work.try_lock() else {
            return false;
        };
        let state = self.state.load();
        let now = Instant::now();
        let since = match idleness.seen {
            Some((applied, since)) if applied == state.applied => since,
            _ => {
                idleness.seen = Some((state.applied, now));
                now
            }
        };
        now.duration_since(since) >= IDLE_AFTER && self.next_work(&state, Eagerness::Idle).is_some()
    }

    fn work_once(&self, eagerness: Eagerness, stop: &AtomicBool) -> Result<bool> {
        let _work = self.work.lock();
        let state = self.state.load_full();
        match self.next_work(&state, eagerness) {
            None => Ok(false),
            Some(Work::Measure(place)) => self.measure_again(&state.sealed[place], stop),
            Some(work) => {
                let Some(job) = self.begin(work) else {
                    return Ok(false);
                };
                self.finish(&job, stop)
            }
        }
    }

    /// The most urgent piece of work.
    fn next_work(&self, state: &State, eagerness: Eagerness) -> Option<Work> {
        if state.frozen.is_some() || self.is_active_full(&state.active) {
            return Some(Work::Seal);
        }
        if eagerness == Eagerness::Idle && state.active.live_rows() >= GRAPH_ROWS_MIN {
            return Some(Work::Seal);
        }
        let live: Vec<usize> = state.sealed.iter().map(Member::live_rows).collect();
        if let Some(range) = next_merge(&live, self.options.segment_rows_max, eagerness) {
            return Some(Work::Merge(range));
        }
        let wants_rewrite = |member: &Member| {
            member.dead.len() as usize * 100 >= member.segment.rows() * REWRITE_DEAD_PERCENT
        };
        if let Some(place) = state.sealed.iter().position(wants_rewrite) {
            return Some(Work::Merge(place..place + 1));
        }
        let has_queries = self.remembered.lock().len() >= MEASURE_QUERIES_MIN;
        let wants_measuring = |member: &Member| wants_measuring(member, has_queries);
        state
            .sealed
            .iter()
            .position(wants_measuring)
            .map(Work::Measure)
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
        let sources = match work {
            Work::Measure(_) => return None,
            Work::Merge(places) => {
                let state = self.state.load();
                let members = state.sealed.get(places)?;
                members.iter().cloned().map(Source::Sealed).collect()
            }
            Work::Seal => vec![Source::Memory(self.freeze()?)],
        };
        Some(Job { id, sources })
    }

    /// The frozen segment; freezes the active one when there is none.
    fn freeze(&self) -> Option<MemorySegment> {
        let _writing = self.writing.lock();
        let mut state = State::clone(&self.state.load());
        if state.frozen.is_none() {
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
        let Some(segment) = build(&context, job.id, &job.sources)? else {
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
        let context = self.context(stop);
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

/// Whether a segment should be measured again: many rows have died, or the first real queries are
/// there to measure with.
fn wants_measuring(member: &Member, has_queries: bool) -> bool {
    let table = &member.table;
    let died = (table.live_rows as usize).saturating_sub(member.live_rows());
    let is_old = died * 100 >= (table.live_rows as usize).max(1) * MEASURE_DEAD_PERCENT;
    let is_new_to_queries = has_queries && table.remembered_queries == 0;
    !member.segment.graphs().is_empty() && (is_old || is_new_to_queries)
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

/// Which neighbours to merge, given the live rows of each; the smallest sum first. The result never has more than `rows_max` rows.
fn next_merge(
    live: &[usize],
    rows_max: usize,
    eagerness: Eagerness,
) -> Option<std::ops::Range<usize>> {
    let tiered = live
        .windows(MERGE_SEGMENTS)
        .enumerate()
        .filter(|(_, sizes)| {
            let sum = sizes.iter().sum::<usize>();
            sum <= rows_max && sizes.iter().all(|&size| size * 2 <= sum)
        })
        .min_by_key(|(_, sizes)| sizes.iter().sum::<usize>())
        .map(|(start, _)| start..start + MERGE_SEGMENTS);
    if tiered.is_some() || eagerness == Eagerness::Busy {
        return tiered;
    }
    // The longest run that grows its largest segment enough to be worth writing it again.
    let mut best: Option<std::ops::Range<usize>> = None;
    for start in 0..live.len() {
        for end in start + 2..=live.len() {
            let sizes = &live[start..end];
            let sum: usize = sizes.iter().sum();
            let most = sizes.iter().max().copied().unwrap_or(0);
            let gain = (sum - most) as f32;
            let is_worth_it = sum <= rows_max && gain >= most as f32 * IDLE_GAIN_SHARE;
            if is_worth_it && best.as_ref().is_none_or(|best| end - start > best.len()) {
                best = Some(start..end);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests;
