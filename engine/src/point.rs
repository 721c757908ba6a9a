//! What a collection holds: points, their ids, and where their text was cut into chunks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::value::Payload;

/// The longest id, in bytes.
pub const ID_BYTES_MAX: usize = 256;

/// A point's name. `7` and `"7"` name one point; it is given back as last written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PointId {
    /// An unsigned 64-bit integer.
    Integer(u64),
    /// A string of 1 to [`ID_BYTES_MAX`] bytes.
    String(String),
}

impl PointId {
    /// The bytes that identify the point, the same for `7` and `"7"`.
    pub fn key(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    /// Refuses an empty or over-long id.
    pub(crate) fn check(&self, field: &str) -> Result<()> {
        match self {
            Self::String(text) if text.is_empty() => Err(Error::invalid(
                field,
                "id_empty",
                format!("an empty id, expected 1 to {ID_BYTES_MAX} bytes"),
            )),
            Self::String(text) if text.len() > ID_BYTES_MAX => Err(Error::invalid(
                field,
                "id_too_long",
                format!(
                    "an id of {} bytes, expected 1 to {ID_BYTES_MAX}",
                    text.len()
                ),
            )),
            Self::Integer(_) | Self::String(_) => Ok(()),
        }
    }
}

impl fmt::Display for PointId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::String(text) => formatter.write_str(text),
        }
    }
}

impl PartialEq for PointId {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for PointId {}

/// Where a chunk lies in its point's text, in bytes, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A part of a text with the vector computed from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Where the part lies in the text.
    pub span: Span,
    /// Its vector, of the collection's dimensions.
    pub vector: Vec<f32>,
}

/// A point as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its id as last written.
    pub id: PointId,
    /// The sequence number of the last operation that changed it.
    pub sequence: u64,
    /// Its text, if it was written with one and it was asked for.
    pub text: Option<String>,
    /// Its payload, if asked for; empty when written without one.
    pub payload: Option<Payload>,
    /// Its chunks with their vectors, if asked for.
    pub chunks: Option<Vec<Chunk>>,
    /// Milliseconds since the epoch after which it is hidden.
    pub expires_at_ms: Option<u64>,
}
