//! A point's payload between JSON and the engine.

use engine::{Payload, Value};
use serde_json::{Map, Number};

/// A JSON object.
pub(crate) type Object = Map<String, serde_json::Value>;

/// From JSON. Size and depth are the engine's to check.
pub(crate) fn to_engine(object: Object) -> Payload {
    object
        .into_iter()
        .map(|(key, value)| (key, value_to_engine(value)))
        .collect()
}

/// To JSON.
pub(crate) fn from_engine(payload: Payload) -> Object {
    payload
        .into_iter()
        .map(|(key, value)| (key, value_from_engine(value)))
        .collect()
}

/// One value from JSON.
pub(crate) fn value_to_engine(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::Number(number) => number_to_engine(&number),
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(values) => {
            Value::List(values.into_iter().map(value_to_engine).collect())
        }
        serde_json::Value::Object(object) => Value::Object(to_engine(object)),
    }
}

fn number_to_engine(number: &Number) -> Value {
    if let Some(integer) = number.as_i64() {
        Value::Integer(integer)
    } else if let Some(unsigned) = number.as_u64() {
        Value::Unsigned(unsigned)
    } else {
        // serde_json parses every other number into a finite float.
        Value::Float(number.as_f64().unwrap_or_default())
    }
}

/// One value to JSON.
pub(crate) fn value_from_engine(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => truth.into(),
        Value::Integer(number) => number.into(),
        Value::Unsigned(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::String(text) => text.into(),
        Value::List(values) => values.into_iter().map(value_from_engine).collect(),
        Value::Object(object) => from_engine(object).into(),
    }
}

#[cfg(test)]
mod tests;
