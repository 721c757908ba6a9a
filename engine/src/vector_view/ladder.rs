//! Which rung carries the graph: the shortest prefix that pays, found on the segment's own rows.
//!
//! A ladder is a list of rungs, short prefix first, full length last. A search enters the graph of
//! one rung, takes a shortlist, and scores it with full vectors. A shorter prefix makes each step
//! of the walk cheaper and the shortlist longer; how much longer depends on the vectors, so it is
//! measured before the graph is built: for sampled rows, how deep in the ranking by the prefix
//! their true neighbours lie.

use parking_lot::Mutex;

use crate::distance::dot_i8;

use super::build::BuildContext;
use super::code::encode;
use super::measure::{sample_offsets, true_neighbours};
use super::query::Query;
use super::sealed::Sealed;
use super::space::{GraphSpace, LengthRange};

/// The shortest prefix worth a graph: below, the walk costs more than the comparisons it makes.
const PREFIX_MIN: usize = 64;
/// Sampled rows whose neighbours are looked up.
const PROBES: usize = 64;
/// True neighbours of each.
const NEIGHBOURS: usize = 10;
/// The share of true neighbours that the shortlist must hold.
const HELD_SHARE: f32 = 0.98;
/// What one step of a walk costs besides reading the code, in codes' bytes.
const STEP_BYTES: f32 = 160.0;
/// What a walk needs beyond the depth of the ranking, in rows.
const WALK_ROWS: f32 = 40.0;
/// Rows whose prefixes are ranked at most; depth is scaled up beyond.
const RANKED_ROWS_MAX: usize = 131_072;

/// The prefix lengths worth trying: powers of two when prefixes are expected to mean something,
/// and always the full length.
pub(crate) fn prefixes(dimensions: usize, is_matryoshka: bool) -> Vec<usize> {
    let mut prefixes = Vec::new();
    let mut prefix = PREFIX_MIN;
    while is_matryoshka && prefix < dimensions {
        prefixes.push(prefix);
        prefix *= 2;
    }
    prefixes.push(dimensions);
    prefixes
}

/// Chooses the space of a segment's graph.
pub(crate) fn choose_space(
    context: &BuildContext<'_>,
    segment: &Sealed,
    lengths: LengthRange,
) -> GraphSpace {
    let shape = context.shape;
    let full = GraphSpace::full(shape.distance, shape.dimensions, lengths);
    let prefixes = prefixes(shape.dimensions, shape.matryoshka);
    if !matches!(full, GraphSpace::Angle { .. }) || prefixes.len() == 1 || context.is_stopped() {
        return full;
    }
    let depths = depths(context, segment, &prefixes);
    let cost = |&(prefix, depth): &(usize, f32)| (depth + WALK_ROWS) * (prefix as f32 + STEP_BYTES);
    let cheapest = depths
        .iter()
        .min_by(|left, right| cost(left).total_cmp(&cost(right)));
    tracing::debug!(
        segment = segment.id(),
        ?depths,
        "measured the depth of prefixes"
    );
    match cheapest {
        Some(&(prefix, _)) => GraphSpace::Angle {
            prefix: prefix as u32,
        },
        None => full,
    }
}

