//! How active each dimension is on the calibration texts.

use std::collections::BTreeMap;

use candle_core::Tensor;
use embedder::model::Observer;
use rayon::prelude::*;

use crate::error::{Error, Result};

/// What is known of the input of one weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Rows that were seen.
    pub rows: usize,
    /// Sums of squares, a dimension each.
    pub squares: Vec<f64>,
}

/// Sums of squares of what goes into norms and out of feed-forward layers, by the weight's name.
///
/// Before a norm each row counts divided by its mean square, as the norm itself divides it.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations {
    eps: f64,
    /// By name, as in `layers.0.mlp.down_proj`.
    pub seen: BTreeMap<String, Seen>,
}

impl Seen {
    /// The mean square of each dimension.
    pub fn mean_squares(&self) -> Vec<f64> {
        let share = 1.0 / self.rows.max(1) as f64;
        self.squares.iter().map(|square| square * share).collect()
    }
}

impl Activations {
    /// Nothing seen yet; `eps` is the norms'.
    pub fn new(eps: f64) -> Self {
        Self {
            eps,
            seen: BTreeMap::new(),
        }
    }

    /// Refuses sums that are no numbers: the weights overflow on ordinary text.
    pub fn check(&self) -> Result<()> {
        let is_bad = |seen: &Seen| seen.squares.iter().any(|square| !square.is_finite());
        match self.seen.iter().find(|(_, seen)| is_bad(seen)) {
            Some((weight, _)) => Err(Error::argument(format!(
                "the states before `{weight}` are not finite on the calibration texts; the \
                 checkpoint is broken"
            ))),
            None => Ok(()),
        }
    }

    /// What was seen of a weight's input.
    pub fn of(&self, weight: &str) -> Result<&Seen> {
        let missing = || Error::argument(format!("nothing was seen of the input of `{weight}`"));
        self.seen.get(weight).ok_or_else(missing)
    }

    fn add(&mut self, weight: &str, states: &[Vec<f32>]) {
        let width = states.first().map_or(0, Vec::len);
        let is_norm = !weight.ends_with("down_proj");
        let eps = self.eps;
        let square = |value: f32| f64::from(value) * f64::from(value);
        let factor = |row: &[f32]| {
            let mean = row.iter().map(|&value| square(value)).sum::<f64>() / width.max(1) as f64;
            if is_norm { 1.0 / (mean + eps) } else { 1.0 }
        };
        let factors: Vec<f64> = states.iter().map(|row| factor(row)).collect();
        let of_column = |column: usize| -> f64 {
            let rows = states.iter().zip(&factors);
            rows.map(|(row, factor)| square(row[column]) * factor).sum()
        };
        let sums: Vec<f64> = (0..width).into_par_iter().map(of_column).collect();
        let seen = self.seen.entry(weight.to_owned()).or_default();
        seen.rows += states.len();
        seen.squares.resize(width, 0.0);
        for (sum, more) in seen.squares.iter_mut().zip(sums) {
            *sum += more;
        }
    }
}

impl Observer for Activations {
    fn see(&mut self, weight: &str, states: &Tensor) -> embedder::Result<()> {
        self.add(weight, &states.to_vec2::<f32>()?);
        Ok(())
    }
}
