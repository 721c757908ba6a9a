//! Rows of codes with a scale each, in eight bits or in four.

use rayon::prelude::*;

use crate::matrix::Matrix;

/// Clips tried for four bits, as shares of a row's largest component. Rounding the many small
/// components finely is worth more than keeping the few largest whole.
const CLIPS: [f32; 6] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5];

/// How many bits a code has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bits {
    /// Codes from -127 to 127.
    Eight,
    /// Codes from -7 to 7, two a byte in a file.
    Four,
}

/// A matrix of codes: row `r` is `codes[r] * scales[r]`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedRows {
    /// Codes, row after row, `[rows, columns]`.
    pub codes: Vec<i8>,
    /// A scale per row.
    pub scales: Vec<f32>,
    /// How many values a row has.
    pub columns: usize,
}

impl Bits {
    fn largest(self) -> f32 {
        match self {
            Self::Eight => 127.0,
            Self::Four => 7.0,
        }
    }
}

/// Quantises each row: with eight bits its largest component becomes 127, with four the clip is
/// the one with the smallest squared error. A row of zeros has scale 0.
pub fn quantize(matrix: &Matrix, bits: Bits) -> QuantizedRows {
    let columns = matrix.columns;
    let mut codes = vec![0; matrix.values.len()];
    let mut scales = vec![0.0; matrix.rows];
    codes
        .par_chunks_mut(columns.max(1))
        .zip(&mut scales)
        .enumerate()
        .for_each(|(row, (codes, scale))| {
            let values = matrix.row(row);
            *scale = scale_of(values, bits);
            code_row(values, *scale, bits, codes);
        });
    QuantizedRows {
        codes,
        scales,
        columns,
    }
}

fn scale_of(values: &[f32], bits: Bits) -> f32 {
    let largest = values
        .iter()
        .fold(0.0f32, |largest, value| largest.max(value.abs()));
    let full = largest / bits.largest();
    if bits == Bits::Eight || full <= 0.0 {
        return full;
    }
    let error = |scale: f32| -> f32 {
        let square = |value: &f32| (f32::from(code(*value, scale, bits)) * scale - value).powi(2);
        values.iter().map(square).sum()
    };
    let scales = CLIPS.map(|clip| full * clip);
    let errors = scales.map(error);
    let best = (0..CLIPS.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b]));
    best.map_or(full, |best| scales[best])
}

fn code_row(values: &[f32], scale: f32, bits: Bits, codes: &mut [i8]) {
    if scale > 0.0 {
        let pairs = codes.iter_mut().zip(values);
        pairs.for_each(|(target, value)| *target = code(*value, scale, bits));
    }
}

fn code(value: f32, scale: f32, bits: Bits) -> i8 {
    let largest = bits.largest();
    (value / scale).round().clamp(-largest, largest) as i8
}

impl QuantizedRows {
    /// The codes as a file has them in four bits: two a byte, the first in the low half, moved up
    /// by 8. Rows of an odd number of values do not exist: a hidden size is even.
    pub fn packed(&self) -> Vec<u8> {
        let half = |code: i8| (code + 8).cast_unsigned() & 0x0f;
        let (pairs, _) = self.codes.as_chunks::<2>();
        pairs
            .iter()
            .map(|&[low, high]| half(low) | half(high) << 4)
            .collect()
    }

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
