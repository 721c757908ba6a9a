//! Matrices of codes: whole numbers of few bits, with a scale for each row or each part of a row.
//!
//! A row has parts, one after another, of so many values in so many bits. A byte of fewer than
//! eight bits holds several values, the first in its lowest bits. Eight bits stand for -128 to 127
//! and four for -8 to 7; two stand for -3, -1, 1 and 3 and one for -1 and 1, since with so few
//! codes a zero is worth less than even steps.

use crate::error::{Error, Result};

/// The byte that stands for zero where codes are kept unsigned, because candle has no int8.
pub(crate) const BYTE_ZERO: u8 = 128;

/// The largest code of eight bits that a scale is made for.
const BYTE_MAX: f32 = 127.0;

/// Parts a row may have.
const PARTS_MAX: usize = 16;

/// Some neighbouring values of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    values: usize,
    bits: usize,
}

/// How the codes of a row lie in its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packing {
    parts: Vec<Part>,
}

impl Packing {
    /// One part of `bits` that fills rows of `bytes`.
    pub(crate) fn uniform(bytes: usize, bits: usize) -> Self {
        let values = bytes.saturating_mul(8 / bits);
        Self {
            parts: vec![Part { values, bits }],
        }
    }

    /// Reads a file's note on a tensor, such as `256x4 256x2 512x1`: values and bits of each part.
    /// The parts have to fill rows of `bytes`.
    pub(crate) fn of_note(name: &str, note: &str, bytes: usize) -> Result<Self> {
        let refused = || Error::TensorType {
            name: name.to_owned(),
            found: format!("U8 rows of {bytes} bytes with parts `{note}`"),
            expected: "parts such as `256x4 512x1`, of 8, 4, 2 or 1 bits, that fill the bytes",
        };
        let part = |text: &str| {
            let (values, bits) = text.split_once('x')?;
            let part = Part {
                values: values.parse().ok()?,
                bits: bits.parse().ok()?,
            };
            let is_whole = [1, 2, 4, 8].contains(&part.bits)
                && part.values > 0
                && part.values.is_multiple_of(8 / part.bits);
            is_whole.then_some(part)
        };
        let parts: Option<Vec<Part>> = note.split(' ').map(part).collect();
        let parts = parts.filter(|parts| parts.len() <= PARTS_MAX);
        let packing = Self {
            parts: parts.ok_or_else(refused)?,
        };
        if packing.bytes() != Some(bytes) {
            return Err(refused());
        }
        Ok(packing)
    }

    /// How many parts a row has, each with a scale.
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Values of a row.
    pub(crate) fn values(&self) -> usize {
        let values = self.parts.iter().map(|part| part.values);
        values.fold(0, usize::saturating_add)
    }

    /// Bytes of a row.
    fn bytes(&self) -> Option<usize> {
        let mut bytes = self.parts.iter().map(|part| part.values / (8 / part.bits));
        bytes.try_fold(0usize, usize::checked_add)
    }

    /// Rows of codes times their scales, in f32.
    pub(crate) fn dequantize(&self, bytes: &[u8], scales: &[f32]) -> Vec<f32> {
        let mut values = Vec::with_capacity(bytes.len().saturating_mul(2));
        self.each_part(bytes, scales, |part, bytes, scale, _| {
            part.each_index(bytes, |index| {
                values.push(f32::from(part.code(index)) * scale);
            });
        });
        values
    }

    /// Rows of codes of eight bits, moved up by [`BYTE_ZERO`] so that they are unsigned, and their
    /// scales, one a row.
    ///
    /// A row of one part keeps its codes and its scale. Parts of different scales are rounded to
    /// the row's largest value, in steps that are fine beside those of four bits.
    pub(crate) fn bytes_of(&self, bytes: &[u8], scales: &[f32]) -> Vec<u8> {
        let row_scales = self.row_scales(scales);
        let mut values = Vec::with_capacity(bytes.len().saturating_mul(2));
        let is_one = self.parts.len() == 1;
        self.each_part(bytes, scales, |part, bytes, scale, row| {
            let factor = if is_one {
                1.0
            } else {
                scale / row_scales[row].max(f32::MIN_POSITIVE)
            };
            // Few codes and many values: each code is rounded once a row.
            let mut rounded = [0; 256];
            for (index, byte) in (0..=u8::MAX >> (8 - part.bits)).zip(&mut rounded) {
                let code = (f32::from(part.code(index)) * factor).round();
                let code = code.clamp(-128.0, BYTE_MAX) as i8;
                *byte = code.cast_unsigned().wrapping_add(BYTE_ZERO);
            }
            part.each_index(bytes, |index| values.push(rounded[usize::from(index)]));
        });
        values
    }

    /// The scales that belong to [`Packing::bytes_of`], one a row.
    pub(crate) fn row_scales(&self, scales: &[f32]) -> Vec<f32> {
        if self.parts.len() == 1 {
            return scales.to_vec();
        }
        let largest = |scales: &[f32]| {
            let parts = self.parts.iter().zip(scales);
            let largest = parts.map(|(part, scale)| part.largest() * scale.abs());
            largest.fold(0.0, f32::max) / BYTE_MAX
        };
        scales.chunks(self.parts.len()).map(largest).collect()
    }

    /// Calls `visit` with every part of every row: its bytes, its scale and its row.
    fn each_part(
        &self,
        bytes: &[u8],
        scales: &[f32],
        mut visit: impl FnMut(Part, &[u8], f32, usize),
    ) {
        let row_bytes = self.bytes().unwrap_or(0).max(1);
        let rows = bytes.chunks_exact(row_bytes);
        for (row, (bytes, scales)) in rows.zip(scales.chunks(self.parts.len())).enumerate() {
            let mut rest = bytes;
            for (part, scale) in self.parts.iter().zip(scales) {
                let (own, others) = rest.split_at(part.values / (8 / part.bits));
                visit(*part, own, *scale, row);
                rest = others;
            }
        }
    }
}

impl Part {
    /// The largest code's size.
    fn largest(self) -> f32 {
        match self.bits {
            8 => 128.0,
            4 => 8.0,
            2 => 3.0,
            _ => 1.0,
        }
    }

    /// The code that some bits stand for.
    fn code(self, index: u8) -> i8 {
        match self.bits {
            8 => index.cast_signed(),
            4 => index.cast_signed() - 8,
            2 => 2 * index.cast_signed() - 3,
            _ => 2 * index.cast_signed() - 1,
        }
    }

    /// Calls `visit` with the bits of every value, as a number.
    fn each_index(self, bytes: &[u8], visit: impl FnMut(u8)) {
        match self.bits {
            8 => each_of::<8>(bytes, visit),
            4 => each_of::<4>(bytes, visit),
            2 => each_of::<2>(bytes, visit),
            _ => each_of::<1>(bytes, visit),
        }
    }
}

/// A number of bits that is known while compiling makes a loop without branches.
fn each_of<const BITS: usize>(bytes: &[u8], mut visit: impl FnMut(u8)) {
    for byte in bytes {
        for at in (0..8).step_by(BITS) {
            visit(byte >> at & u8::MAX >> (8 - BITS));
        }
    }
}

#[cfg(test)]
mod tests;
