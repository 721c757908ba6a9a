//! The figures of a model as a table for people and as JSON for programs.

use std::fmt::Write as _;

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

impl Report {
    /// A Markdown table per figure: a row per set, a column per length.
    pub fn table(&self) -> String {
        let mut text = format!("model {} ({})\n", self.model, self.fingerprint);
        let figures: [(&str, fn(&Metrics) -> f64); 3] = [
            ("nDCG@10", |metrics| metrics.ndcg),
            ("recall@10", |metrics| metrics.recall),
            ("MRR@10", |metrics| metrics.mrr),
        ];
        for (name, figure) in figures {
            let lengths = self.sets.first().map_or(&[][..], |set| &set.lengths);
            let _ = write!(text, "\n| {name} |");
            lengths
                .iter()
                .for_each(|one| drop(write!(text, " {} |", one.length)));
            let _ = write!(text, "\n|---|{}\n", "---|".repeat(lengths.len()));
            for set in &self.sets {
                let values: Vec<f64> = set.lengths.iter().map(|one| figure(&one.metrics)).collect();
                push_row(&mut text, &set.set, &values);
            }
            let means: Vec<f64> = (0..lengths.len())
                .map(|at| {
                    let values = self.sets.iter().map(|set| figure(&set.lengths[at].metrics));
                    values.sum::<f64>() / self.sets.len().max(1) as f64
                })
                .collect();
            push_row(&mut text, "mean", &means);
        }
        text
    }
}

fn push_row(text: &mut String, name: &str, values: &[f64]) {
    text.push_str("| ");
    text.push_str(name);
    text.push_str(" |");
    for value in values {
        text.push_str(&format!(" {value:.3} |"));
    }
    text.push('\n');
}

#[cfg(test)]
mod tests;
