//! Two rankings become one.
//!
//! By scores, each leg is first brought to about 0 to 1. The vector leg's closest point has 1 and
//! the hundredth 0: closeness has no zero of its own, and what lies that deep is not about the
//! query. The text leg's best has 1 and a text without any of the words 0, unless even the best
//! misses most of what the query says: then it has less, so that words which happen to occur do not
//! outvote the meaning of a query in another language or in other words.
//!
//! By reciprocal rank: Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet
//! and individual rank learning methods", SIGIR 2009.

use std::collections::{HashMap, HashSet};

use super::request::{Fusion, HitExplanation, Standing};
use super::resolve::Ranked;

/// The place in the vector leg that counts as not about the query.
const VECTOR_FLOOR_RANK: usize = 100;

/// The share of the possible BM25 score from which a best text counts in full: between what the best
/// text has of it where query and texts are in one language, and where they are not. `explain` shows
/// both numbers as `text.score` and `text_possible`.
const TEXT_FULL_SHARE: f32 = 0.1;

/// A point in the final ranking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fused {
    pub(crate) number: u32,
    pub(crate) score: f32,
    pub(crate) chunk: Option<usize>,
    pub(crate) explanation: HitExplanation,
}

/// Two rankings, each best first, each point in each at most once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Legs<'a> {
    pub(crate) vector: &'a [Ranked],
    pub(crate) text: &'a [Ranked],
    /// What a text with all words of the query could score, about.
    pub(crate) text_possible: f32,
}

/// Fuses two rankings.
pub(crate) fn fuse(legs: Legs<'_>, fusion: Fusion) -> Vec<Fused> {
    let vector_adds = adds_of_vector(legs.vector, fusion);
    let text_adds = adds_of_text(legs, fusion);
    let mut points: HashMap<u32, Fused> =
        HashMap::with_capacity(legs.vector.len() + legs.text.len());
    for ((rank, ranked), added) in (1..).zip(legs.vector).zip(vector_adds) {
        let fused = entry(&mut points, ranked.number);
        fused.score += added;
        fused.chunk = ranked.chunk;
        fused.explanation.vector = Some(standing(rank, ranked, added));
    }
    for ((rank, ranked), added) in (1..).zip(legs.text).zip(text_adds) {
        let fused = entry(&mut points, ranked.number);
        fused.score += added;
        fused.explanation.text = Some(standing(rank, ranked, added));
    }
    let mut fused: Vec<Fused> = points.into_values().collect();
    fused.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        let by_place = || best_place(a).cmp(&best_place(b));
        by_score.then_with(by_place).then(a.number.cmp(&b.number))
    });
    fused
}

/// The better of a point's ranks: what lies below the floor has no other order.
fn best_place(point: &Fused) -> usize {
    let HitExplanation { vector, text } = point.explanation;
    let ranks = [vector, text].into_iter().flatten().map(|place| place.rank);
    ranks.min().unwrap_or(usize::MAX)
}

/// What each place of the vector leg adds. Never less than nothing: a point that only the other leg
/// found must not be ahead of it for that.
fn adds_of_vector(leg: &[Ranked], fusion: Fusion) -> Vec<f32> {
    match fusion {
        Fusion::ReciprocalRank {
            rank_constant,
            vector_weight,
            ..
        } => reciprocal_ranks(leg.len(), rank_constant, vector_weight),
        Fusion::Scores { vector_weight, .. } => {
            let best = leg.first().map_or(0.0, |ranked| ranked.score);
            let floor = leg.get(VECTOR_FLOOR_RANK - 1).or(leg.last());
            let floor = floor.map_or(0.0, |ranked| ranked.score);
            let span = best - floor;
            let share = |ranked: &Ranked| {
                if span > 0.0 {
                    ((ranked.score - floor) / span).clamp(0.0, 1.0)
                } else {
                    1.0
                }
            };
            leg.iter()
                .map(|ranked| vector_weight * share(ranked))
                .collect()
        }
    }
}

fn adds_of_text(legs: Legs<'_>, fusion: Fusion) -> Vec<f32> {
    match fusion {
        Fusion::ReciprocalRank {
            rank_constant,
            text_weight,
            ..
        } => reciprocal_ranks(legs.text.len(), rank_constant, text_weight),
        Fusion::Scores { text_weight, .. } => {
            let best = legs.text.first().map_or(0.0, |ranked| ranked.score);
            let full = best.max(legs.text_possible * TEXT_FULL_SHARE);
            let share = |ranked: &Ranked| {
                if full > 0.0 {
                    (ranked.score / full).clamp(0.0, 1.0)
                } else {
                    0.0
                }
            };
            let adds = legs.text.iter().map(|ranked| text_weight * share(ranked));
            adds.collect()
        }
    }
}

fn reciprocal_ranks(count: usize, rank_constant: f32, weight: f32) -> Vec<f32> {
    (1..=count)
        .map(|rank| weight / (rank_constant + rank as f32))
        .collect()
}

fn standing(rank: usize, ranked: &Ranked, added: f32) -> Standing {
    Standing {
        rank,
        score: ranked.score,
        added,
    }
}

fn entry(points: &mut HashMap<u32, Fused>, number: u32) -> &mut Fused {
    points.entry(number).or_insert_with(|| Fused {
        number,
        score: 0.0,
        chunk: None,
        explanation: HitExplanation::default(),
    })
}

/// Fuses the first `depth` of each leg, and puts what lies deeper behind all of it, so that a
/// larger limit never changes the beginning of the answer.
pub(crate) fn fuse_pages(legs: Legs<'_>, fusion: Fusion, depth: usize) -> Vec<Fused> {
    let (vector_head, vector_tail) = legs.vector.split_at(depth.min(legs.vector.len()));
    let (text_head, text_tail) = legs.text.split_at(depth.min(legs.text.len()));
    let page = |vector, text| Legs {
        vector,
        text,
        text_possible: legs.text_possible,
    };
    let mut fused = fuse(page(vector_head, text_head), fusion);
    let seen: HashSet<u32> = fused.iter().map(|point| point.number).collect();
    let lowest = fused.last().map_or(f32::MAX, |point| point.score);
    let tail = fuse(page(vector_tail, text_tail), fusion);
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
        .map(|(rank, ranked)| {
            let place = Some(standing(rank, &ranked, ranked.score));
            Fused {
                number: ranked.number,
                score: ranked.score,
                chunk: ranked.chunk,
                explanation: HitExplanation {
                    vector: place.filter(|_| is_vector),
                    text: place.filter(|_| !is_vector),
                },
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
