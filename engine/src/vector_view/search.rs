//! Searches one consistent list of segments.
//!
//! Segments in memory are scanned; each sealed segment is planned and searched on its own, and asked
//! for as many points as the whole search wants, because all of the best may lie in one segment.

use std::time::Instant;

use roaring::RoaringBitmap;

use crate::error::{Error, Result};
use crate::query::request::SegmentExplanation;

use super::memory::MemorySegment;
use super::plan::{Plan, PlanRequest, choose};
use super::query::Query;
use super::ranking::{OrderedFloat, PointRanking};
use super::row::{RowId, VectorShape};
use super::sealed::Sealed;
use super::shortlist::take_shortlist;
use super::state::{Member, State};

/// Rows looked at to estimate how many a filter keeps.
const FILTER_SAMPLE: u32 = 256;
/// Filters of at most this many points are resolved to rows without estimating first.
const FILTER_POINTS_FEW: u64 = 1_024;

/// A search for the closest points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VectorQuery<'a> {
    /// Finite numbers, as many as the shape has dimensions.
    pub(crate) vector: &'a [f32],
    /// Distinct points wanted.
    pub(crate) points: usize,
    /// The recall to aim for; from 1 on, the exact scan.
    pub(crate) recall: f32,
    /// The numbers of the points that qualify; all when absent.
    pub(crate) allowed: Option<&'a RoaringBitmap>,
    /// Whether to say how each segment was searched.
    pub(crate) explain: bool,
}

/// A point with its best row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// The point's number.
    pub(crate) point: u32,
    /// Its best row.
    pub(crate) row: RowId,
    /// Higher is closer: the cosine, the product, or `1 / (1 + distance)`, in full length.
    pub(crate) score: f32,
}

/// The closest points.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VectorAnswer {
    /// Best first; equal scores by point number.
    pub(crate) candidates: Vec<Candidate>,
    /// Every live allowed row was considered: asking for more cannot give more points.
    pub(crate) exhausted: bool,
    /// How each segment was searched, if asked for.
    pub(crate) segments: Vec<SegmentExplanation>,
}

/// How one segment was searched.
struct Outcome {
    plan: String,
    recall: f32,
    /// Whether every live allowed row was considered.
    is_complete: bool,
}

/// Searches `state`.
pub(crate) fn search(
    shape: &VectorShape,
    state: &State,
    request: &VectorQuery<'_>,
) -> Result<VectorAnswer> {
    if request.vector.len() != shape.dimensions {
        return Err(Error::invalid(
            "vector",
            "dimension_mismatch",
            format!(
                "{} dimensions, expected {}",
                request.vector.len(),
                shape.dimensions
            ),
        ));
    }
    let query = Query::new(shape, request.vector);
    let mut ranking = PointRanking::new(request.points);
    let mut segments = Vec::new();
    let mut is_complete = true;
    for segment in state.in_memory().filter(|segment| segment.rows() > 0) {
        let started = Instant::now();
        let outcome = scan_memory(segment, &query, request, &mut ranking);
        if request.explain {
            segments.push(explain(None, segment.live_rows(), &outcome, started));
        }
    }
    for member in &state.sealed {
        let started = Instant::now();
        let outcome = search_member(shape, member, &query, request, &mut ranking)?;
        is_complete &= outcome.is_complete;
        if request.explain {
            let id = Some(member.segment.id());
            segments.push(explain(id, member.live_rows(), &outcome, started));
        }
    }
    // A full ranking may have turned points away.
    let exhausted = is_complete && ranking.len() < request.points;
    let ranked = ranking.into_sorted().into_iter();
    let candidates = ranked.map(|ranked| Candidate {
        point: ranked.point,
        row: ranked.row,
        score: query.score(ranked.closeness),
    });
    Ok(VectorAnswer {
        candidates: candidates.collect(),
        exhausted,
        segments,
    })
}

