//! Payload values: what a JSON object can hold, without being tied to a JSON library.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How deep objects and lists may nest; deeper is refused before the log.
pub const PAYLOAD_DEPTH_MAX: usize = 32;
/// How many bytes a payload may take, counted as [`Value::weight`].
pub const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// A point's payload: keys to values.
pub type Payload = BTreeMap<String, Value>;

/// One payload value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Nothing, but present.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number above `i64::MAX`.
    Unsigned(u64),
    /// Any other finite number.
    Float(f64),
    /// Text.
    String(String),
    /// An ordered list.
    List(Vec<Value>),
    /// Keys to values.
    Object(Payload),
}

impl Value {
    /// About how many bytes the value takes when stored.
    pub fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 1,
            Self::Integer(_) | Self::Unsigned(_) | Self::Float(_) => 9,
            Self::String(text) => text.len() + 2,
            Self::List(values) => values.iter().map(Self::weight).sum::<usize>() + 2,
            Self::Object(object) => weight(object),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::List(values) => 1 + values.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(object) => 1 + object.values().map(Self::depth).max().unwrap_or(0),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Unsigned(_)
            | Self::Float(_)
            | Self::String(_) => 0,
        }
    }

    /// The number as a float, when it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Unsigned(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Null | Self::Bool(_) | Self::String(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The text, when it is one.
    pub(crate) fn as_string(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Unsigned(_)
            | Self::Float(_)
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }
}

/// About how many bytes `payload` takes when stored.
pub(crate) fn weight(payload: &Payload) -> usize {
    payload
        .iter()
        .map(|(key, value)| key.len() + 2 + value.weight())
        .sum::<usize>()
        + 2
}

/// Refuses payloads that are too deep, too large, or hold numbers that are not finite.
pub(crate) fn check(payload: &Payload, field: &str) -> Result<()> {
    let bytes = weight(payload);
    if bytes > PAYLOAD_BYTES_MAX {
        return Err(Error::invalid(
            field,
            "payload_too_large",
            format!("payload of {bytes} bytes, at most {PAYLOAD_BYTES_MAX} are allowed"),
        ));
    }
    let depth = 1 + payload.values().map(Value::depth).max().unwrap_or(0);
    if depth > PAYLOAD_DEPTH_MAX {
        return Err(Error::invalid(
            field,
            "payload_too_deep",
            format!("payload nests {depth} levels, at most {PAYLOAD_DEPTH_MAX} are allowed"),
        ));
    }
    Ok(())
}
