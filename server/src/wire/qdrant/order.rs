//! Qdrant's order of a scroll as ours.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::{ApiError, Result};
use crate::wire::point::{Direction, OrderBy};

/// A key, or a key with a direction and a value to begin at.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Order {
    Key(String),
    Whole(WholeOrder),
}

/// A key with a direction and a value to begin at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WholeOrder {
    key: String,
    direction: Option<Direction>,
    start_from: Option<Value>,
}

/// Reads an order, and puts into the filter what it leaves out: points without the value, and
/// those before `start_from`.
pub(crate) fn read(json: Value, filter: Option<Value>) -> Result<(OrderBy, Value)> {
    let order: Order = serde_json::from_value(json).map_err(|_| {
        ApiError::invalid(
            "order_by",
            "invalid_value",
            "`order_by` is neither a key nor an object with `key`, `direction` and `start_from`",
        )
    })?;
    let (key, direction, start_from) = match order {
        Order::Key(key) => (key, None, None),
        Order::Whole(order) => (order.key, order.direction, order.start_from),
    };
    let direction = direction.unwrap_or_default();
    let mut must = vec![json!({"must_not": [{"is_empty": {"key": key}}]})];
    must.extend(filter.filter(|filter| !filter.is_null()));
    if let Some(from) = start_from {
        let bound = match direction {
            Direction::Asc => "gte",
            Direction::Desc => "lte",
        };
        must.push(json!({"key": key, "range": {bound: from}}));
    }
    // Ours looks into lists by itself, as filters do.
    let key = key.replace("[]", "");
    Ok((OrderBy { key, direction }, json!({ "must": must })))
}
