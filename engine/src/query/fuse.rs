//! Two rankings become one.

use std::collections::{HashMap, HashSet};

use super::request::{Fusion, HitExplanation};
use super::resolve::Ranked;

/// A point in the final ranking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fused {
    pub(crate) number: u32,
    pub(crate) score: f32,
    pub(crate) chunk: Option<usize>,
    pub(crate) explanation: HitExplanation,
}

/// Fuses rankings that are ordered best first. Each point is in a leg at most once.
///
/// Reciprocal rank fusion: Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms
/// Condorcet and individual rank learning methods", SIGIR 2009.
pub(crate) fn fuse(vector: &[Ranked], text: &[Ranked], fusion: Fusion) -> Vec<Fused> {
    let Fusion::ReciprocalRank {
        rank_constant,
        vector_weight,
        text_weight,
    } = fusion;
    let mut points: HashMap<u32, Fused> = HashMap::with_capacity(vector.len() + text.len());
    for (rank, ranked) in (1..).zip(vector) {
        let fused = points
            .entry(ranked.number)
            .or_insert_with(|| empty(ranked.number));
        fused.score += vector_weight / (rank_constant + rank as f32);
        fused.chunk = ranked.chunk;
        fused.explanation.vector = Some((rank, ranked.score));
    }
    for (rank, ranked) in (1..).zip(text) {
        let fused = points
            .entry(ranked.number)
            .or_insert_with(|| empty(ranked.number));
        fused.score += text_weight / (rank_constant + rank as f32);
        fused.explanation.text = Some((rank, ranked.score));
    }
    let mut fused: Vec<Fused> = points.into_values().collect();
    fused.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.number.cmp(&b.number)));
    fused
}

/// Fuses the first `depth` of each leg, and puts what lies deeper behind all of it, so that a
/// larger limit never changes the beginning of the answer.
pub(crate) fn fuse_pages(
    vector: &[Ranked],
    text: &[Ranked],
    fusion: Fusion,
    depth: usize,
) -> Vec<Fused> {
    let (vector_head, vector_tail) = vector.split_at(depth.min(vector.len()));
    let (text_head, text_tail) = text.split_at(depth.min(text.len()));
    let mut fused = fuse(vector_head, text_head, fusion);
    let seen: HashSet<u32> = fused.iter().map(|point| point.number).collect();
    let lowest = fused.last().map_or(f32::MAX, |point| point.score);
    let tail = fuse(vector_tail, text_tail, fusion);
    fused.extend(
        tail.into_iter()
            .filter(|point| !seen.contains(&point.number))
            .map(|point| Fused {
                score: point.score.min(lowest),
                ..point
            }),
    );
    fused
}

/// A single ranking as the final one, with its own scores.
pub(crate) fn single(ranked: Vec<Ranked>, is_vector: bool) -> Vec<Fused> {
    let with_rank = (1..).zip(ranked);
    with_rank
        .map(
            |(
                rank,
                Ranked {
                    number,
                    score,
                    chunk,
                },
            )| {
                let place = Some((rank, score));
                let explanation = if is_vector {
                    HitExplanation {
                        vector: place,
                        text: None,
                    }
                } else {
                    HitExplanation {
                        vector: None,
                        text: place,
                    }
                };
                Fused {
                    number,
                    score,
                    chunk,
                    explanation,
                }
            },
        )
        .collect()
}

fn empty(number: u32) -> Fused {
    Fused {
        number,
        score: 0.0,
        chunk: None,
        explanation: HitExplanation::default(),
    }
}

#[cfg(test)]
mod tests;
