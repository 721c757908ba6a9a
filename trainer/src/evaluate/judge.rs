//! Searches a collection exactly and judges the rankings, query by query.

use rayon::prelude::*;

use crate::error::Result;
use crate::evaluate::collection::Collection;
use crate::evaluate::metrics::{LIMIT, Metrics, recall};
use crate::loss::prefix::UnitPrefix;
use crate::matrix::Matrix;

/// Queries searched at once; bounds the memory of their scores.
const CHUNK_QUERIES: usize = 256;

/// The names of what [`judge`] measures, in its order.
pub fn figures(recall_at: &[usize]) -> Vec<String> {
    let recalls = recall_at.iter().map(|depth| format!("recall@{depth}"));
    let first = std::iter::once(format!("nDCG@{LIMIT}"));
    first
        .chain(recalls)
        .chain([format!("MRR@{LIMIT}")])
        .collect()
}

/// Judges a search at a prefix length: for each of [`figures`], one value a query.
///
/// Rows of `queries` and `documents` are those of `collection`; `length` is at most their columns.
pub fn judge(
    collection: &Collection,
    queries: &Matrix,
    documents: &Matrix,
    length: usize,
    recall_at: &[usize],
) -> Result<Vec<Vec<f64>>> {
    let depth = recall_at.iter().copied().fold(LIMIT, usize::max);
    let passages = UnitPrefix::of(documents, 0..documents.rows, length).unit;
    let mut all: Vec<Vec<f64>> = Vec::with_capacity(queries.rows);
    for first in (0..queries.rows).step_by(CHUNK_QUERIES) {
        let last = queries.rows.min(first + CHUNK_QUERIES);
        let asked = UnitPrefix::of(queries, first..last, length).unit;
        let scores = asked.times_transposed(&passages)?;
        let judge_row = |row: usize| {
            let relevant = &collection.relevant[first + row];
            let gain = |document: &usize| relevant.get(document).copied().unwrap_or(0.0);
            let ranked: Vec<f64> = best(scores.row(row), depth).iter().map(gain).collect();
            let judged: Vec<f64> = relevant.values().copied().collect();
            of_query(&ranked, &judged, recall_at)
        };
        let judged: Vec<Vec<f64>> = (0..scores.rows).into_par_iter().map(judge_row).collect();
        all.extend(judged);
    }
    let column = |figure: usize| all.iter().map(|query| query[figure]).collect();
    Ok((0..recall_at.len() + 2).map(column).collect())
}

/// The figures of one query, in the order of [`figures`].
fn of_query(ranked: &[f64], judged: &[f64], recall_at: &[usize]) -> Vec<f64> {
    let metrics = Metrics::of(ranked, judged);
    let recalls = recall_at.iter().map(|&depth| recall(ranked, judged, depth));
    let first = std::iter::once(metrics.ndcg);
    first.chain(recalls).chain([metrics.mrr]).collect()
}

/// Positions of the `limit` best scores, best first; of equal ones the earlier one first.
pub(crate) fn best(scores: &[f32], limit: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let by_score = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
    if order.len() > limit {
        order.select_nth_unstable_by(limit, by_score);
        order.truncate(limit);
    }
    order.sort_by(by_score);
    order
}

#[cfg(test)]
mod tests;
