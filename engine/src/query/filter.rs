//! Conditions on payloads, and the one evaluator that every hit passes.

mod limits;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::point::PointId;
use crate::value::{Payload, Value};

use super::date_time::DateTime;
use super::geo::{GeoArea, GeoPoint};

/// How deep groups may nest, the outermost counted.
pub(crate) const FILTER_DEPTH_MAX: usize = 16;
/// Conditions and groups in one filter, the outermost not counted.
pub(crate) const FILTER_CLAUSES_MAX: usize = 1_024;
/// Values in all `any` and `other_than` lists and ids of one filter.
pub(crate) const FILTER_VALUES_MAX: usize = 10_000;
/// The longest key, in bytes. Payload values at longer paths are stored but cannot be asked for.
pub(crate) const FILTER_KEY_BYTES_MAX: usize = 512;
/// The longest string to compare with, in bytes.
pub(crate) const FILTER_VALUE_BYTES_MAX: usize = 32 * 1024;

/// A group of conditions. Empty lists do not constrain.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// All of these hold.
    pub must: Vec<Clause>,
    /// At least one of these holds, if there are any.
    pub should: Vec<Clause>,
    /// None of these holds.
    pub must_not: Vec<Clause>,
}

/// A condition or a nested group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Clause {
    /// One condition.
    Condition(FilterCondition),
    /// A nested group.
    Group(Filter),
    /// The point has one of these ids, as [`PointId`] writes them.
    HasId(BTreeSet<String>),
    /// One object passes alone.
    Nested(Nested),
}

/// A filter on one object at a path: of a list, an element that passes the whole filter by itself
/// is enough, at any depth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    /// The dotted path of the object, or of the list of objects.
    pub key: String,
    /// What it must pass; paths begin at the object. Ids cannot be asked for.
    pub filter: Filter,
}

/// A condition on the value at a dotted path. For a list, one element that fits is enough, at any
/// depth. A key that itself contains dots is found, too: `a.b` asks for `{"a": {"b": ..}}` as well
/// as for `{"a.b": ..}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilterCondition {
    /// The dotted path, such as `author.name`.
    pub key: String,
    /// What the value must be.
    pub test: FilterTest,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FilterTest {
    /// Equal to one of these (strings, numbers, booleans). Numbers compare by value: `1` is `1.0`.
    Any(Vec<Value>),
    /// A string that begins with this one.
    Prefix(String),
    /// A number within bounds, compared as `f64`.
    Range(Range),
    /// A string that is a point in time within bounds; see [`DateTime::parse`].
    DateRange(Range<DateTime>),
    /// An object with numbers `lat` and `lon` that is a place within the area.
    Geo(GeoArea),
    /// Present (also null) or absent.
    Exists(bool),
    /// Null, or a list with null in it; or not so.
    Null(bool),
    /// Absent, null or a list without elements; or anything else.
    Empty(bool),
    /// Anything but null that is equal to none of these.
    OtherThan(Vec<Value>),
}

/// Bounds on a number or a point in time; none is open.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Range<T = f64> {
    /// Greater than.
    pub gt: Option<T>,
    /// Greater than or equal.
    pub gte: Option<T>,
    /// Less than.
    pub lt: Option<T>,
    /// Less than or equal.
    pub lte: Option<T>,
}

impl Filter {
    /// Refuses what is too large to evaluate, or can never be meant. `field` is where the filter
    /// stands in the request.
    pub(crate) fn check(&self, field: &str) -> Result<()> {
        limits::check(self, field)
    }

    /// Whether a point passes. Nothing else decides this: an index that answers a filter is
    /// compared with this function.
    pub(crate) fn matches(&self, id: &PointId, payload: &Payload) -> bool {
        let passes = |clause: &Clause| clause.matches(id, payload);
        self.must.iter().all(passes)
            && (self.should.is_empty() || self.should.iter().any(passes))
            && !self.must_not.iter().any(passes)
    }

    /// Calls `visit` with the ids of each clause that names some.
    pub(crate) fn visit_ids(&self, visit: &mut dyn FnMut(&BTreeSet<String>)) {
        for clause in [&self.must, &self.should, &self.must_not]
            .into_iter()
            .flatten()
        {
            match clause {
                Clause::HasId(ids) => visit(ids),
                Clause::Group(group) => group.visit_ids(visit),
                Clause::Condition(_) | Clause::Nested(_) => {}
            }
        }
    }
}

impl Clause {
    fn matches(&self, id: &PointId, payload: &Payload) -> bool {
        match self {
            Self::Condition(condition) => condition.matches(payload),
            Self::Group(group) => group.matches(id, payload),
            Self::HasId(ids) => ids.contains(&id.to_string()),
            Self::Nested(Nested { key, filter }) => any_element_at(
                payload,
                key,
                &mut |element| matches!(element, Value::Object(object) if filter.matches(id, object)),
            ),
        }
    }
}

