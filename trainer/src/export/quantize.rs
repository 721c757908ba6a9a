//! Rows of int8 with a scale each: a row's largest component becomes 127.

use crate::matrix::Matrix;

/// An int8 matrix: row `r` is `codes[r] * scales[r]`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedRows {
    /// Codes, row after row, `[rows, columns]`.
    pub codes: Vec<i8>,
    /// A scale per row.
    pub scales: Vec<f32>,
    /// How many values a row has.
    pub columns: usize,
}

/// Quantises each row by its largest component; a row of zeros has scale 0.
pub fn quantize(matrix: &Matrix) -> QuantizedRows {
    let mut codes = Vec::with_capacity(matrix.values.len());
    let mut scales = Vec::with_capacity(matrix.rows);
    for row in 0..matrix.rows {
        let values = matrix.row(row);
        let largest = values
            .iter()
            .fold(0.0f32, |largest, value| largest.max(value.abs()));
        let scale = largest / 127.0;
        let factor = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        codes.extend(values.iter().map(|value| (value * factor).round() as i8));
        scales.push(scale);
    }
    QuantizedRows {
        codes,
        scales,
        columns: matrix.columns,
    }
}

impl QuantizedRows {
    /// The matrix the codes stand for.
    pub fn restore(&self) -> Matrix {
        let rows = self
            .codes
            .chunks_exact(self.columns.max(1))
            .zip(&self.scales);
        let values =
            rows.flat_map(|(row, scale)| row.iter().map(move |&code| f32::from(code) * scale));
        Matrix {
            rows: self.scales.len(),
            columns: self.columns,
            values: values.collect(),
        }
    }
}
