//! How much a figure depends on which queries were asked: percentile intervals of the bootstrap
//! (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
//!
//! A resample draws as many items as there are, with replacement. Two models are compared on the
//! same resamples, so that what is hard for both does not hide their difference (the paired
//! bootstrap; for retrieval, Sakai, SIGIR 2006).

use rand::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::seed::Seed;

/// The share of resamples within an interval.
pub const CONFIDENCE: f64 = 0.95;

/// Fewer resamples give no tails, more only take longer.
pub const RESAMPLES: std::ops::RangeInclusive<usize> = 100..=100_000;

/// How resamples are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// How many.
    pub resamples: usize,
    /// Equal seeds draw equal resamples.
    pub seed: Seed,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            resamples: 1_000,
            seed: Seed(1),
        }
    }
}

impl Resampling {
    /// Refuses a number of resamples outside of [`RESAMPLES`].
    pub fn check(&self) -> Result<()> {
        if RESAMPLES.contains(&self.resamples) {
            return Ok(());
        }
        let (found, low, high) = (self.resamples, RESAMPLES.start(), RESAMPLES.end());
        let problem = format!("`resamples` is {found}, expected {low} to {high}");
        Err(Error::argument(problem))
    }

    /// Computes statistics on every resample of `items` items.
    ///
    /// `statistics` gets how often each item was drawn and returns one value a statistic. The
    /// answer has one list a statistic, of one value a resample. `set` names the random stream:
    /// sets are resampled independently of each other.
    pub fn run(
        &self,
        set: usize,
        items: usize,
        statistics: impl Fn(&[u32]) -> Vec<f64> + Sync,
    ) -> Vec<Vec<f64>> {
        let draw = |resample: usize| {
            let mut random = self
                .seed
                .stream(&format!("bootstrap of set {set}"), resample as u64);
            let mut counts = vec![0u32; items];
            for _ in 0..items {
                counts[random.random_range(0..items)] += 1;
            }
            statistics(&counts)
        };
        let rows: Vec<Vec<f64>> = (0..self.resamples).into_par_iter().map(draw).collect();
        let count = rows.first().map_or(0, Vec::len);
        let column = |at: usize| rows.iter().map(|row| row[at]).collect();
        (0..count).map(column).collect()
    }
}

/// Where [`CONFIDENCE`] of the resamples lie.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The interval of a statistic's values on the resamples, in any order; at least one.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let tail = (1.0 - CONFIDENCE) / 2.0;
        Self {
            low: quantile(&sorted, tail),
            high: quantile(&sorted, 1.0 - tail),
        }
    }

    /// True where zero is not within: a difference this far from zero is not chance alone.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The value below which a share of the sorted values lies, with a straight line between
/// neighbours (definition 7 of Hyndman and Fan, 1996).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

/// The mean of `values`, each counted as often as it was drawn.
pub(crate) fn mean(values: &[f64], counts: &[u32]) -> f64 {
    let sum: f64 = values
        .iter()
        .zip(counts)
        .map(|(value, &count)| value * f64::from(count))
        .sum();
    sum / values.len().max(1) as f64
}

#[cfg(test)]
mod tests;
