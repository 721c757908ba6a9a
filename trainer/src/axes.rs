//! The teacher's space made nested: its mean removed, then rotated to its principal axes, so
//! that "the first d values" hold as much as d values can.

use crate::error::Result;
use crate::matrix::{Matrix, dot, scale};

/// Sweeps of Jacobi's method; a few hundred dimensions converge in about ten.
const SWEEPS_MAX: usize = 30;

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
        let (values, vectors) = eigen(covariance);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let mut directions = Matrix::zeros(kept, centred.columns);
        for (row, &axis) in order.iter().take(kept).enumerate() {
            directions.row_mut(row).copy_from_slice(vectors.row(axis));
        }
        let held: f64 = order.iter().take(kept).map(|&axis| values[axis]).sum();
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

/// Eigenvalues and eigenvectors (as rows) of a symmetric matrix, by cyclic Jacobi rotations in
/// double precision.
pub(crate) fn eigen(matrix: Matrix) -> (Vec<f64>, Matrix) {
    let size = matrix.rows;
    let mut a: Vec<f64> = matrix
        .values
        .iter()
        .map(|&value| f64::from(value))
        .collect();
    let mut vectors = vec![0.0f64; size * size];
    (0..size).for_each(|axis| vectors[axis * size + axis] = 1.0);
    for _ in 0..SWEEPS_MAX {
        let (mut off, mut diagonal) = (0.0, 0.0);
        for row in 0..size {
            diagonal += a[row * size + row].powi(2);
            off += a[row * size + row + 1..(row + 1) * size]
                .iter()
                .map(|v| v * v)
                .sum::<f64>();
        }
        if off <= 1e-18 * diagonal {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut a, &mut vectors, size, (p, q));
            }
        }
    }
    let values = (0..size).map(|axis| a[axis * size + axis]).collect();
    let vectors = vectors.into_iter().map(|value| value as f32).collect();
    (
        values,
        Matrix {
            rows: size,
            columns: size,
            values: vectors,
        },
    )
}

/// One rotation in the plane of axes `p < q` that makes `a[p][q]` zero (Golub and Van Loan, 8.5).
fn rotate(a: &mut [f64], vectors: &mut [f64], size: usize, (p, q): (usize, usize)) {
    let across = a[p * size + q];
    if across == 0.0 {
        return;
    }
    let tau = (a[q * size + q] - a[p * size + p]) / (2.0 * across);
    let tangent = tau.signum() / (tau.abs() + (1.0 + tau * tau).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = tangent * cosine;
    for k in 0..size {
        let (left, right) = (a[k * size + p], a[k * size + q]);
        a[k * size + p] = cosine * left - sine * right;
        a[k * size + q] = sine * left + cosine * right;
    }
    for values in [a, vectors] {
        let (upper, lower) = values.split_at_mut(q * size);
        let rows = upper[p * size..(p + 1) * size]
            .iter_mut()
            .zip(&mut lower[..size]);
        for (left, right) in rows {
            (*left, *right) = (
                cosine * *left - sine * *right,
                sine * *left + cosine * *right,
            );
        }
    }
}

#[cfg(test)]
mod tests;
