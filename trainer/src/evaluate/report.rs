//! The figures of a model as a table for people and as JSON for programs.

use serde::Serialize;

use crate::evaluate::judge::LengthMetrics;
use crate::evaluate::metrics::Metrics;

/// What one set gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetReport {
    /// The folder's name.
    pub set: String,
    /// How many documents were searched.
    pub documents: usize,
    /// How many queries were judged.
    pub queries: usize,
    /// The figures at each length.
    pub lengths: Vec<LengthMetrics>,
}

/// What all sets gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The model's name.
    pub model: String,
    /// The model's fingerprint.
    pub fingerprint: String,
    /// Set by set.
    pub sets: Vec<SetReport>,
}

/// A figure's name and where it is found.
type Figure = (&'static str, fn(&Metrics) -> f64);

const FIGURES: [Figure; 3] = [
    ("nDCG@10", |metrics| metrics.ndcg),
    ("recall@10", |metrics| metrics.recall),
    ("MRR@10", |metrics| metrics.mrr),
];

impl Report {
    /// A Markdown table per figure: a row per set, a column per length.
    pub fn table(&self) -> String {
        let mut text = format!("model {} ({})\n", self.model, self.fingerprint);
        for (name, figure) in FIGURES {
            text.push('\n');
            text.push_str(&self.figure(name, figure));
        }
        text
    }

    fn figure(&self, name: &str, figure: fn(&Metrics) -> f64) -> String {
        let lengths = self.sets.first().map_or(&[][..], |set| &set.lengths);
        let heads: Vec<String> = lengths.iter().map(|one| one.length.to_string()).collect();
        let mut text = row(name, &heads);
        text.push_str("|---|");
        text.push_str(&"---|".repeat(lengths.len()));
        text.push('\n');
        let mut sums = vec![0.0; lengths.len()];
        for set in &self.sets {
            let values: Vec<f64> = set.lengths.iter().map(|one| figure(&one.metrics)).collect();
            sums.iter_mut()
                .zip(&values)
                .for_each(|(sum, value)| *sum += value);
            text.push_str(&row(&set.set, &rounded(&values)));
        }
        let means: Vec<f64> = sums
            .iter()
            .map(|sum| sum / self.sets.len().max(1) as f64)
            .collect();
        text.push_str(&row("mean", &rounded(&means)));
        text
    }
}

fn rounded(values: &[f64]) -> Vec<String> {
    values.iter().map(|value| format!("{value:.3}")).collect()
}

fn row(name: &str, cells: &[String]) -> String {
    format!("| {name} | {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests;
