//! Measures a segment's recall: sampled rows and remembered queries, searched exactly and through
//! every graph.

use std::time::Instant;

use roaring::RoaringBitmap;

use crate::error::Result;

use super::build::BuildContext;
use super::query::Query;
use super::ranking::OrderedFloat;
use super::sealed::Sealed;
use super::shortlist::take_shortlist;
use super::table::{LIMITS, RecallCell, RecallTable};

/// Sampled rows that serve as queries.
const SAMPLE_MAX: usize = 160;
/// Fewer remembered queries than this say too little to be judged on their own.
pub(crate) const REMEMBERED_MIN: usize = 24;
/// From so many remembered queries on, they alone are judged by. What people ask is what matters, and
/// it may be easier than moved rows or far harder; see docs/decisions/0009-measured-with-real-queries.md.
pub(crate) const REMEMBERED_ENOUGH: usize = 64;
/// From this beam on a part of the sample serves: long answers carry more trials each.
const LONG_BEAM: usize = 768;
/// How many queries serve for long beams.
const LONG_SAMPLE_MAX: usize = 40;
/// The beams tried: a bit under half as much again each time.
const BEAMS: [u32; 20] = [
    10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 896, 1_280, 1_792, 2_560, 3_584,
    5_120, 7_168,
];
/// How far a sampled row is moved towards another, as a share of the way.
const MOVED_SHARE: f32 = 1.0 / 3.0;
/// A wider beam is not tried where recall is already this good.
const RECALL_ENOUGH: f32 = 0.998;
/// Standard errors below the mean that the planner relies on: 95% one-sided, normal.
const CONFIDENCE: f32 = 1.645;
/// The least standard error assumed, because a sample in which nothing was missed has none.
const TRIALS_PRIOR: f32 = 1.0;

