//! The teacher's vectors, computed earlier: int8 codes and a scale per row, as NumPy files.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files;

/// Refuses a file that could not be held in memory.
const FILE_BYTES_MAX: u64 = 8 << 30;

/// Unit vectors of the teacher: row `i` is that of text `i`; later texts have none.
#[derive(Clone, Debug, PartialEq)]
pub struct TeacherVectors {
    /// Values per vector.
    pub dimensions: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
}

impl TeacherVectors {
    /// Reads codes `[rows, dimensions]` (int8) and scales `[rows]` (float32).
    pub fn read(codes: &Path, scales: &Path) -> Result<Self> {
        let (code_shape, code_bytes) = read_array(codes, "|i1")?;
        let (scale_shape, scale_bytes) = read_array(scales, "<f4")?;
        let &[rows, dimensions] = code_shape.as_slice() else {
            let problem = format!("its shape is {code_shape:?}, expected [rows, dimensions]");
            return Err(Error::content(codes, problem));
        };
        if scale_shape != [rows] {
            let problem = format!("its shape is {scale_shape:?}, expected [{rows}]");
            return Err(Error::content(scales, problem));
        }
        let (floats, _) = scale_bytes.as_chunks::<4>();
        let scales_read: Vec<f32> = floats
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        if let Some(row) = scales_read.iter().position(|scale| !scale.is_finite()) {
            return Err(Error::content(scales, format!("row {row} is not a number")));
        }
        let codes = code_bytes.iter().map(|&byte| byte.cast_signed()).collect();
        Ok(Self {
            dimensions,
            codes,
            scales: scales_read,
        })
    }

    /// How many texts have a vector.
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Writes the vector of one text to `target`, which has `dimensions` values.
    pub fn write_row(&self, row: usize, target: &mut [f32]) {
        let codes = &self.codes[row * self.dimensions..(row + 1) * self.dimensions];
        for (value, &code) in target.iter_mut().zip(codes) {
            *value = f32::from(code) * self.scales[row];
        }
    }
}

/// Reads a NumPy file of one type in C order: its shape and its bytes.
fn read_array(path: &Path, expected: &str) -> Result<(Vec<usize>, Vec<u8>)> {
    let mut bytes = files::read(path, FILE_BYTES_MAX)?;
    if bytes.len() < 12 || &bytes[..6] != b"\x93NUMPY" {
        return Err(Error::content(path, "it is not a NumPy file"));
    }
    // Version 1 keeps the header's length in two bytes, later ones in four.
    let (start, length): (usize, usize) = if bytes[6] == 1 {
        (10, usize::from(u16::from_le_bytes([bytes[8], bytes[9]])))
    } else {
        (
            12,
            u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize,
        )
    };
    let Some(header) = bytes.get(start..start.saturating_add(length)) else {
        return Err(Error::content(path, "it ends inside its header"));
    };
    let header = String::from_utf8_lossy(header).into_owned();
    if !header.contains(&format!("'descr': '{expected}'")) || !header.contains("False") {
        let problem = format!(
            "its header is `{}`, expected type `{expected}`",
            header.trim()
        );
        return Err(Error::content(path, problem));
    }
    let shape = shape_of(&header)
        .ok_or_else(|| Error::content(path, format!("no shape in `{}`", header.trim())))?;
    let values = bytes.split_off(start + length);
    let item_bytes = if expected == "<f4" { 4 } else { 1 };
    let expected_bytes = shape
        .iter()
        .try_fold(item_bytes, |all: usize, &n| all.checked_mul(n));
    if expected_bytes != Some(values.len()) {
        let problem = format!(
            "{} bytes of values do not fill the shape {shape:?}",
            values.len()
        );
        return Err(Error::content(path, problem));
    }
    Ok((shape, values))
}

pub(super) fn shape_of(header: &str) -> Option<Vec<usize>> {
    let (_, rest) = header.split_once("'shape': (")?;
    let (numbers, _) = rest.split_once(')')?;
    let numbers = numbers
        .split(',')
        .map(str::trim)
        .filter(|number| !number.is_empty());
    numbers.map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
