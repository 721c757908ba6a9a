//! AdamW (Loshchilov and Hutter, 2019) with the published settings, gradients clipped by their
//! common norm before, and the published learning rate.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;

use crate::error::Result;
use crate::matrix::{Matrix, dot};
use crate::transformer::weights::{Forward, Weights};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.98;
const EPSILON: f32 = 1e-8;
const WEIGHT_DECAY: f32 = 0.01;

/// Longer gradients are shortened to this.
pub const NORM_MAX: f64 = 1.0;

/// Where the cosine ends.
const LEARNING_RATE_END: f64 = 1e-7;

/// Running means of gradients and of their squares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// Mean of gradients.
    pub first: Vec<f32>,
    /// Mean of squares.
    pub second: Vec<f32>,
}

/// The optimizer's state.
///
/// A row of the token table that a batch does not have is not touched: neither its moments nor,
/// against the published loop, its weight decay.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW {
    /// How many steps have been taken.
    pub step: usize,
    /// Moments of each trained weight but the table.
    pub tensors: BTreeMap<String, Moments>,
    /// Moments of the table, as it; without rows where it is frozen.
    pub table: [Matrix; 2],
}

/// The gradients of a step.
#[derive(Debug)]
pub struct Gradients {
    tensors: BTreeMap<String, Vec<f32>>,
    rows: Vec<f32>,
    tokens: Vec<u32>,
    /// The norm of all of them together, before clipping.
    pub norm: f64,
}

impl Gradients {
    /// Takes the gradients of a backward pass; a weight without one has zeros.
    pub fn of(store: &GradStore, weights: &Weights, forward: &Forward) -> Result<Self> {
        let mut tensors = BTreeMap::new();
        for (name, var) in weights.trained() {
            if let Some(gradient) = store.get(var) {
                tensors.insert(name.clone(), gradient.flatten_all()?.to_vec1()?);
            }
        }
        let tokens = if weights.trains_table() {
            forward.tokens.clone()
        } else {
            Vec::new()
        };
        let rows: Vec<f32> = match store.get(&forward.rows) {
            Some(gradient) if weights.trains_table() => gradient.flatten_all()?.to_vec1()?,
            _ => vec![0.0; tokens.len() * weights.table.columns],
        };
        let all = tensors.values().chain([&rows]);
        let squares: f64 = all.map(|values| f64::from(dot(values, values))).sum();
        Ok(Self {
            tensors,
            rows,
            tokens,
            norm: squares.sqrt(),
        })
    }
}

impl AdamW {
    /// The state before the first step.
    pub fn new(weights: &Weights) -> Self {
        let zeros = |count: usize| Moments {
            first: vec![0.0; count],
            second: vec![0.0; count],
        };
        let rows = if weights.trains_table() {
            weights.table.rows
        } else {
            0
        };
        let table = Matrix::zeros(rows, weights.table.columns);
        Self {
            step: 0,
            tensors: weights
                .trained()
                .iter()
                .map(|(name, var)| (name.clone(), zeros(var.elem_count())))
                .collect(),
            table: [table.clone(), table],
        }
    }

    /// Clips the gradients and moves the weights against them.
    pub fn step(
        &mut self,
        weights: &mut Weights,
        gradients: &Gradients,
        learning_rate: f64,
    ) -> Result<()> {
        self.step += 1;
        let mover = Mover {
            clip: (NORM_MAX / gradients.norm.max(NORM_MAX)) as f32,
            learning_rate: learning_rate as f32,
            corrections: [BETA_1, BETA_2]
                .map(|beta| 1.0 / (1.0 - f64::from(beta).powf(self.step as f64)) as f32),
        };
        for (name, gradient) in &gradients.tensors {
            let (Some(var), Some(moments)) =
                (weights.trained().get(name), self.tensors.get_mut(name))
            else {
                continue;
            };
            let mut values: Vec<f32> = var.flatten_all()?.to_vec1()?;
            mover.shift(
                &mut values,
                gradient,
                [&mut moments.first, &mut moments.second],
            );
            let shape = var.shape().clone();
            var.set(&candle_core::Tensor::from_vec(values, shape, var.device())?)?;
        }
        let columns = weights.table.columns;
        let [first, second] = &mut self.table;
        for (&token, gradient) in gradients
            .tokens
            .iter()
            .zip(gradients.rows.chunks_exact(columns))
        {
            let row = token as usize;
            let moments = [first.row_mut(row), second.row_mut(row)];
            mover.shift(weights.table.row_mut(row), gradient, moments);
        }
        Ok(())
    }
}

/// What is the same for all values of a step.
struct Mover {
    clip: f32,
    learning_rate: f32,
    corrections: [f32; 2],
}

impl Mover {
    fn shift(&self, values: &mut [f32], gradient: &[f32], [first, second]: [&mut [f32]; 2]) {
        let moments = first.iter_mut().zip(second.iter_mut());
        for ((value, slope), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
            let slope = slope * self.clip;
            *first = BETA_1 * *first + (1.0 - BETA_1) * slope;
            *second = BETA_2 * *second + (1.0 - BETA_2) * slope * slope;
            let square = (*second * self.corrections[1]).sqrt() + EPSILON;
            *value -= self.learning_rate
                * (*first * self.corrections[0] / square + WEIGHT_DECAY * *value);
        }
    }
}

/// The learning rate of a step, from 0: a linear rise over `warm_up` steps, then a cosine to 1e-7.
pub fn learning_rate(highest: f64, warm_up: usize, steps: usize, step: usize) -> f64 {
    if step < warm_up {
        return highest * (step + 1) as f64 / warm_up as f64;
    }
    let done = (step - warm_up) as f64 / steps.saturating_sub(warm_up + 1).max(1) as f64;
    let end = LEARNING_RATE_END.min(highest);
    end + (highest - end) * 0.5 * (1.0 + (done.min(1.0) * std::f64::consts::PI).cos())
}

#[cfg(test)]
mod tests;
