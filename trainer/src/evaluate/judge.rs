//! Searches a collection exactly and judges the rankings.

use rayon::prelude::*;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::evaluate::collection::Collection;
use crate::evaluate::metrics::{LIMIT, Metrics};
use crate::loss::prefix::UnitPrefix;
use crate::matrix::Matrix;

/// Queries searched at once; bounds the memory of their scores.
const CHUNK_QUERIES: usize = 256;

/// The figures at one prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LengthMetrics {
    /// The prefix length.
    pub length: usize,
    /// Means over the queries.
    #[serde(flatten)]
    pub metrics: Metrics,
}

/// Judges a search at each length. Rows of `queries` and `documents` are those of `collection`.
pub fn judge(
    collection: &Collection,
    queries: &Matrix,
    documents: &Matrix,
    lengths: &[usize],
) -> Result<Vec<LengthMetrics>> {
    let mut all = Vec::new();
    for &length in lengths {
        if length == 0 || length > documents.columns {
            let problem = format!("length {length} is not within 1 to {}", documents.columns);
            return Err(Error::argument(problem));
        }
        let passages = UnitPrefix::of(documents, 0..documents.rows, length).unit;
        let mut metrics = Vec::with_capacity(queries.rows);
        for first in (0..queries.rows).step_by(CHUNK_QUERIES) {
            let last = queries.rows.min(first + CHUNK_QUERIES);
            let asked = UnitPrefix::of(queries, first..last, length).unit;
            let scores = asked.times_transposed(&passages)?;
            let judged: Vec<Metrics> = (0..scores.rows)
                .into_par_iter()
                .map(|row| {
                    let relevant = &collection.relevant[first + row];
                    let gain = |document: &usize| relevant.get(document).copied().unwrap_or(0.0);
                    let ranked: Vec<f64> = best(scores.row(row)).iter().map(gain).collect();
                    Metrics::of(&ranked, &relevant.values().copied().collect::<Vec<f64>>())
                })
                .collect();
            metrics.extend(judged);
        }
        all.push(LengthMetrics {
            length,
            metrics: Metrics::mean(&metrics),
        });
    }
    Ok(all)
}

/// Positions of the best scores, best first; of equal ones the earlier document first.
fn best(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let by_score = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
    if order.len() > LIMIT {
        order.select_nth_unstable_by(LIMIT, by_score);
        order.truncate(LIMIT);
    }
    order.sort_by(by_score);
    order
}

#[cfg(test)]
mod tests;
