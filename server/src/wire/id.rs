//! A point's id: a string or an unsigned integer.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use engine::{ID_BYTES_MAX, PointId};

use crate::problem::{ApiError, Result};

/// A point's id. `7` and `"7"` name one point; it is given back as last written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Id {
    Integer(u64),
    String(String),
}

impl Id {
    /// Refuses an empty or over-long id, naming `field`.
    pub(crate) fn check(self, field: &str) -> Result<PointId> {
        match self {
            Self::Integer(number) => Ok(PointId::Integer(number)),
            Self::String(text) if text.is_empty() => Err(ApiError::invalid(
                field,
                "id_empty",
                format!("`{field}` is empty, expected 1 to {ID_BYTES_MAX} bytes"),
            )),
            Self::String(text) if text.len() > ID_BYTES_MAX => Err(ApiError::invalid(
                field,
                "id_too_long",
                format!(
                    "`{field}` has {} bytes, expected 1 to {ID_BYTES_MAX}",
                    text.len()
                ),
            )),
            Self::String(text) => Ok(PointId::String(text)),
        }
    }
}

/// Checks a list of ids, naming the one at fault.
pub(crate) fn check_all(ids: Vec<Id>, count_max: usize) -> Result<Vec<PointId>> {
    if ids.len() > count_max {
        return Err(ApiError::invalid(
            "ids",
            "too_many",
            format!(
                "`ids` has {} entries, at most {count_max} are taken",
                ids.len()
            ),
        ));
    }
    ids.into_iter()
        .enumerate()
        .map(|(index, id)| id.check(&format!("ids[{index}]")))
        .collect()
}

impl From<PointId> for Id {
    fn from(id: PointId) -> Self {
        match id {
            PointId::Integer(number) => Self::Integer(number),
            PointId::String(text) => Self::String(text),
        }
    }
}

/// The name that both forms of an id share.
impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(formatter),
            Self::String(text) => text.fmt(formatter),
        }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(number) => serializer.serialize_u64(*number),
            Self::String(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "a string of 1 to {ID_BYTES_MAX} bytes or an unsigned 64-bit integer"
        )
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
        Ok(Id::Integer(number))
    }

    /// JSON Schema calls `7.0` an integer, too. Beyond 2^53 a float may not be what was written.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Id, E> {
        const EXACT_END: f64 = 9_007_199_254_740_992.0;
        if number.fract() == 0.0 && (0.0..EXACT_END).contains(&number) {
            return Ok(Id::Integer(number as u64));
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        Ok(Id::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Id, E> {
        Ok(Id::String(text))
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        let string = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(ID_BYTES_MAX));
        let integer = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(u64::MAX));
        OneOfBuilder::new()
            .item(string)
            .item(integer)
            .description(Some(
                "A string of 1 to 256 bytes or an unsigned 64-bit integer. `7` and `\"7\"` name one point.",
            ))
            .into()
    }
}

impl ToSchema for Id {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }
}

#[cfg(test)]
mod tests;