fn explain(
    segment: Option<u64>,
    rows: usize,
    outcome: &Outcome,
    started: Instant,
) -> SegmentExplanation {
    SegmentExplanation {
        segment,
        rows: rows as u64,
        plan: outcome.plan.clone(),
        recall: outcome.recall,
        took_us: started.elapsed().as_micros() as u64,
    }
}

fn scan_memory(
    segment: &MemorySegment,
    query: &Query,
    request: &VectorQuery<'_>,
    ranking: &mut PointRanking,
) -> Outcome {
    let considered = segment.scan(query, request.allowed, request.points, ranking);
    Outcome {
        plan: format!("exact scan of {considered} rows in memory"),
        recall: 1.0,
        is_complete: true,
    }
}

/// Plans and searches a sealed segment.
///
/// The graph knows neither the filter nor which rows are dead. So it is asked for more: for as many
/// of the closest rows that, as far as is known, enough of them qualify. If enough do, then those are
/// the closest that qualify, at the recall that was measured for so many rows, whatever the filter
/// has to do with the query. If not enough do, twice as many rows are taken, until the exact scan of
/// what qualifies is cheaper. Several rows of one point are dealt with the same way.
fn search_member(
    shape: &VectorShape,
    member: &Member,
    query: &Query,
    request: &VectorQuery<'_>,
    ranking: &mut PointRanking,
) -> Result<Outcome> {
    let segment = &member.segment;
    let matching = Matching::of(member, request);
    let mut rows_wanted = rows_to_take(segment.rows(), matching.rows, request.points);
    loop {
        let plan = choose(
            &member.table,
            &plan_request(request, &matching, rows_wanted),
        );
        let Plan::Graph {
            graph,
            beam,
            recall,
        } = plan
        else {
            return Ok(scan_member(
                member,
                query,
                matching,
                request.allowed,
                ranking,
            ));
        };
        let mut found = take_shortlist(segment, query, graph as usize, beam)?;
        let points = count_points(member, request.allowed, &mut found, rows_wanted);
        if points < request.points {
            let growth = rows_wanted.saturating_mul(request.points) / points.max(1);
            rows_wanted = growth.clamp(rows_wanted * 2, rows_wanted.saturating_mul(16));
            continue;
        }
        for (closeness, offset) in found {
            let (point, row) = (segment.point(offset), segment.row(offset));
            if closeness.0 >= ranking.threshold() && qualifies(member, request.allowed, offset) {
                ranking.offer(closeness.0, point, row);
            }
        }
        return Ok(Outcome {
            plan: plan_in_words(shape, member, graph, beam, request.allowed.is_some()),
            recall,
            is_complete: false,
        });
    }
}

fn plan_request(request: &VectorQuery<'_>, matching: &Matching, rows_wanted: usize) -> PlanRequest {
    PlanRequest {
        rows_wanted,
        recall: request.recall,
        matching_rows: matching.rows,
        is_filtered: request.allowed.is_some(),
    }
}

/// How many of the closest rows must be taken so that, probably, enough of them qualify.
fn rows_to_take(rows: usize, matching_rows: usize, points: usize) -> usize {
    if matching_rows >= rows {
        return points;
    }
    let expected = points as f32 * rows as f32 / matching_rows.max(1) as f32;
    // The number that qualifies among so many scatters by about its root: two of those.
    let scatter = 2.0 * expected * (1.0 - matching_rows as f32 / rows as f32).sqrt()
        / (points.max(1) as f32).sqrt();
    (expected + scatter).ceil() as usize
}

/// Whether a row is live and its point allowed.
fn qualifies(member: &Member, allowed: Option<&RoaringBitmap>, offset: u32) -> bool {
    let is_dead = !member.dead.is_empty() && member.dead.contains(offset);
    !is_dead && allowed.is_none_or(|allowed| allowed.contains(member.segment.point(offset)))
}

