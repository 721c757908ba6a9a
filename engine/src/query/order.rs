//! An order of payload values: of scroll pages by a payload field, and of a facet's values.

use std::cmp::{Ordering, Reverse};
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::value::{Payload, Value};

use super::date_time::DateTime;
use super::filter::{Scalar, any_element_at};

/// Strings are ordered by their first bytes, at most this many, so that a cursor stays short.
pub(crate) const ORDER_BYTES_MAX: usize = 256;

/// By which payload value points are ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBy {
    /// The dotted path. Of a list, the element that comes first in the direction counts.
    pub key: String,
    /// Greatest first.
    pub descending: bool,
}

/// A value with a position in the order: booleans, numbers, points in time, other strings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Ordered {
    Bool(bool),
    Number(Number),
    DateTime(DateTime),
    String(String),
}

/// A finite number, compared exactly.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Number {
    /// A whole number that is an `i64` or a `u64`.
    Whole(i128),
    /// Any other.
    Float(f64),
}

impl Ordered {
    /// The comparable form of a scalar; a string that is a point in time stays a string.
    pub(crate) fn of_scalar(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Bool(truth) => Self::Bool(truth),
            Scalar::Integer(number) => Self::Number(Number::Whole(number.into())),
            Scalar::Unsigned(number) => Self::Number(Number::Whole(number.into())),
            Scalar::Float(number) => Self::Number(Number::Float(number)),
            Scalar::String(text) => Self::String(text.to_owned()),
        }
    }

    /// The position of a value in a scroll; none for null, lists and objects.
    fn of(value: &Value) -> Option<Self> {
        Some(Self::of_scalar(Scalar::of(value)?).in_scroll())
    }

    /// A string as a scroll orders it: as the point in time that it is, or by its beginning.
    pub(crate) fn in_scroll(self) -> Self {
        match self {
            Self::String(text) => DateTime::parse(&text)
                .map_or_else(|| Self::String(beginning(&text).to_owned()), Self::DateTime),
            other => other,
        }
    }

    /// As a payload value.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(truth),
            Self::Number(Number::Whole(number)) => i64::try_from(number).map_or_else(
                |_| Value::Unsigned(u64::try_from(number).unwrap_or(u64::MAX)),
                Value::Integer,
            ),
            Self::Number(Number::Float(number)) => Value::Float(number),
            Self::DateTime(time) => Value::Integer(time.seconds()),
            Self::String(text) => Value::String(text),
        }
    }
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(ORDER_BYTES_MAX))
        .unwrap_or(text)
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Self::Whole(one), Self::Whole(other)) => one.cmp(&other),
            (Self::Float(one), Self::Float(other)) => one.total_cmp(&other),
            (Self::Whole(whole), Self::Float(float)) => compare(whole, float),
            (Self::Float(float), Self::Whole(whole)) => compare(whole, float).reverse(),
        }
    }
}

/// A float that is not whole, or is beyond all whole ones; so the two are never equal.
fn compare(whole: i128, float: f64) -> Ordering {
    // The cast saturates, which is what a float beyond every whole number needs.
    if whole <= float.floor() as i128 {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Whole(number) => number.hash(state),
            Self::Float(number) => number.to_bits().hash(state),
        }
    }
}

/// Where a point stands: by its value in the direction asked for, points without one last, ties
/// by point number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    value: Directed,
    pub(crate) number: u32,
}

/// All positions of one scroll have the same direction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Directed {
    Ascending(Ordered),
    Descending(Reverse<Ordered>),
    Missing,
}

/// About where a value stands in a direction: what stands before another is not after it here.
/// Small, so that one can be held for every point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rough(u8, u64);

impl Rough {
    /// Where points without a value stand: last.
    pub(crate) const MISSING: Self = Self(u8::MAX, 0);

    /// Of a value in a scroll.
    pub(crate) fn of(value: &Ordered, descending: bool) -> Self {
        let (kind, bits) = match value {
            Ordered::Bool(truth) => (0, u64::from(*truth)),
            // The nearest float of a whole number never passes another float.
            Ordered::Number(Number::Whole(number)) => (1, ascending_bits(*number as f64)),
            Ordered::Number(Number::Float(number)) => (1, ascending_bits(*number)),
            Ordered::DateTime(time) => (2, ascending_bits(time.seconds() as f64)),
            Ordered::String(text) => (3, first_bytes(text)),
        };
        if descending {
            Self(3 - kind, !bits)
        } else {
            Self(kind, bits)
        }
    }
}

/// The bits of a float as a number that ascends with it.
fn ascending_bits(number: f64) -> u64 {
    let bits = number.to_bits();
    if number.is_sign_negative() {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// The first eight bytes of a text as a number that ascends with it.
fn first_bytes(text: &str) -> u64 {
    let mut first = [0; 8];
    for (first, byte) in first.iter_mut().zip(text.bytes()) {
        *first = byte;
    }
    u64::from_be_bytes(first)
}

impl Position {
    /// About where it is.
    pub(crate) fn rough(&self) -> Rough {
        match &self.value {
            Directed::Ascending(value) => Rough::of(value, false),
            Directed::Descending(Reverse(value)) => Rough::of(value, true),
            Directed::Missing => Rough::MISSING,
        }
    }

    /// Where a point with this value, or without one, stands.
    pub(crate) fn at(value: Option<Ordered>, number: u32, descending: bool) -> Self {
        let value = match value {
            None => Directed::Missing,
            Some(value) if descending => Directed::Descending(Reverse(value)),
            Some(value) => Directed::Ascending(value),
        };
        Self { value, number }
    }

    /// Where a point with this payload stands.
    pub(crate) fn of(payload: &Payload, number: u32, order: &OrderBy) -> Self {
        let mut best: Option<Ordered> = None;
        any_element_at(payload, &order.key, &mut |element| {
            if let Some(found) = Ordered::of(element) {
                let is_better = best.as_ref().is_none_or(|best| {
                    if order.descending {
                        found > *best
                    } else {
                        found < *best
                    }
                });
                if is_better {
                    best = Some(found);
                }
            }
            false
        });
        Self::at(best, number, order.descending)
    }
}

#[cfg(test)]
mod tests;
