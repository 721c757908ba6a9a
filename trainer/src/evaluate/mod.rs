//! Quality on judged sets, at every prefix length, with intervals, alone or beside another model.
//!
//! A folder is a set in BEIR layout and measured by search; a file holds sentence pairs and is
//! measured by Spearman's correlation of cosines with the likeness people gave. Search is an exact
//! scan, so the figures are the model's alone. Sentences are embedded as documents, both alike.

pub mod bootstrap;
pub mod collection;
pub mod compare;
pub mod judge;
pub mod metrics;
pub mod rank_correlation;
pub mod report;
pub mod sentences;
pub mod table;

mod measure;

use std::path::Path;

use embedder::Embedder;

use crate::error::{Error, Result};
use crate::evaluate::bootstrap::Resampling;
use crate::evaluate::compare::{Resampled, cuts};
use crate::evaluate::report::{ModelFacts, Report};

/// Depths beyond this take the memory of a ranking for nothing.
pub const RECALL_DEPTH_MAX: usize = 1_000;

/// How many depths of recall are computed at most.
pub const RECALL_DEPTHS_MAX: usize = 8;

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluateOptions {
    /// Prefix lengths; all of the model's where there are none.
    pub lengths: Vec<usize>,
    /// Depths at which recall is measured.
    pub recall_at: Vec<usize>,
    /// How intervals are drawn.
    pub resampling: Resampling,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            lengths: Vec::new(),
            recall_at: vec![10, 100],
            resampling: Resampling::default(),
        }
    }
}

impl EvaluateOptions {
    fn check(&self) -> Result<()> {
        self.resampling.check()?;
        let depths = &self.recall_at;
        if depths.len() > RECALL_DEPTHS_MAX {
            let found = depths.len();
            let problem = format!("{found} depths of recall, at most {RECALL_DEPTHS_MAX}");
            return Err(Error::argument(problem));
        }
        if let Some(depth) = depths.iter().find(|&&at| at == 0 || at > RECALL_DEPTH_MAX) {
            let problem = format!("recall@{depth} is asked for, 1 to {RECALL_DEPTH_MAX}");
            return Err(Error::argument(problem));
        }
        Ok(())
    }
}

/// Measures one model on sets with the default options; `lengths` empty means all of the model's.
pub fn evaluate(embedder: &Embedder, sets: &[&Path], lengths: &[usize]) -> Result<Report> {
    let options = EvaluateOptions {
        lengths: lengths.to_vec(),
        ..EvaluateOptions::default()
    };
    evaluate_beside(embedder, None, sets, &options)
}

/// Measures a model, and another one beside it, on the same sets and the same resamples.
///
/// Every set is read before the first text is embedded, so that a fault in the last one does not
/// cost the work on the others.
pub fn evaluate_beside(
    embedder: &Embedder,
    against: Option<&Embedder>,
    sets: &[&Path],
    options: &EvaluateOptions,
) -> Result<Report> {
    options.check()?;
    if sets.is_empty() {
        return Err(Error::argument("no sets to measure on"));
    }
    let longest = against.map(|other| other.info().dimensions);
    let cuts = cuts(&embedder.info().prefix_lengths, longest, &options.lengths)?;
    let read: Result<Vec<measure::Set>> =
        sets.iter().map(|path| measure::Set::read(path)).collect();
    let mut resampled = Vec::new();
    for (number, set) in read?.iter().enumerate() {
        let measured = set.measure([Some(embedder), against], &cuts, &options.recall_at)?;
        resampled.push(Resampled::of(&measured, number, &options.resampling));
    }
    let models = [Some(embedder), against].map(|model| model.map(facts));
    let report = Report::of(models, &resampled, &options.resampling);
    report.ok_or_else(|| Error::argument("no model to measure"))
}

fn facts(embedder: &Embedder) -> ModelFacts {
    let info = embedder.info();
    ModelFacts {
        name: info.name.clone(),
        fingerprint: info.fingerprint.clone(),
        dimensions: info.dimensions,
        parameters: info.parameters,
    }
}

#[cfg(test)]
mod tests;
