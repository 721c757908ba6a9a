//! Conditions on payloads, and the one evaluator that every hit passes.

use crate::error::{Error, Result};
use crate::value::{Payload, Value};

/// How deep groups may nest, the outermost counted.
pub(crate) const FILTER_DEPTH_MAX: usize = 16;
/// Conditions and groups in one filter, the outermost not counted.
pub(crate) const FILTER_CLAUSES_MAX: usize = 1_024;
/// Values in all `any` lists of one filter.
pub(crate) const FILTER_VALUES_MAX: usize = 10_000;
/// The longest key, in bytes. Payload values at longer paths are stored but cannot be asked for.
pub(crate) const FILTER_KEY_BYTES_MAX: usize = 512;
/// The longest string to compare with, in bytes.
pub(crate) const FILTER_VALUE_BYTES_MAX: usize = 32 * 1024;

/// A group of conditions. Empty lists do not constrain.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// All of these hold.
    pub must: Vec<Clause>,
    /// At least one of these holds, if there are any.
    pub should: Vec<Clause>,
    /// None of these holds.
    pub must_not: Vec<Clause>,
}

/// A condition or a nested group.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// One condition.
    Condition(FilterCondition),
    /// A nested group.
    Group(Filter),
}

/// A condition on the value at a dotted path. For a list, one element that fits is enough, at any
/// depth. A key that itself contains dots is found, too: `a.b` asks for `{"a": {"b": ..}}` as well
/// as for `{"a.b": ..}`.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterCondition {
    /// The dotted path, such as `author.name`.
    pub key: String,
    /// What the value must be.
    pub test: FilterTest,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterTest {
    /// Equal to one of these (strings, numbers, booleans). Numbers compare by value: `1` is `1.0`.
    Any(Vec<Value>),
    /// A number within bounds, compared as `f64`.
    Range(Range),
    /// Present (also null) or absent.
    Exists(bool),
}

/// Bounds on a number; none is open.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// Greater than.
    pub gt: Option<f64>,
    /// Greater than or equal.
    pub gte: Option<f64>,
    /// Less than.
    pub lt: Option<f64>,
    /// Less than or equal.
    pub lte: Option<f64>,
}

impl Filter {
    /// Refuses what is too large to evaluate, or can never be meant. `field` is where the filter
    /// stands in the request.
    pub(crate) fn check(&self, field: &str) -> Result<()> {
        check_group(self, field, FILTER_DEPTH_MAX, &mut Totals::default())
    }

    /// Whether a payload passes. Nothing else decides this: an index that answers a filter is
    /// compared with this function.
    pub(crate) fn matches(&self, payload: &Payload) -> bool {
        self.must.iter().all(|clause| clause.matches(payload))
            && (self.should.is_empty() || self.should.iter().any(|clause| clause.matches(payload)))
            && !self.must_not.iter().any(|clause| clause.matches(payload))
    }
}

impl Clause {
    fn matches(&self, payload: &Payload) -> bool {
        match self {
            Self::Condition(condition) => condition.matches(payload),
            Self::Group(group) => group.matches(payload),
        }
    }
}

impl FilterCondition {
    fn matches(&self, payload: &Payload) -> bool {
        let path = self.key.as_str();
        match &self.test {
            FilterTest::Exists(expected) => any_at(payload, path, &|_| true) == *expected,
            FilterTest::Any(values) => any_at(payload, path, &|found| {
                any_element(found, &|element| {
                    let scalar = Scalar::of(element);
                    scalar.is_some() && values.iter().any(|value| Scalar::of(value) == scalar)
                })
            }),
            FilterTest::Range(range) => any_at(payload, path, &|found| {
                any_element(found, &|element| {
                    element
                        .as_number()
                        .is_some_and(|number| number.is_finite() && range.contains(number))
                })
            }),
        }
    }
}

impl Range {
    /// Whether a number lies within the bounds.
    pub(crate) fn contains(&self, number: f64) -> bool {
        self.gt.is_none_or(|bound| number > bound)
            && self.gte.is_none_or(|bound| number >= bound)
            && self.lt.is_none_or(|bound| number < bound)
            && self.lte.is_none_or(|bound| number <= bound)
    }