/// Offsets of up to `count` rows, spread by a fixed pseudo-random sequence seeded with the segment's
/// id, so that a measurement can be repeated.
pub(crate) fn sample_offsets(segment: &Sealed, count: usize) -> Vec<u32> {
    let rows = segment.rows() as u64;
    let mut sample = RoaringBitmap::new();
    let mut state = segment.id();
    // Bounded, because there may be hardly more rows than are wanted.
    for _ in 0..count * 20 {
        if sample.len() as usize >= count {
            break;
        }
        sample.insert((next_random(&mut state) % rows) as u32);
    }
    sample.iter().collect()
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The offsets of the closest `count` rows by an exact scan, without `except`.
pub(crate) fn true_neighbours(
    segment: &Sealed,
    query: &Query,
    except: Option<u32>,
    count: usize,
) -> Vec<u32> {
    let mut closest: Vec<(OrderedFloat, u32)> = (0..segment.rows() as u32)
        .filter(|&offset| Some(offset) != except)
        .map(|offset| (OrderedFloat(segment.closeness(query, offset)), offset))
        .collect();
    if closest.len() > count {
        closest.select_nth_unstable_by(count, |left, right| right.cmp(left));
        closest.truncate(count);
    }
    closest.sort_unstable_by(|left, right| right.cmp(left));
    closest.into_iter().map(|(_, offset)| offset).collect()
}

/// A query with its true neighbours.
struct Trial {
    query: Query,
    except: Option<u32>,
    truth: Vec<u32>,
}

/// Measures every graph of a segment, over all its rows: the dead ones are still in its graphs.
/// `live_rows` is only written down. `remembered` are real query vectors.
pub(crate) fn measure(
    context: &BuildContext<'_>,
    segment: &Sealed,
    live_rows: usize,
    remembered: &[Vec<f32>],
) -> Result<RecallTable> {
    let mut table = RecallTable {
        live_rows: live_rows as u32,
        ..RecallTable::default()
    };
    if segment.graphs().is_empty() {
        return Ok(table);
    }
    let started = Instant::now();
    let real = remembered_trials(context, segment, remembered);
    let sampled = if real.len() < REMEMBERED_ENOUGH {
        sampled_trials(context, segment)
    } else {
        Vec::new()
    };
    let scans = (sampled.len() + real.len()) * segment.rows();
    table.scan_row_ns = per(started, scans.div_ceil(context.threads.max(1)), 1e9);
    table.sampled_queries = sampled.len() as u32;
    table.remembered_queries = real.len() as u32;
    for graph in 0..segment.graphs().len() {
        measure_graph(context, segment, &[&sampled, &real], graph, &mut table)?;
    }
    table
        .cells
        .sort_by_key(|cell| (cell.graph, cell.limit, cell.beam));
    Ok(table)
}

fn per(started: Instant, count: usize, units_per_second: f32) -> f32 {
    started.elapsed().as_secs_f32() * units_per_second / count.max(1) as f32
}

/// Queries made from sampled rows: each moved a third of the way to another row and not allowed to
/// find itself. A row as it is would be led to its neighbours by its own links, and recall measured
/// so is far too high: on 16,384 sentence vectors 0.98 where real queries reached 0.90, while moved
/// rows came within 0.03 of them (beam 20, limit 10).
fn sampled_trials(context: &BuildContext<'_>, segment: &Sealed) -> Vec<Trial> {
    let offsets = sample_offsets(segment, SAMPLE_MAX);
    in_parallel(context, &offsets, |&offset| {
        let (mut vector, mut other) = (Vec::new(), Vec::new());
        let mut state = u64::from(offset);
        let towards = next_random(&mut state) % segment.rows() as u64;
        segment.copy_vector(offset, &mut vector);
        segment.copy_vector(towards as u32, &mut other);
        for (x, y) in vector.iter_mut().zip(&other) {
            *x += (y - *x) * MOVED_SHARE;
        }
        trial(context, segment, &vector, Some(offset))
    })
}

fn remembered_trials(
    context: &BuildContext<'_>,
    segment: &Sealed,
    remembered: &[Vec<f32>],
) -> Vec<Trial> {
    if remembered.len() < REMEMBERED_MIN {
        return Vec::new();
    }
    in_parallel(context, remembered, |vector| {
        trial(context, segment, vector, None)
    })
}

fn trial(
    context: &BuildContext<'_>,
    segment: &Sealed,
    vector: &[f32],
    except: Option<u32>,
) -> Trial {
    let query = Query::new(context.shape, vector);
    let count = LIMITS[LIMITS.len() - 1] as usize;
    let truth = if context.is_stopped() {
        Vec::new()
    } else {
        true_neighbours(segment, &query, except, count)
    };
    Trial {
        query,
        except,
        truth,
    }
}

fn in_parallel<T: Sync, U: Send>(
    context: &BuildContext<'_>,
    inputs: &[T],
    compute: impl Fn(&T) -> U + Sync,
) -> Vec<U> {
    let part = inputs.len().div_ceil(context.threads.max(1)).max(1);
    let compute = &compute;
    std::thread::scope(|scope| {
        let workers: Vec<_> = inputs
            .chunks(part)
            .map(|part| scope.spawn(move || part.iter().map(compute).collect::<Vec<U>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

/// Adds the cells of one graph, until recall is good enough or the exact scan is cheaper. Where
/// queries of both kinds are tried, a cell has the lower recall of the two.
fn measure_graph(
    context: &BuildContext<'_>,
    segment: &Sealed,
    kinds: &[&[Trial]; 2],
    graph: usize,
    table: &mut RecallTable,
) -> Result<()> {
    let mut is_enough = [false; LIMITS.len()];
    let scan_us = segment.rows() as f32 * table.scan_row_ns / 1_000.0;
    let mut cost_us = 0.0;
    for beam in BEAMS {
        if cost_us > scan_us || context.is_stopped() || is_enough == [true; LIMITS.len()] {
            break;
        }
        let mut cells: Vec<RecallCell> = Vec::new();
        for trials in kinds {
            let part = if beam as usize >= LONG_BEAM {
                LONG_SAMPLE_MAX
            } else {
                trials.len()
            };
            // The newest, where they are real.
            let trials = &trials[trials.len().saturating_sub(part)..];
            for cell in measure_beam(segment, trials, graph, beam)? {
                match cells.iter_mut().find(|held| held.limit == cell.limit) {
                    Some(held) if held.recall_low <= cell.recall_low => {}
                    Some(held) => *held = cell,
                    None => cells.push(cell),
                }
            }
        }
        for cell in cells {
            cost_us = cell.cost_us;
            let place = LIMITS.iter().position(|&limit| limit == cell.limit);
            let is_enough = &mut is_enough[place.unwrap_or(0)];
            if !*is_enough {
                table.cells.push(cell);
            }
            *is_enough |= cell.recall_low >= RECALL_ENOUGH;
        }
    }
    Ok(())
}

/// The cells of one beam, for every limit that it can serve.
fn measure_beam(
    segment: &Sealed,
    trials: &[Trial],
    graph: usize,
    beam: u32,
) -> Result<Vec<RecallCell>> {
    let mut recalls: [Vec<f32>; LIMITS.len()] = Default::default();
    let mut times = Vec::with_capacity(trials.len());
    for trial in trials {
        let started = Instant::now();
        let mut found = take_shortlist(segment, &trial.query, graph, beam as usize)?;
        found.sort_unstable_by(|left, right| right.cmp(left));
        times.push(started.elapsed().as_secs_f32() * 1e6);
        found.retain(|&(_, offset)| Some(offset) != trial.except);
        for (limit, recalls) in LIMITS.iter().zip(&mut recalls) {
            let truth = &trial.truth[..trial.truth.len().min(*limit as usize)];
            if *limit <= beam && !truth.is_empty() {
                recalls.push(recall(&found, truth));
            }
        }
    }
    times.sort_unstable_by(f32::total_cmp);
    let cost_us = times.get(times.len() / 2).copied().unwrap_or(0.0);
    let measured = LIMITS
        .iter()
        .zip(&recalls)
        .filter(|(_, recalls)| !recalls.is_empty());
    Ok(measured
        .map(|(&limit, recalls)| {
            let (recall, recall_low) = mean_and_low(recalls, limit);
            RecallCell {
                graph: graph as u32,
                beam,
                limit,
                recall,
                recall_low,
                cost_us,
            }
        })
        .collect())
}

/// The share of `truth` among the first rows found.
fn recall(found: &[(OrderedFloat, u32)], truth: &[u32]) -> f32 {
    let found = &found[..found.len().min(truth.len())];
    let found: RoaringBitmap = found.iter().map(|&(_, offset)| offset).collect();
    let held = truth
        .iter()
        .filter(|&&offset| found.contains(offset))
        .count();
    held as f32 / truth.len() as f32
}

/// The mean, and what it is above with confidence.
fn mean_and_low(recalls: &[f32], limit: u32) -> (f32, f32) {
    let count = recalls.len() as f32;
    let mean = recalls.iter().sum::<f32>() / count;
    let variance = recalls.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
    let floor = TRIALS_PRIOR / (count * limit as f32);
    let error = (variance / count).sqrt().max(floor);
    (mean, (mean - CONFIDENCE * error).max(0.0))
}

#[cfg(test)]
mod tests;
