//! Which background work is next, judged from sizes and times alone.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::REMEMBERED_MAX;
use super::build::GRAPH_ROWS_MIN;
use super::measure::REMEMBERED_ENOUGH;
use super::state::{Member, State};

/// How many neighbours are merged at once while writes go on. The largest may not be more than half
/// of the sum, so that a row is written again only when its segment at least doubles.
const MERGE_SEGMENTS: usize = 4;
/// A segment is rewritten alone when this many of a hundred rows are dead.
const REWRITE_DEAD_PERCENT: usize = 30;
/// A segment is measured again when this many of a hundred rows have died since: deaths do not change
/// what was measured, but the queries that people ask now may be others.
const MEASURE_DEAD_PERCENT: usize = 10;
/// An idle merge must add at least this share to the largest of its segments, which bounds how
/// often a row is written again.
const IDLE_GAIN_SHARE: f32 = 0.5;
/// Without writes for this long, more is merged than while writes go on.
const IDLE_AFTER: Duration = Duration::from_secs(5);
/// Active segments that fill faster than this are a bulk load.
const BULK_FILL: Duration = Duration::from_secs(10);
/// Rows that a bulk load may leave without a graph. A search scans them exactly; a graph for each
/// segment as it comes would slow the load and be thrown away by the first merge.
const BULK_ROWS_MAX: usize = 1 << 18;

/// A piece of background work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// Freeze the active segment, if none is frozen, and seal it.
    Seal,
    /// Write these sealed segments as one: places in the list.
    Merge(Range<usize>),
    /// Measure the segment at this place again.
    Measure(usize),
}

/// How writes come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A bulk load: only what bounds memory and the rows without a graph.
    Bulk,
    /// What keeps memory bounded and searches fast while writes go on.
    Steady,
    /// Also what makes searches faster still, when nobody writes.
    Idle,
}

/// When active segments filled up.
#[derive(Debug)]
pub(crate) struct Fills {
    last: Instant,
    is_bulk: bool,
}

impl Fills {
    /// A view that is opened now: what fills the first segment at once is a bulk load too.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            last: now,
            is_bulk: false,
        }
    }

    /// Remembers that an active segment is full.
    pub(crate) fn note(&mut self, now: Instant) {
        self.is_bulk = now.duration_since(self.last) < BULK_FILL;
        self.last = now;
    }

    /// Whether a bulk load is under way.
    pub(crate) fn is_bulk(&self, now: Instant) -> bool {
        self.is_bulk && now.duration_since(self.last) < BULK_FILL
    }
}

/// Since when nothing was written.
#[derive(Debug, Default)]
pub(crate) struct Idleness {
    seen: Option<(u64, Instant)>,
}

impl Idleness {
    /// Whether `applied` has not changed for a while.
    pub(crate) fn is_idle(&mut self, applied: u64, now: Instant) -> bool {
        let since = match self.seen {
            Some((seen, since)) if seen == applied => since,
            _ => {
                self.seen = Some((applied, now));
                now
            }
        };
        now.duration_since(since) >= IDLE_AFTER
    }
}

/// What the choice depends on besides the segments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub(crate) pace: Pace,
    /// The active segment is full.
    pub(crate) is_active_full: bool,
    /// The most rows of a segment.
    pub(crate) rows_max: usize,
    /// Real queries that are remembered.
    pub(crate) remembered: usize,
}

