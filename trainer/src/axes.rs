//! The teacher's space made nested: its mean removed, then rotated to its principal axes, so
//! that "the first d values" hold as much as d values can.

use crate::eigen::eigen;
use crate::error::Result;
use crate::matrix::{Matrix, dot, scale};

/// A centre and orthogonal directions, those of most variance first.
#[derive(Clone, Debug)]
pub struct Axes {
    /// The directions, `[kept, dimensions]`.
    pub directions: Matrix,
    /// The share of the variance the kept directions hold.
    pub share: f64,
}

impl Axes {
    /// Finds the `kept` principal axes of rows that are already centred.
    pub fn of(centred: &Matrix, kept: usize) -> Result<Self> {
        let covariance = centred.transposed_times(centred)?;
        let (values, vectors) = eigen(&covariance);
        let mut directions = Matrix::zeros(kept, centred.columns);
        for row in 0..kept {
            directions.row_mut(row).copy_from_slice(vectors.row(row));
        }
        let held: f64 = values.iter().take(kept).sum();
        let all: f64 = values.iter().sum();
        Ok(Self {
            directions,
            share: held / all.max(f64::MIN_POSITIVE),
        })
    }

    /// Rotates centred rows, cuts them to the kept axes and normalises: `[rows, kept]`.
    pub fn project(&self, centred: &Matrix) -> Result<Matrix> {
        let mut rotated = centred.times_transposed(&self.directions)?;
        for row in 0..rotated.rows {
            let values = rotated.row_mut(row);
            let norm = dot(values, values).sqrt().max(f32::MIN_POSITIVE);
            scale(values, 1.0 / norm);
        }
        Ok(rotated)
    }
}

#[cfg(test)]
mod tests;