impl FilterCondition {
    fn matches(&self, payload: &Payload) -> bool {
        match &self.test {
            FilterTest::Exists(expected) => any_at(payload, &self.key, &mut |_| true) == *expected,
            FilterTest::Null(expected) => {
                let is_null = |element: &Value| matches!(element, Value::Null);
                self.any_passes(payload, is_null) == *expected
            }
            FilterTest::Empty(expected) => {
                any_at(payload, &self.key, &mut |value| !is_blank(value)) != *expected
            }
            FilterTest::Any(values) => self.any_passes(payload, |element| is_any(element, values)),
            FilterTest::OtherThan(values) => self.any_passes(payload, |element| {
                !matches!(element, Value::Null) && !is_any(element, values)
            }),
            FilterTest::Prefix(prefix) => self.any_passes(payload, |element| {
                element
                    .as_string()
                    .is_some_and(|text| text.starts_with(prefix.as_str()))
            }),
            FilterTest::Range(range) => self.any_passes(payload, |element| {
                element
                    .as_number()
                    .is_some_and(|number| number.is_finite() && range.contains(number))
            }),
            FilterTest::DateRange(range) => self.any_passes(payload, |element| {
                element
                    .as_string()
                    .and_then(DateTime::parse)
                    .is_some_and(|time| range.contains(time))
            }),
            FilterTest::Geo(area) => self.any_passes(payload, |element| {
                GeoPoint::of(element).is_some_and(|point| area.contains(point))
            }),
        }
    }

    /// Whether a value at the path passes, or an element of a list there.
    fn any_passes(&self, payload: &Payload, test: impl Fn(&Value) -> bool) -> bool {
        any_element_at(payload, &self.key, &mut |element| test(element))
    }
}

/// Whether a value is equal to one of these.
fn is_any(value: &Value, values: &[Value]) -> bool {
    let scalar = Scalar::of(value);
    scalar.is_some() && values.iter().any(|value| Scalar::of(value) == scalar)
}

/// Whether a value at a path says nothing: null, or a list without elements.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(elements) => elements.is_empty(),
        Value::Bool(_)
        | Value::Integer(_)
        | Value::Unsigned(_)
        | Value::Float(_)
        | Value::String(_)
        | Value::Object(_) => false,
    }
}

impl<T: PartialOrd + Copy> Range<T> {
    /// Whether a value lies within the bounds.
    pub(crate) fn contains(&self, value: T) -> bool {
        self.gt.is_none_or(|bound| value > bound)
            && self.gte.is_none_or(|bound| value >= bound)
            && self.lt.is_none_or(|bound| value < bound)
            && self.lte.is_none_or(|bound| value <= bound)
    }
}

/// A value that can be compared for equality. Every number has one form, so that equal numbers
/// are equal scalars: a whole float is an integer, an integer above `i64::MAX` is unsigned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'a> {
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    String(&'a str),
}

impl<'a> Scalar<'a> {
    /// The comparable form of a value; none for null, lists, objects and numbers that are not
    /// finite.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(Self::Bool(*truth)),
            Value::Integer(number) => Some(Self::Integer(*number)),
            Value::Unsigned(number) => {
                Some(i64::try_from(*number).map_or(Self::Unsigned(*number), Self::Integer))
            }
            Value::Float(number) => Self::of_float(*number),
            Value::String(text) => Some(Self::String(text)),
            Value::Null | Value::List(_) | Value::Object(_) => None,
        }
    }

    fn of_float(number: f64) -> Option<Self> {
        // Both limits are powers of two and so exact; the upper ones are excluded.
        const I64_END: f64 = 9_223_372_036_854_775_808.0;
        const U64_END: f64 = 18_446_744_073_709_551_616.0;
        if !number.is_finite() {
            None
        } else if number.fract() != 0.0 || !(-I64_END..U64_END).contains(&number) {
            Some(Self::Float(number))
        } else if number < I64_END {
            Some(Self::Integer(number as i64))
        } else {
            Some(Self::Unsigned(number as u64))
        }
    }
}

/// Whether a value at the dotted path passes, or, where it is a list, an element of it at any
/// depth.
pub(crate) fn any_element_at(
    payload: &Payload,
    path: &str,
    test: &mut dyn FnMut(&Value) -> bool,
) -> bool {
    any_at(payload, path, &mut |found| any_element(found, test))
}

/// Whether a value at the dotted path passes. Objects inside lists are searched, each element.
fn any_at(object: &Payload, path: &str, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    if object.get(path).is_some_and(&mut *test) {
        return true;
    }
    path.match_indices('.').any(|(dot, _)| {
        let (key, rest) = (&path[..dot], &path[dot + 1..]);
        object
            .get(key)
            .is_some_and(|value| any_below(value, rest, test))
    })
}

fn any_below(value: &Value, path: &str, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Object(object) => any_at(object, path, test),
        Value::List(values) => values.iter().any(|value| any_below(value, path, test)),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Unsigned(_)
        | Value::Float(_)
        | Value::String(_) => false,
    }
}

fn any_element(value: &Value, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::List(values) => values.iter().any(|value| any_element(value, test)),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Unsigned(_)
        | Value::Float(_)
        | Value::String(_)
        | Value::Object(_) => test(value),
    }
}

#[cfg(test)]
mod tests;