/// How many distinct points the qualifying ones among the best `rows` rows belong to.
fn count_points(
    member: &Member,
    allowed: Option<&RoaringBitmap>,
    found: &mut [(OrderedFloat, u32)],
    rows: usize,
) -> usize {
    let rows = rows.min(found.len());
    if rows > 0 && rows < found.len() {
        found.select_nth_unstable_by(rows - 1, |left, right| right.cmp(left));
    }
    let best = found.iter().take(rows).map(|&(_, offset)| offset);
    let qualifying = best.filter(|&offset| qualifies(member, allowed, offset));
    if member.segment.entry().is_unique {
        return qualifying.count();
    }
    let points: RoaringBitmap = qualifying
        .map(|offset| member.segment.point(offset))
        .collect();
    points.len() as usize
}

fn plan_in_words(
    shape: &VectorShape,
    member: &Member,
    graph: u32,
    beam: usize,
    is_filtered: bool,
) -> String {
    let space = member.segment.graphs()[graph as usize].space();
    let (prefix, full) = (space.prefix(shape.dimensions), shape.dimensions);
    let filtered = if is_filtered { "filtered " } else { "" };
    format!("{filtered}graph {prefix}d beam {beam} -> rescore {full}d")
}

/// The rows of a segment that pass the filter.
struct Matching {
    /// How many, exactly or about.
    rows: usize,
    /// Their offsets, where they are few enough to have been looked up.
    offsets: Option<Vec<u32>>,
}

impl Matching {
    fn of(member: &Member, request: &VectorQuery<'_>) -> Self {
        let live_rows = member.live_rows();
        let Some(allowed) = request.allowed else {
            return Self {
                rows: live_rows,
                offsets: None,
            };
        };
        if allowed.len() > FILTER_POINTS_FEW {
            let share = sampled_share(&member.segment, allowed);
            let about = Self {
                rows: (live_rows as f32 * share) as usize,
                offsets: None,
            };
            let rows_wanted = rows_to_take(member.segment.rows(), about.rows, request.points);
            let plan = choose(&member.table, &plan_request(request, &about, rows_wanted));
            if plan != Plan::Scan {
                return about;
            }
        }
        let offsets = member.segment.offsets_of_points(allowed, &member.dead);
        Self {
            rows: offsets.len(),
            offsets: Some(offsets),
        }
    }
}

/// The share of evenly spaced rows whose points are allowed.
fn sampled_share(segment: &Sealed, allowed: &RoaringBitmap) -> f32 {
    let rows = segment.rows() as u32;
    let step = (rows / FILTER_SAMPLE).max(1);
    let offsets = (0..rows).step_by(step as usize);
    let count = offsets.len();
    let held = offsets
        .filter(|&offset| allowed.contains(segment.point(offset)))
        .count();
    held as f32 / count.max(1) as f32
}

fn scan_member(
    member: &Member,
    query: &Query,
    matching: Matching,
    allowed: Option<&RoaringBitmap>,
    ranking: &mut PointRanking,
) -> Outcome {
    let segment = &member.segment;
    let mut considered = 0_usize;
    let mut consider = |offset: u32| {
        considered += 1;
        let closeness = segment.closeness(query, offset);
        // Written so that NaN is ranked too, last.
        if closeness >= ranking.threshold() || closeness.is_nan() {
            ranking.offer(closeness, segment.point(offset), segment.row(offset));
        }
    };
    let filter = if allowed.is_some() { "filtered " } else { "" };
    match (matching.offsets, allowed) {
        (Some(offsets), _) => offsets.into_iter().for_each(&mut consider),
        (None, None) => (0..segment.rows() as u32)
            .filter(|&offset| !member.dead.contains(offset))
            .for_each(&mut consider),
        (None, Some(allowed)) => segment
            .offsets_of_points(allowed, &member.dead)
            .into_iter()
            .for_each(&mut consider),
    }
    Outcome {
        plan: format!("exact scan of {considered} {filter}rows"),
        recall: 1.0,
        is_complete: true,
    }
}
