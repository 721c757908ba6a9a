//! Vectors as codes of one byte per number, with a bound on what the code leaves out.
//!
//! The largest component becomes 127. That keeps all eight bits in use at every length, where
//! dividing by the vector's length would leave a component of a 1,024-d unit vector about 4 of 127.

use crate::distance::{ROUNDING_MAX, dot_i8, length};

/// The largest code.
const CODE_MAX: f32 = 127.0;

/// Writes the codes of `vector` to `codes` (of the same length) and returns the scale: a component
/// is about its code times the scale. The scale of a zero vector is 0.
pub(crate) fn encode(vector: &[f32], codes: &mut [i8]) -> f32 {
    debug_assert_eq!(vector.len(), codes.len());
    let largest = vector
        .iter()
        .fold(0.0_f32, |largest, x| largest.max(x.abs()));
    let inverse = CODE_MAX / largest;
    if !(largest > 0.0 && inverse.is_finite()) {
        // Nothing that a code could express: zero, or so small that its inverse overflows.
        codes.fill(0);
        return 0.0;
    }
    for (code, x) in codes.iter_mut().zip(vector) {
        *code = (x * inverse).round() as i8;
    }
    largest / CODE_MAX
}

/// A code with what is needed to bound an inner product computed from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodeBound {
    /// A component is about its code times this.
    pub(crate) scale: f32,
    /// The length of what the code leaves out.
    pub(crate) error: f32,
    /// The length of the vector.
    pub(crate) length: f32,
}

/// Encodes `vector` and measures what the code leaves out.
pub(crate) fn encode_bounded(vector: &[f32], codes: &mut [i8]) -> CodeBound {
    let scale = encode(vector, codes);
    let left_out = vector.iter().zip(codes.iter()).map(|(&x, &code)| {
        let error = f64::from(x) - f64::from(code) * f64::from(scale);
        error * error
    });
    CodeBound {
        scale,
        // A little more than measured, so that rounding to f32 cannot make the bound too small.
        error: left_out.sum::<f64>().sqrt() as f32 * 1.0001,
        length: length(vector),
    }
}

/// A query as a code.
#[derive(Debug, Clone)]
pub(crate) struct QueryCode {
    codes: Vec<i8>,
    bound: CodeBound,
}

/// An inner product known only to lie between two numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Between {
    /// Not above the true one.
    pub(crate) lower: f32,
    /// Not below the true one. May be NaN or infinite for wild magnitudes: no bound.
    pub(crate) upper: f32,
}

impl QueryCode {
    /// Encodes a query.
    pub(crate) fn new(query: &[f32]) -> Self {
        let mut codes = vec![0; query.len()];
        let bound = encode_bounded(query, &mut codes);
        Self { codes, bound }
    }

    /// Bounds the inner product with a row, from the codes alone.
    ///
    /// With x = sc + e and q = td + f (s, t scales; c, d codes; e, f left out):
    /// x.q = st(c.d) + e.q + sc.f, so by Cauchy-Schwarz the codes are off by at most
    /// |e||q| + (|x| + |e|)|f|, plus rounding.
    pub(crate) fn dot(&self, codes: &[i8], row: CodeBound) -> Between {
        let query = self.bound;
        let middle = dot_i8(&self.codes, codes) as f32 * (row.scale * query.scale);
        let slack = row.error * query.length
            + (row.length + row.error) * query.error
            + 2.0 * ROUNDING_MAX * row.length * query.length;
        Between {
            lower: middle - slack,
            upper: middle + slack,
        }
    }

    /// The query's length.
    pub(crate) fn length(&self) -> f32 {
        self.bound.length
    }
}

#[cfg(test)]
mod tests;
