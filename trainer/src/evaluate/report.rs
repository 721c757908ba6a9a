//! What an evaluation found, as the JSON file says it.

use serde::{Deserialize, Serialize};

use crate::evaluate::bootstrap::{CONFIDENCE, Interval, Resampling};
use crate::evaluate::compare::{Cut, Resampled};

/// A model that was measured.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ModelFacts {
    /// Its name.
    pub name: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Its full length.
    pub dimensions: usize,
    /// Its number of weights.
    pub parameters: u64,
}

/// What a set is made of.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SetKind {
    /// Queries that should find documents.
    Retrieval {
        /// How many documents were searched.
        documents: usize,
        /// How many queries were judged.
        queries: usize,
    },
    /// Sentence pairs with the likeness people gave them.
    Similarity {
        /// How many pairs.
        pairs: usize,
    },
    /// The mean of the sets of one kind, each counting the same.
    Mean {
        /// How many sets.
        sets: usize,
    },
}

/// A figure with the interval in which [`CONFIDENCE`] of its resamples lie.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure on all items.
    pub value: f64,
    /// Its interval.
    #[serde(flatten)]
    pub interval: Interval,
}

/// The model's figure less the other's, on the same resamples.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Difference {
    /// The difference with its interval.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Whether the interval excludes zero.
    pub is_significant: bool,
}

/// One figure at one length.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FigureReport {
    /// Such as `nDCG@10`.
    pub figure: String,
    /// The model's.
    #[serde(flatten)]
    pub model: Estimate,
    /// The other model's, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Estimate>,
    /// The model's less the other's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// All figures at one length.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LengthReport {
    /// The model's length, and the other's.
    #[serde(flatten)]
    pub cut: Cut,
    /// The figures, in one order at every length.
    pub figures: Vec<FigureReport>,
}

/// What one set gave.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SetReport {
    /// The folder's or file's name.
    pub set: String,
    /// What it is made of.
    #[serde(flatten)]
    pub kind: SetKind,
    /// The figures at each length.
    pub lengths: Vec<LengthReport>,
}

/// What all sets gave.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Report {
    /// What was measured.
    pub model: ModelFacts,
    /// What it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<ModelFacts>,
    /// The share of resamples within an interval.
    pub confidence: f64,
    /// How many resamples were drawn.
    pub resamples: usize,
    /// What they were drawn with.
    pub seed: u64,
    /// Set by set; the means of several sets of a kind come last.
    pub sets: Vec<SetReport>,
}

impl Report {
    /// Puts together what was resampled, and the means over sets.
    pub(crate) fn of(
        [model, against]: [Option<ModelFacts>; 2],
        resampled: &[Resampled],
        resampling: &Resampling,
    ) -> Option<Self> {
        let means = Resampled::means(resampled);
        Some(Self {
            model: model?,
            against,
            confidence: CONFIDENCE,
            resamples: resampling.resamples,
            seed: resampling.seed.0,
            sets: resampled.iter().chain(&means).map(SetReport::of).collect(),
        })
    }
}

impl SetReport {
    fn of(resampled: &Resampled) -> Self {
        let lengths = resampled.rows.iter().map(|row| LengthReport {
            cut: row.cut,
            figures: row.figures.iter().map(FigureReport::of).collect(),
        });
        Self {
            set: resampled.set.clone(),
            kind: resampled.kind.clone(),
            lengths: lengths.collect(),
        }
    }

    /// One figure at every length, the full one first.
    pub fn figure<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a LengthReport, &'a FigureReport)> {
        self.lengths.iter().filter_map(move |length| {
            let found = length.figures.iter().find(|one| one.figure == name)?;
            Some((length, found))
        })
    }
}

#[cfg(test)]
mod tests;
