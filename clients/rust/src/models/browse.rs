//! Points without a query: scrolls and facets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::point::{Include, Point};

/// By which payload value points are ordered; those without it come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBy {
    /// The dotted path.
    pub key: String,
    /// Least first by default.
    #[serde(default)]
    pub direction: Direction,
}

/// Least first, or greatest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Least first.
    #[default]
    Asc,
    /// Greatest first.
    Desc,
}

/// A question for the values at a payload path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facet {
    /// The dotted path.
    pub key: String,
    /// Which points count; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// How many values; the server's default is 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl Facet {
    /// The values at a path, over all points.
    pub fn of(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            ..Self::default()
        }
    }
}

/// A value and how many points have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    /// A string, a number or a boolean.
    pub value: Value,
    /// Points with this value.
    pub count: u64,
}

/// A request for a page of points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scroll {
    /// Which points; all by default.
    pub filter: Option<Value>,
    /// By which payload value; by default the order in which ids were first written.
    pub order_by: Option<OrderBy>,
    /// How many; the server's default is 100.
    pub limit: Option<usize>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// Which parts.
    pub include: Include,
}

/// A page of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scrolled {
    /// In a stable order.
    pub points: Vec<Point>,
    /// For the next page; none at the end.
    pub cursor: Option<String>,
}
