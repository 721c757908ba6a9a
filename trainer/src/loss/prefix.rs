//! Unit prefixes of a batch, and the gradient's way back through the normalisation.

use rayon::prelude::*;

use crate::matrix::{Matrix, dot, scale};

/// Below this a vector has no direction; it gets zeros and no gradient.
const NORM_MIN: f32 = 1e-12;

/// The first `d` values of each row, at unit length, `[rows, d]`.
#[derive(Clone, Debug)]
pub struct UnitPrefix {
    /// The unit rows.
    pub unit: Matrix,
    norms: Vec<f32>,
}

impl UnitPrefix {
    /// Cuts `rows` of `vectors` to `length` values and normalises.
    pub fn of(vectors: &Matrix, rows: std::ops::Range<usize>, length: usize) -> Self {
        let mut unit = Matrix::zeros(rows.len(), length);
        let first = rows.start;
        let norms = unit
            .values
            .par_chunks_mut(length)
            .enumerate()
            .map(|(row, target)| {
                target.copy_from_slice(&vectors.row(first + row)[..length]);
                let norm = dot(target, target).sqrt();
                let factor = if norm > NORM_MIN { 1.0 / norm } else { 0.0 };
                scale(target, factor);
                norm
            })
            .collect();
        Self { unit, norms }
    }

    /// Adds `weight` times the gradient by the un-normalised vectors to `target`, from row
    /// `first` on: for `u = v / |v|`, the gradient by `v` is `(g - (g . u) u) / |v|`.
    pub fn add_gradient(&self, of_unit: &Matrix, weight: f32, target: &mut Matrix, first: usize) {
        let (length, columns) = (self.unit.columns, target.columns);
        let rows = &mut target.values[first * columns..(first + self.unit.rows) * columns];
        rows.par_chunks_mut(columns)
            .enumerate()
            .for_each(|(row, target)| {
                if self.norms[row] <= NORM_MIN {
                    return;
                }
                let (unit, slope) = (self.unit.row(row), of_unit.row(row));
                let along = dot(unit, slope);
                let factor = weight / self.norms[row];
                for ((value, slope), unit) in target[..length].iter_mut().zip(slope).zip(unit) {
                    *value += factor * (slope - along * unit);
                }
            });
    }
}
