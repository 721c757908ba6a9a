//! A query made ready for every kind of segment.

use half::f16;

use crate::distance::{dot_f16, dot_f32, squared_euclid_f32};
use crate::schema::Distance;

use super::code::{Between, CodeBound, QueryCode};
use super::row::VectorShape;

/// A query, its code, and how closeness is computed from it.
///
/// Closeness is what rankings compare: the inner product, or minus the squared distance. It orders
/// rows as the score does and costs less.
#[derive(Debug)]
pub(crate) struct Query {
    distance: Distance,
    vector: Vec<f32>,
    code: QueryCode,
}

impl Query {
    /// Prepares a query; for cosine it is brought to unit length, and a zero query stays zero.
    pub(crate) fn new(shape: &VectorShape, vector: &[f32]) -> Self {
        let mut vector = vector.to_vec();
        if shape.distance == Distance::Cosine {
            normalize(&mut vector);
        }
        Self {
            distance: shape.distance,
            code: QueryCode::new(&vector),
            vector,
        }
    }

    /// The numbers, of unit length for cosine.
    pub(crate) fn vector(&self) -> &[f32] {
        &self.vector
    }

    /// The closeness of a row in full precision.
    pub(crate) fn closeness_f32(&self, row: &[f32]) -> f32 {
        match self.distance {
            Distance::Cosine | Distance::Dot => dot_f32(&self.vector, row),
            Distance::Euclid => -squared_euclid_f32(&self.vector, row),
        }
    }

    /// The closeness of a row in half precision. Euclid is never kept so: see `Precision`.
    pub(crate) fn closeness_f16(&self, row: &[f16]) -> f32 {
        match self.distance {
            Distance::Cosine | Distance::Dot => dot_f16(&self.vector, row),
            Distance::Euclid => {
                let row: Vec<f32> = row.iter().map(|x| x.to_f32()).collect();
                -squared_euclid_f32(&self.vector, &row)
            }
        }
    }

    /// Bounds the closeness of a row from its code.
    pub(crate) fn closeness_between(&self, codes: &[i8], bound: CodeBound) -> Between {
        let dot = self.code.dot(codes, bound);
        match self.distance {
            Distance::Cosine | Distance::Dot => dot,
            Distance::Euclid => {
                // |x - q|^2 = |x|^2 + |q|^2 - 2x.q, and what rounding may do to that sum.
                let lengths = bound.length * bound.length + self.code.length() * self.code.length();
                let slack = 4.0 * crate::distance::ROUNDING_MAX * lengths;
                Between {
                    lower: 2.0 * dot.lower - lengths - slack,
                    upper: 2.0 * dot.upper - lengths + slack,
                }
            }
        }
    }

    /// The score that a caller sees: the cosine, the product, or `1 / (1 + distance)`.
    pub(crate) fn score(&self, closeness: f32) -> f32 {
        match self.distance {
            Distance::Cosine | Distance::Dot => closeness,
            Distance::Euclid => 1.0 / (1.0 + (-closeness).max(0.0).sqrt()),
        }
    }
}

/// Brings a vector to unit length; zero stays zero.
pub(crate) fn normalize(vector: &mut [f32]) {
    let length = crate::distance::length(vector);
    if length > 0.0 && length.is_finite() {
        for x in vector {
            *x /= length;
        }
    }
}
