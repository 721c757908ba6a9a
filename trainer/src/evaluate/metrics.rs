//! What a ranking is worth: nDCG, recall and reciprocal rank at ten.

/// How many hits are looked at.
pub const LIMIT: usize = 10;

/// The three figures of one query, or their means over many.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Metrics {
    /// Normalised discounted cumulative gain: gain of a hit at rank r (from 1) is its relevance
    /// divided by log2(r + 1), over the best order's (Jarvelin and Kekalainen, 2002; linear gain,
    /// as trec_eval).
    pub ndcg: f64,
    /// Relevant hits among the first ten, of all relevant ones.
    pub recall: f64,
    /// One over the rank of the first relevant hit; zero beyond ten.
    pub mrr: f64,
}

impl Metrics {
    /// Judges a ranking. `ranked` holds the relevance of the hits, best first; `judged` all
    /// relevances above zero of the query.
    pub fn of(ranked: &[f64], judged: &[f64]) -> Self {
        let gain = |relevances: &[f64]| -> f64 {
            let top = relevances.iter().take(LIMIT).enumerate();
            top.map(|(at, relevance)| relevance / (at as f64 + 2.0).log2())
                .sum()
        };
        let mut best = judged.to_vec();
        best.sort_by(|a, b| b.total_cmp(a));
        let ideal = gain(&best);
        if ideal <= 0.0 {
            return Self::default();
        }
        let found = ranked
            .iter()
            .take(LIMIT)
            .filter(|&&relevance| relevance > 0.0)
            .count();
        let first = ranked
            .iter()
            .take(LIMIT)
            .position(|&relevance| relevance > 0.0);
        Self {
            ndcg: gain(ranked) / ideal,
            recall: found as f64 / judged.len() as f64,
            mrr: first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
        }
    }

    /// The mean over queries; zeros where there are none.
    pub fn mean(all: &[Self]) -> Self {
        let share = 1.0 / all.len().max(1) as f64;
        let mut mean = Self::default();
        for one in all {
            mean.ndcg += one.ndcg * share;
            mean.recall += one.recall * share;
            mean.mrr += one.mrr * share;
        }
        mean
    }
}

#[cfg(test)]
mod tests;
