//! Conditions on payloads, and the one evaluator that every hit passes.

use crate::value::Value;

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

/// A condition on the value at a dotted path. For a list, one element that fits is enough.
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
    /// Equal to one of these (strings, numbers, booleans).
    Any(Vec<Value>),
    /// A number within bounds.
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
