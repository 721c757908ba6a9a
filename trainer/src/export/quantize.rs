//! Rows of codes with scales, as `embedder` reads them.
//!
//! A row has parts, each of some neighbouring values in so many bits and with a scale of its own.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::matrix::Matrix;

/// Clips tried for four bits and two, as shares of a part's largest value. Rounding the many small
/// values finely is worth more than keeping the few largest whole.
const CLIPS: [f32; 12] = [
    1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15,
];

/// How many bits a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bits {
    /// Eight, codes from -127 to 127.
    Eight,
    /// Four, codes from -7 to 7.
    Four,
    /// Two on average: the first quarter of a row has four, the second two, the second half one.
    /// Every prefix uses the first values, and only the full length uses the last.
    Nested,
}

/// Neighbouring values of a row that have a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How many values.
    pub values: usize,
    /// Bits of each: 8, 4, 2 or 1.
    pub bits: usize,
}

/// A matrix of codes, as it lies in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedRows {
    /// The parts of a row.
    pub parts: Vec<Part>,
    /// Codes, row after row and part after part, the first value of a byte in its lowest bits.
    pub bytes: Vec<u8>,
    /// A scale per row and part, `[rows, parts]`.
    pub scales: Vec<f32>,
}

impl Bits {
    /// The parts of a row of so many values; the error says which rows can be cut so.
    pub fn parts(self, values: usize) -> Result<Vec<Part>> {
        let part = |share: usize, bits: usize| Part {
            values: values / share,
            bits,
        };
        let (parts, multiple) = match self {
            Self::Eight => (vec![part(1, 8)], 1),
            Self::Four => (vec![part(1, 4)], 2),
            Self::Nested => (vec![part(4, 4), part(4, 2), part(2, 1)], 16),
        };
        if values.is_multiple_of(multiple) {
            return Ok(parts);
        }
        Err(Error::argument(format!(
            "a row has {values} values, and codes of {self:?} bits need a multiple of {multiple}"
        )))
    }

    /// What a file says of its codes; none where several codes a byte mean four bits.
    pub fn note(self, values: usize) -> Result<Option<String>> {
        if self != Self::Nested {
            return Ok(None);
        }
        let parts = self.parts(values)?;
        let parts = parts
            .iter()
            .map(|part| format!("{}x{}", part.values, part.bits));
        Ok(Some(parts.collect::<Vec<String>>().join(" ")))
    }
}

/// Quantises each row. A part of eight bits has its largest value as 127; one of four or two bits
/// the clip with the smallest squared error; one of one bit the mean size as its scale, which has
/// the smallest error there is.
pub fn quantize(matrix: &Matrix, bits: Bits) -> Result<QuantizedRows> {
    let parts = bits.parts(matrix.columns)?;
    let rows = (0..matrix.rows).into_par_iter().map(|row| {
        let mut rest = matrix.row(row);
        let (mut bytes, mut scales) = (Vec::new(), Vec::with_capacity(parts.len()));
        for part in &parts {
            let (values, others) = rest.split_at(part.values);
            let scale = part.scale_of(values);
            part.pack(values, scale, &mut bytes);
            scales.push(scale);
            rest = others;
        }
        (bytes, scales)
    });
    let rows: Vec<(Vec<u8>, Vec<f32>)> = rows.collect();
    Ok(QuantizedRows {
        bytes: rows.iter().flat_map(|(bytes, _)| bytes).copied().collect(),
        scales: rows
            .iter()
            .flat_map(|(_, scales)| scales)
            .copied()
            .collect(),
        parts,
    })
}

impl QuantizedRows {
    /// Values of a row.
    pub fn columns(&self) -> usize {
        self.parts.iter().map(|part| part.values).sum()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.scales.len() / self.parts.len().max(1)
    }
}

impl Part {
    fn largest(self) -> f32 {
        match self.bits {
            8 => 127.0,
            4 => 7.0,
            2 => 3.0,
            _ => 1.0,
        }
    }

    fn scale_of(self, values: &[f32]) -> f32 {
        let sizes = values.iter().map(|value| value.abs());
        let largest = sizes.clone().fold(0.0f32, f32::max);
        let full = largest / self.largest();
        if self.bits == 1 {
            return sizes.sum::<f32>() / values.len().max(1) as f32;
        }
        if self.bits == 8 || full <= 0.0 {
            return full;
        }
        let error = |scale: f32| -> f32 {
            let square =
                |value: &f32| (f32::from(self.code(*value, scale)) * scale - value).powi(2);
            values.iter().map(square).sum()
        };
        let scales = CLIPS.map(|clip| full * clip);
        let errors = scales.map(error);
        let best = (0..CLIPS.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b]));
        best.map_or(full, |best| scales[best])
    }

    /// The code of a value. Two bits and one have no zero: even steps around it instead.
    fn code(self, value: f32, scale: f32) -> i8 {
        let largest = self.largest();
        let code = if scale <= 0.0 {
            0.0
        } else if self.bits <= 2 {
            2.0 * (value / scale / 2.0).floor() + 1.0
        } else {
            (value / scale).round()
        };
        code.clamp(-largest, largest) as i8
    }

    fn pack(self, values: &[f32], scale: f32, bytes: &mut Vec<u8>) {
        let unsigned = |value: &f32| {
            let code = self.code(*value, scale);
            match self.bits {
                8 => code.cast_unsigned(),
                4 => (code + 8).cast_unsigned(),
                2 => (code + 3).cast_unsigned() >> 1,
                _ => (code + 1).cast_unsigned() >> 1,
            }
        };
        let byte = |values: &[f32]| {
            let codes = values.iter().zip(0..);
            codes.fold(0, |byte, (value, at)| {
                byte | unsigned(value) << (at * self.bits)
            })
        };
        bytes.extend(values.chunks(8 / self.bits).map(byte));
    }
}