/// The most urgent piece of work.
pub(crate) fn next_work(state: &State, circumstances: Circumstances) -> Option<Work> {
    let Circumstances {
        pace,
        is_active_full,
        rows_max,
        remembered,
    } = circumstances;
    if state.frozen.is_some() || is_active_full {
        return Some(Work::Seal);
    }
    if pace == Pace::Idle && state.active.live_rows() >= GRAPH_ROWS_MIN {
        return Some(Work::Seal);
    }
    let live: Vec<usize> = state.sealed.iter().map(Member::live_rows).collect();
    let bare = bare_run(&state.sealed, &live, rows_max);
    let bare_rows: usize = live[bare.clone()].iter().sum();
    let merge = match pace {
        Pace::Bulk => (bare_rows >= BULK_ROWS_MAX.min(rows_max)).then_some(bare),
        Pace::Steady if !bare.is_empty() => Some(bare),
        Pace::Steady => next_steady_merge(&live, rows_max),
        Pace::Idle => {
            next_idle_merge(&live, rows_max).or_else(|| (!bare.is_empty()).then_some(bare))
        }
    };
    if merge.is_some() || pace == Pace::Bulk {
        return merge.map(Work::Merge);
    }
    let wants_rewrite = |member: &Member| {
        member.dead.len() as usize * 100 >= member.segment.rows() * REWRITE_DEAD_PERCENT
    };
    if let Some(place) = state.sealed.iter().position(wants_rewrite) {
        return Some(Work::Merge(place..place + 1));
    }
    let wants_measuring = |member: &Member| wants_measuring(member, remembered);
    let place = state.sealed.iter().position(wants_measuring);
    place.map(Work::Measure)
}

/// The first run of segments that a bulk load left without a graph, of at most `rows_max` rows but
/// at least one segment; empty when there is none.
fn bare_run(sealed: &[Member], live: &[usize], rows_max: usize) -> Range<usize> {
    let is_bare =
        |place: usize| sealed[place].segment.graphs().is_empty() && live[place] >= GRAPH_ROWS_MIN;
    let Some(start) = (0..live.len()).find(|&place| is_bare(place)) else {
        return 0..0;
    };
    let (mut end, mut rows) = (start + 1, live[start]);
    while end < live.len() && is_bare(end) && rows + live[end] <= rows_max {
        rows += live[end];
        end += 1;
    }
    start..end
}

/// Whether a segment should be measured again: many rows have died, or many more real queries are
/// there to measure with.
fn wants_measuring(member: &Member, remembered: usize) -> bool {
    let table = &member.table;
    let died = (table.live_rows as usize).saturating_sub(member.live_rows());
    let is_old = died * 100 >= (table.live_rows as usize).max(1) * MEASURE_DEAD_PERCENT;
    let known = table.remembered_queries as usize;
    !member.segment.graphs().is_empty() && (is_old || are_queries_due(known, remembered))
}

/// Whether a segment that was measured with `known` real queries is to be measured again when so many
/// are remembered: when there are enough to judge by, and whenever they have doubled. How hard they
/// are differs more from what was made up than anything else that is measured, and more of them say
/// it more surely.
fn are_queries_due(known: usize, remembered: usize) -> bool {
    let due = if known < REMEMBERED_ENOUGH {
        REMEMBERED_ENOUGH
    } else {
        (2 * known).min(REMEMBERED_MAX)
    };
    remembered > known && remembered >= due
}

/// Whether some segment may be due with so many remembered queries that was not with one less. A
/// table of another number is found when its collection is next looked after.
pub(crate) fn is_measuring_due(remembered: usize) -> bool {
    remembered.is_multiple_of(REMEMBERED_ENOUGH)
}

/// Which neighbours to merge while writes go on, given the live rows of each; the smallest sum
/// first. The result never has more than `rows_max` rows.
fn next_steady_merge(live: &[usize], rows_max: usize) -> Option<Range<usize>> {
    live.windows(MERGE_SEGMENTS)
        .enumerate()
        .filter(|(_, sizes)| {
            let sum = sizes.iter().sum::<usize>();
            sum <= rows_max && sizes.iter().all(|&size| size * 2 <= sum)
        })
        .min_by_key(|(_, sizes)| sizes.iter().sum::<usize>())
        .map(|(start, _)| start..start + MERGE_SEGMENTS)
}

/// The longest run that grows its largest segment enough to be worth writing it again.
fn next_idle_merge(live: &[usize], rows_max: usize) -> Option<Range<usize>> {
    let mut best: Option<Range<usize>> = None;
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