    fn bounds(&self) -> [(&'static str, Option<f64>); 4] {
        [
            ("gt", self.gt),
            ("gte", self.gte),
            ("lt", self.lt),
            ("lte", self.lte),
        ]
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

/// Whether a value at the dotted path passes. Objects inside lists are searched, each element.
fn any_at(object: &Payload, path: &str, test: &dyn Fn(&Value) -> bool) -> bool {
    if object.get(path).is_some_and(test) {
        return true;
    }
    path.match_indices('.').any(|(dot, _)| {
        let (key, rest) = (&path[..dot], &path[dot + 1..]);
        object
            .get(key)
            .is_some_and(|value| any_below(value, rest, test))
    })
}

fn any_below(value: &Value, path: &str, test: &dyn Fn(&Value) -> bool) -> bool {
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

fn any_element(value: &Value, test: &dyn Fn(&Value) -> bool) -> bool {
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

#[derive(Debug, Default)]
struct Totals {
    clauses: usize,
    values: usize,
}

fn check_group(group: &Filter, field: &str, depth_left: usize, totals: &mut Totals) -> Result<()> {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        return Err(Error::invalid(
            field,
            "filter_too_deep",
            format!(
                "groups nest deeper than {FILTER_DEPTH_MAX}; merge inner groups into outer ones"
            ),
        ));
    };
    let lists = [
        ("must", &group.must),
        ("should", &group.should),
        ("must_not", &group.must_not),
    ];
    for (name, clauses) in lists {
        totals.clauses += clauses.len();
        if totals.clauses > FILTER_CLAUSES_MAX {
            return Err(Error::invalid(
                format!("{field}.{name}"),
                "filter_too_large",
                format!("more than {FILTER_CLAUSES_MAX} conditions and groups in one filter"),
            ));
        }
        for (place, clause) in clauses.iter().enumerate() {
            let field = format!("{field}.{name}[{place}]");
            match clause {
                Clause::Condition(condition) => check_condition(condition, &field, totals)?,
                Clause::Group(inner) => check_group(inner, &field, depth_left, totals)?,
            }
        }
    }
    Ok(())
}

fn check_condition(condition: &FilterCondition, field: &str, totals: &mut Totals) -> Result<()> {
    let bytes = condition.key.len();
    if bytes == 0 || bytes > FILTER_KEY_BYTES_MAX {
        return Err(Error::invalid(
            format!("{field}.key"),
            "filter_key_invalid",
            format!("a key of {bytes} bytes, expected 1 to {FILTER_KEY_BYTES_MAX}"),
        ));
    }
    match &condition.test {
        FilterTest::Exists(_) => Ok(()),
        FilterTest::Range(range) => check_range(range, field),
        FilterTest::Any(values) => {
            totals.values += values.len();
            check_values(values, field, totals.values)
        }
    }
}

fn check_range(range: &Range, field: &str) -> Result<()> {
    for (name, bound) in range.bounds() {
        if bound.is_some_and(f64::is_nan) {
            return Err(Error::invalid(
                format!("{field}.range.{name}"),
                "filter_range_invalid",
                "not a number, expected a number",
            ));
        }
    }
    Ok(())
}

fn check_values(values: &[Value], field: &str, count: usize) -> Result<()> {
    let field = format!("{field}.match");
    if count > FILTER_VALUES_MAX {
        return Err(Error::invalid(
            field,
            "filter_too_large",
            format!("more than {FILTER_VALUES_MAX} values to compare with in one filter"),
        ));
    }
    for value in values {
        match Scalar::of(value) {
            None => {
                return Err(Error::invalid(
                    field,
                    "filter_value_invalid",
                    "null, a list, an object or a number that is not finite; expected strings, \
                     numbers or booleans (for null, use `exists`)",
                ));
            }
            Some(Scalar::String(text)) if text.len() > FILTER_VALUE_BYTES_MAX => {
                let bytes = text.len();
                return Err(Error::invalid(
                    field,
                    "filter_value_invalid",
                    format!(
                        "a string of {bytes} bytes, at most {FILTER_VALUE_BYTES_MAX} are allowed"
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
