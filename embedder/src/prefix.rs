//! The first dimensions of a vector, normalized again: a shorter vector of the same text.

use crate::error::{Error, Result};

/// The shortest length that the models are trained at.
const PREFIX_MIN: usize = 8;

/// Returns the first `dimensions` of `vector`, normalized to length 1.
///
/// Asking for the vector's own length normalizes it again, which changes nothing but rounding.
/// Errors are `Invalid`: no or too many dimensions, or a prefix that is all zeros.
pub fn prefix(vector: &[f32], dimensions: usize) -> Result<Vec<f32>> {
    if dimensions == 0 || dimensions > vector.len() {
        return Err(Error::PrefixInvalid {
            dimensions,
            available: vector.len(),
        });
    }
    let mut shorter = vector[..dimensions].to_vec();
    normalize(&mut shorter)?;
    Ok(shorter)
}

/// Returns the lengths a vector of `dimensions` may be cut to, the full one first.
///
/// These are the lengths the models are trained at: powers of two from 8 below the full length.
pub fn prefix_lengths(dimensions: usize) -> Vec<usize> {
    let mut lengths = vec![dimensions];
    let mut length = dimensions.next_power_of_two() / 2;
    while length >= PREFIX_MIN {
        lengths.push(length);
        length /= 2;
    }
    lengths
}

/// Scales `vector` to length 1, or says why that cannot be done.
pub(crate) fn normalize(vector: &mut [f32]) -> Result<()> {
    // f64, because the squares of a state of large values can leave the range of f32.
    let squares: f64 = vector
        .iter()
        .map(|value| f64::from(*value) * f64::from(*value))
        .sum();
    let length = squares.sqrt();
    if !length.is_finite() || length == 0.0 {
        return Err(Error::VectorDegenerate {
            dimensions: vector.len(),
            length: length as f32,
        });
    }
    for value in vector {
        *value = (f64::from(*value) / length) as f32;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
