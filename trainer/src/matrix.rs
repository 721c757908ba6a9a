//! A row-major matrix of `f32` and its products. The only file of the hand-written training that
//! names candle: its matrix product picks the processor's widest instructions at run time.

use candle_core::{Device, Tensor};

use crate::error::{Error, Result};

/// Values by row, `[rows, columns]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// How many rows.
    pub rows: usize,
    /// How many values a row has.
    pub columns: usize,
    /// The values, row after row.
    pub values: Vec<f32>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            values: vec![0.0; rows * columns],
        }
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One row, to be changed.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// `self * other`: `[m, k] * [k, n] -> [m, n]`.
    pub fn times(&self, other: &Self) -> Result<Self> {
        product(&self.tensor()?, &other.tensor()?)
    }

    /// `self * other^T`: `[m, k] * [n, k]^T -> [m, n]`.
    pub fn times_transposed(&self, other: &Self) -> Result<Self> {
        product(&self.tensor()?, &other.tensor()?.t().map_err(matrix)?)
    }

    /// `self^T * other`: `[k, m]^T * [k, n] -> [m, n]`.
    pub fn transposed_times(&self, other: &Self) -> Result<Self> {
        product(&self.tensor()?.t().map_err(matrix)?, &other.tensor()?)
    }

    fn tensor(&self) -> Result<Tensor> {
        let shape = (self.rows, self.columns);
        Tensor::from_slice(&self.values, shape, &Device::Cpu).map_err(matrix)
    }
}

fn product(left: &Tensor, right: &Tensor) -> Result<Matrix> {
    let (rows, columns) = (left.dims()[0], right.dims()[1]);
    let product = left.matmul(right).map_err(matrix)?;
    let values = product
        .flatten_all()
        .and_then(|flat| flat.to_vec1())
        .map_err(matrix)?;
    Ok(Matrix {
        rows,
        columns,
        values,
    })
}

fn matrix(error: candle_core::Error) -> Error {
    Error::Matrix {
        problem: error.to_string(),
    }
}

/// Multiplies every value by `factor`.
pub fn scale(values: &mut [f32], factor: f32) {
    for value in values {
        *value *= factor;
    }
}

/// The inner product of two slices of equal length.
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    debug_assert_eq!(left.len(), right.len());
    // Eight sums let the compiler use vector registers; one sum would fix the order of addition.
    let mut sums = [0.0f32; 8];
    let (left_chunks, right_chunks) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f32 = left_chunks
        .remainder()
        .iter()
        .zip(right_chunks.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in left_chunks.zip(right_chunks) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}
