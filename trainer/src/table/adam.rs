//! Adam on the rows a batch touches (Kingma and Ba, 2015, without weight decay).

use rayon::prelude::*;

use crate::matrix::Matrix;
use crate::table::bag::Occurrences;

/// Decay of the running mean of gradients.
const BETA_1: f32 = 0.9;
/// Decay of the running mean of squared gradients; F2LLM-v2's value.
const BETA_2: f32 = 0.98;
/// Keeps a row whose gradients are all but zero from taking full steps.
const EPSILON: f32 = 1e-8;

/// The state of Adam: two moments per value, and a step count per row.
///
/// A row counts its own steps, because most tokens are in few batches and the bias correction
/// has to fit the moments the row really has.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// Running mean of gradients, as the table.
    pub first: Matrix,
    /// Running mean of squared gradients, as the table.
    pub second: Matrix,
    /// How many steps each row has taken.
    pub steps: Vec<u32>,
}

impl Adam {
    /// The state before the first step.
    pub fn new(rows: usize, columns: usize) -> Self {
        let zeros = Matrix::zeros(rows, columns);
        Self {
            first: zeros.clone(),
            second: zeros,
            steps: vec![0; rows],
        }
    }

    /// Moves every touched row against its gradient.
    pub fn step(
        &mut self,
        table: &mut Matrix,
        occurrences: &Occurrences,
        of_texts: &Matrix,
        learning_rate: f32,
    ) {
        let columns = table.columns;
        table
            .values
            .par_chunks_mut(columns)
            .zip(self.first.values.par_chunks_mut(columns))
            .zip(self.second.values.par_chunks_mut(columns))
            .zip(self.steps.par_iter_mut())
            .enumerate()
            .for_each_init(
                || vec![0.0; columns],
                |gradient, (token, (((row, first), second), steps))| {
                    if occurrences.count(token) == 0 {
                        return;
                    }
                    occurrences.write_gradient(token, of_texts, gradient);
                    *steps = steps.saturating_add(1);
                    move_row(row, gradient, (first, second), (*steps, learning_rate));
                },
            );
    }
}

fn move_row(
    row: &mut [f32],
    gradient: &[f32],
    (first, second): (&mut [f32], &mut [f32]),
    (steps, learning_rate): (u32, f32),
) {
    // Beyond some thousand steps both corrections are 1; powi takes an i32.
    let steps = steps.min(100_000) as i32;
    let rate = learning_rate / (1.0 - BETA_1.powi(steps));
    let correction = 1.0 / (1.0 - BETA_2.powi(steps));
    let moments = first.iter_mut().zip(second.iter_mut());
    for ((value, &slope), (first, second)) in row.iter_mut().zip(gradient).zip(moments) {
        *first = BETA_1 * *first + (1.0 - BETA_1) * slope;
        *second = BETA_2 * *second + (1.0 - BETA_2) * slope * slope;
        *value -= rate * *first / ((*second * correction).sqrt() + EPSILON);
    }
}
