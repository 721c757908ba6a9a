//! What the vectors in a graph are: a function from full vectors to the codes that usearch compares.

use half::f16;
use serde::{Deserialize, Serialize};

use crate::schema::Distance;

use super::code::encode;
use super::query::normalize;

/// Lengths this close to each other count as equal: then inner product, Euclidean distance and
/// cosine order rows almost alike, and the exact second score settles the rest.
const LENGTH_SPREAD_MAX: f32 = 1.02;
/// Below this share of the greatest length, half precision would blur a row in an augmented graph.
const HALF_SPREAD_MAX: f32 = 64.0;

/// The space that a graph is built in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum GraphSpace {
    /// The cosine between prefixes, in codes of one byte.
    Angle {
        /// Numbers in the prefix; all of them for the full length.
        prefix: u32,
    },
    /// For inner products: rows divided by the greatest length M get one more number,
    /// sqrt(1 - |x|^2 / M^2), which makes them unit vectors; queries get a zero. The cosine then
    /// orders rows as the inner product does (Bachrach et al., RecSys 2014).
    Augmented {
        /// M.
        length_max: f32,
        /// Whether codes are half precision; single otherwise.
        is_half: bool,
    },
    /// The squared Euclidean distance, in single precision.
    Euclid,
}

/// The lengths of the vectors in a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LengthRange {
    /// The least.
    pub(crate) min: f32,
    /// The greatest.
    pub(crate) max: f32,
}

impl GraphSpace {
    /// The space for full vectors.
    pub(crate) fn full(distance: Distance, dimensions: usize, lengths: LengthRange) -> Self {
        let is_equal = lengths.max <= lengths.min * LENGTH_SPREAD_MAX;
        match distance {
            Distance::Dot if !is_equal => Self::Augmented {
                length_max: lengths.max,
                is_half: lengths.max <= lengths.min * HALF_SPREAD_MAX,
            },
            Distance::Euclid if !is_equal => Self::Euclid,
            Distance::Cosine | Distance::Dot | Distance::Euclid => Self::Angle {
                prefix: dimensions as u32,
            },
        }
    }

    /// Numbers of a full vector that the graph looks at.
    pub(crate) fn prefix(self, dimensions: usize) -> usize {
        match self {
            Self::Angle { prefix } => (prefix as usize).min(dimensions),
            Self::Augmented { .. } | Self::Euclid => dimensions,
        }
    }

    /// Numbers in a code.
    pub(crate) fn code_dimensions(self, dimensions: usize) -> usize {
        match self {
            Self::Angle { .. } => self.prefix(dimensions),
            Self::Augmented { .. } => dimensions + 1,
            Self::Euclid => dimensions,
        }
    }

    /// The code of a row.
    pub(crate) fn encode_row(self, vector: &[f32]) -> Code {
        match self {
            Self::Angle { .. } => self.encode_angle(vector),
            Self::Augmented {
                length_max,
                is_half,
            } => {
                let scale = if length_max > 0.0 {
                    1.0 / length_max
                } else {
                    0.0
                };
                let mut code: Vec<f32> = vector.iter().map(|x| x * scale).collect();
                let square: f64 = code.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
                code.push((1.0 - square).max(0.0).sqrt() as f32);
                Code::wide(code, is_half)
            }
            Self::Euclid => Code::Single(vector.to_vec()),
        }
    }

    /// The code of a query.
    pub(crate) fn encode_query(self, vector: &[f32]) -> Code {
        match self {
            Self::Angle { .. } => self.encode_angle(vector),
            Self::Augmented { is_half, .. } => {
                let mut code = vector.to_vec();
                normalize(&mut code);
                code.push(0.0);
                Code::wide(code, is_half)
            }
            Self::Euclid => Code::Single(vector.to_vec()),
        }
    }

    fn encode_angle(self, vector: &[f32]) -> Code {
        let prefix = &vector[..self.prefix(vector.len())];
        let mut codes = vec![0; prefix.len()];
        encode(prefix, &mut codes);
        Code::Byte(codes)
    }
}

/// A vector as a graph compares it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Code {
    /// One byte per number.
    Byte(Vec<i8>),
    /// The bits of half-precision numbers.
    Half(Vec<i16>),
    /// Single precision.
    Single(Vec<f32>),
}

impl Code {
    fn wide(vector: Vec<f32>, is_half: bool) -> Self {
        if is_half {
            let bits = vector.iter().map(|&x| f16::from_f32(x).to_bits() as i16);
            Self::Half(bits.collect())
        } else {
            Self::Single(vector)
        }
    }
}
