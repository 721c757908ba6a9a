//! What a ranking is worth: nDCG and reciprocal rank at ten, recall at any depth.

/// How many hits nDCG and reciprocal rank look at.
pub const LIMIT: usize = 10;

/// The three figures of one query at ten.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
        let first = ranked
            .iter()
            .take(LIMIT)
            .position(|&relevance| relevance > 0.0);
        Self {
            ndcg: gain(ranked) / ideal,
            recall: recall(ranked, judged, LIMIT),
            mrr: first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
        }
    }
}

/// Relevant hits among the first `limit`, of all relevant ones; zero where nothing is relevant.
pub fn recall(ranked: &[f64], judged: &[f64], limit: usize) -> f64 {
    let is_relevant = |relevance: &&f64| **relevance > 0.0;
    let all = judged.iter().filter(is_relevant).count();
    if all == 0 {
        return 0.0;
    }
    let found = ranked.iter().take(limit).filter(is_relevant).count();
    found as f64 / all as f64
}

#[cfg(test)]
mod tests;