/// For each prefix, how many rows a shortlist by it needs to hold most true neighbours.
fn depths(context: &BuildContext<'_>, segment: &Sealed, prefixes: &[usize]) -> Vec<(usize, f32)> {
    let probes: Vec<Probe> = sample_offsets(segment, PROBES)
        .into_iter()
        .map(|offset| Probe::new(context, segment, offset, prefixes))
        .collect();
    let rows = segment.rows();
    let step = rows.div_ceil(RANKED_ROWS_MAX);
    let offsets: Vec<u32> = (0..rows as u32).step_by(step).collect();
    let totals = Mutex::new(vec![0_u32; probes.len() * prefixes.len() * NEIGHBOURS]);
    std::thread::scope(|scope| {
        for part in offsets.chunks(offsets.len().div_ceil(context.threads.max(1))) {
            let (probes, totals) = (&probes, &totals);
            scope.spawn(move || {
                let ranks = rank(context, segment, part, probes, prefixes);
                let mut totals = totals.lock();
                totals
                    .iter_mut()
                    .zip(ranks)
                    .for_each(|(total, rank)| *total += rank);
            });
        }
    });
    let totals = totals.into_inner();
    let of_prefix = |number: usize| {
        let per_probe = prefixes.len() * NEIGHBOURS;
        let mut ranks: Vec<u32> = (0..probes.len())
            .flat_map(|probe| {
                let start = probe * per_probe + number * NEIGHBOURS;
                let held = probes[probe].neighbours.len();
                totals[start..start + held].iter().copied()
            })
            .collect();
        ranks.sort_unstable();
        let at = (ranks.len() as f32 * HELD_SHARE) as usize;
        let rank = ranks.get(at.min(ranks.len().saturating_sub(1))).copied();
        // A rank counts the rows above; the row itself makes the shortlist one longer.
        (rank.unwrap_or(0) as usize * step + 1) as f32
    };
    let numbered = prefixes.iter().enumerate();
    numbered
        .map(|(number, &prefix)| (prefix, of_prefix(number)))
        .collect()
}

/// A sampled row, its code at every prefix, and its true neighbours' similarity by each.
struct Probe {
    offset: u32,
    codes: Vec<Vec<i8>>,
    neighbours: Vec<u32>,
    /// By prefix: the similarity of each neighbour.
    similarities: Vec<Vec<f32>>,
}

impl Probe {
    fn new(context: &BuildContext<'_>, segment: &Sealed, offset: u32, prefixes: &[usize]) -> Self {
        let mut vector = Vec::new();
        segment.copy_vector(offset, &mut vector);
        let query = Query::new(context.shape, &vector);
        let neighbours = true_neighbours(segment, &query, Some(offset), NEIGHBOURS);
        let mut codes = Vec::new();
        let mut similarities = Vec::new();
        for &prefix in prefixes {
            let mut code = vec![0; prefix];
            encode(&vector[..prefix], &mut code);
            let mut row = vec![0; prefix];
            let similarity = |&neighbour: &u32| {
                let mut vector = Vec::new();
                segment.copy_vector(neighbour, &mut vector);
                encode(&vector[..prefix], &mut row);
                similarity(&code, &row)
            };
            similarities.push(neighbours.iter().map(similarity).collect());
            codes.push(code);
        }
        Self {
            offset,
            codes,
            neighbours,
            similarities,
        }
    }
}

/// The cosine of two codes, up to the length of the first.
fn similarity(query: &[i8], row: &[i8]) -> f32 {
    dot_i8(query, row) as f32 / (dot_i8(row, row).max(1) as f32).sqrt()
}

/// Counts, for every probe, prefix and neighbour, the rows in `part` that lie above it.
fn rank(
    context: &BuildContext<'_>,
    segment: &Sealed,
    part: &[u32],
    probes: &[Probe],
    prefixes: &[usize],
) -> Vec<u32> {
    let mut ranks = vec![0; probes.len() * prefixes.len() * NEIGHBOURS];
    let mut vector = Vec::new();
    for &offset in part {
        if context.is_stopped() {
            break;
        }
        segment.copy_vector(offset, &mut vector);
        for (number, &prefix) in prefixes.iter().enumerate() {
            let mut code = vec![0; prefix];
            encode(&vector[..prefix], &mut code);
            let inverse = 1.0 / (dot_i8(&code, &code).max(1) as f32).sqrt();
            for (place, probe) in probes.iter().enumerate() {
                if probe.offset == offset {
                    continue;
                }
                let similarity = dot_i8(&probe.codes[number], &code) as f32 * inverse;
                let start = (place * prefixes.len() + number) * NEIGHBOURS;
                for (neighbour, &theirs) in probe.similarities[number].iter().enumerate() {
                    ranks[start + neighbour] += u32::from(similarity > theirs);
                }
            }
        }
    }
    ranks
}

#[cfg(test)]
mod tests;
