//! From one value an item to figures with intervals, for one model or for two on the same items.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::evaluate::bootstrap::{self, Interval, Resampling};
use crate::evaluate::rank_correlation::{Ranks, spearman};
use crate::evaluate::report::{Difference, Estimate, FigureReport, SetKind};

/// A prefix length of the model, and the one the other model is compared at.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The model's prefix length.
    pub length: usize,
    /// The other model's; none where it is not that long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_length: Option<usize>,
}

/// Pairs the lengths of two models.
///
/// Without `wanted`: each at its own full length first, then both at every length of the model
/// that the other has. With it: both at the lengths named.
pub fn cuts(lengths: &[usize], against: Option<usize>, wanted: &[usize]) -> Result<Vec<Cut>> {
    let full = lengths.first().copied().unwrap_or(0);
    let both = |&length: &usize| Cut {
        length,
        against_length: against
            .is_some_and(|longest| length <= longest)
            .then_some(length),
    };
    if wanted.is_empty() {
        let own_full = Cut {
            length: full,
            against_length: against,
        };
        let mut cuts = vec![own_full];
        cuts.extend(lengths.iter().map(both).filter(|cut| *cut != own_full));
        // Alone, the full length is in the first line already.
        cuts.retain(|cut| *cut == own_full || cut.length != full || cut.against_length.is_some());
        return Ok(cuts);
    }
    if let Some(&length) = wanted.iter().find(|&&length| length == 0 || length > full) {
        let problem = format!("length {length} is not within 1 to {full}");
        return Err(Error::argument(problem));
    }
    Ok(wanted.iter().map(both).collect())
}

/// What a figure is computed from, item by item.
#[derive(Clone, Debug)]
pub(crate) enum Items {
    /// One value a query; the figure is their mean.
    Queries(Vec<f64>),
    /// Cosines of sentence pairs and what people gave them; the figure is Spearman's correlation.
    Pairs {
        /// The model's.
        found: Ranks,
        /// The people's.
        given: Ranks,
    },
}

impl Items {
    fn statistic(&self, counts: &[u32]) -> f64 {
        match self {
            Self::Queries(values) => bootstrap::mean(values, counts),
            Self::Pairs { found, given } => spearman(found, given, counts),
        }
    }
}

/// One figure of a set at one length, for the model and the other one.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) figure: String,
    pub(crate) model: Items,
    pub(crate) against: Option<Items>,
}

/// A set as it was measured.
#[derive(Clone, Debug)]
pub(crate) struct MeasuredSet {
    pub(crate) set: String,
    pub(crate) kind: SetKind,
    /// Queries or pairs.
    pub(crate) items: usize,
    pub(crate) rows: Vec<(Cut, Vec<Measured>)>,
}

/// A figure on all items and on every resample.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) value: f64,
    pub(crate) resampled: Vec<f64>,
}

/// A figure with its samples.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) model: Sample,
    pub(crate) against: Option<Sample>,
}

/// The figures at one length.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) cut: Cut,
    pub(crate) figures: Vec<Figure>,
}

/// A set with its samples.
#[derive(Clone, Debug)]
pub(crate) struct Resampled {
    pub(crate) set: String,
    pub(crate) kind: SetKind,
    pub(crate) rows: Vec<Row>,
}

impl Resampled {
    /// Draws the resamples of set number `number`; both models see the same ones.
    pub(crate) fn of(measured: &MeasuredSet, number: usize, resampling: &Resampling) -> Self {
        let all = |counts: &[u32]| -> Vec<f64> {
            let figures = measured.rows.iter().flat_map(|(_, figures)| figures);
            figures
                .flat_map(|figure| [Some(&figure.model), figure.against.as_ref()])
                .flatten()
                .map(|items| items.statistic(counts))
                .collect()
        };
        let values = all(&vec![1; measured.items]);
        let resampled = resampling.run(number, measured.items, all);
        let mut samples = values
            .into_iter()
            .zip(resampled)
            .map(|(value, resampled)| Sample { value, resampled });
        let mut next = || samples.next().expect("a sample for every figure");
        let row = |(cut, figures): &(Cut, Vec<Measured>)| Row {
            cut: *cut,
            figures: figures
                .iter()
                .map(|figure| Figure {
                    name: figure.figure.clone(),
                    model: next(),
                    against: figure.against.is_some().then(&mut next),
                })
                .collect(),
        };
        Self {
            set: measured.set.clone(),
            kind: measured.kind.clone(),
            rows: measured.rows.iter().map(row).collect(),
        }
    }

    /// The means over sets of a kind, where there are several; each set counts the same.
    pub(crate) fn means(all: &[Self]) -> Vec<Self> {
        let is_retrieval = |one: &&Self| matches!(one.kind, SetKind::Retrieval { .. });
        let (retrieval, similarity): (Vec<&Self>, Vec<&Self>) = all.iter().partition(is_retrieval);
        [
            ("mean of retrieval", retrieval),
            ("mean of similarity", similarity),
        ]
        .into_iter()
        .filter(|(_, sets)| sets.len() > 1)
        .map(|(name, sets)| Self::mean(name, &sets))
        .collect()
    }

    fn mean(name: &str, sets: &[&Self]) -> Self {
        let mut mean = sets[0].clone();
        name.clone_into(&mut mean.set);
        mean.kind = SetKind::Mean { sets: sets.len() };
        for (row, at_row) in mean.rows.iter_mut().zip(0..) {
            for (figure, at) in row.figures.iter_mut().zip(0..) {
                let each = |set: &&Self| set.rows[at_row].figures[at].clone();
                let all: Vec<Figure> = sets.iter().map(each).collect();
                figure.model = Sample::mean(all.iter().map(|one| &one.model));
                let others: Option<Vec<&Sample>> =
                    all.iter().map(|one| one.against.as_ref()).collect();
                figure.against = others.map(|others| Sample::mean(others.into_iter()));
            }
        }
        mean
    }
}

impl Sample {
    fn estimate(&self) -> Estimate {
        Estimate {
            value: self.value,
            interval: Interval::of(&self.resampled),
        }
    }

    fn less(&self, other: &Self) -> Self {
        let pairs = self.resampled.iter().zip(&other.resampled);
        Self {
            value: self.value - other.value,
            resampled: pairs.map(|(left, right)| left - right).collect(),
        }
    }

    fn mean<'a>(samples: impl ExactSizeIterator<Item = &'a Self>) -> Self {
        let share = 1.0 / samples.len().max(1) as f64;
        let mut mean = Self {
            value: 0.0,
            resampled: Vec::new(),
        };
        for sample in samples {
            mean.value += sample.value * share;
            mean.resampled.resize(sample.resampled.len(), 0.0);
            for (sum, value) in mean.resampled.iter_mut().zip(&sample.resampled) {
                *sum += value * share;
            }
        }
        mean
    }
}

impl FigureReport {
    pub(crate) fn of(figure: &Figure) -> Self {
        let difference = figure.against.as_ref().map(|against| {
            let estimate = figure.model.less(against).estimate();
            Difference {
                estimate,
                is_significant: estimate.interval.excludes_zero(),
            }
        });
        Self {
            figure: figure.name.clone(),
            model: figure.model.estimate(),
            against: figure.against.as_ref().map(Sample::estimate),
            difference,
        }
    }
}

#[cfg(test)]
mod tests;
