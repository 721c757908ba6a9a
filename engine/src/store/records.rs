//! Value encodings: a version byte, postcard, and a CRC-32 at the end.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::point::{PointId, Span};
use crate::schema::CollectionSchema;
use crate::value::Payload;
use crate::vector_view::{RowId, RowRange};

/// The version that this code writes; see docs/format.md.
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 4;

/// A collection's name and schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CollectionRecord {
    pub(crate) name: String,
    pub(crate) schema: CollectionSchema,
    /// The generation that answers searches.
    pub(crate) generation: u32,
    /// Set first when it is dropped, so that a crash cannot leave half of it in use.
    pub(crate) dropped: bool,
}

/// A collection's counters; written with every operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// The last operation applied.
    pub(crate) sequence: u64,
    /// The number that the next new id gets.
    pub(crate) next_number: u32,
    pub(crate) points: u64,
    pub(crate) rows: u64,
}

/// What a search needs of a point: small, so that many fit in the block cache.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PointHeader {
    pub(crate) id: PointId,
    /// The last operation that changed it.
    pub(crate) sequence: u64,
    /// The operation that wrote its text and rows.
    pub(crate) content_sequence: u64,
    /// Ordinal of its first row in that operation.
    pub(crate) first_ordinal: u32,
    /// One for each row.
    pub(crate) spans: Vec<Span>,
    pub(crate) expires_at_ms: Option<u64>,
}

impl PointHeader {
    /// Its rows.
    pub(crate) fn rows(&self) -> RowRange {
        RowRange {
            sequence: self.content_sequence,
            first: self.first_ordinal,
            count: self.spans.len() as u32,
        }
    }

    /// Which of its chunks `row` is; none when the row was replaced.
    pub(crate) fn chunk_of(&self, row: RowId) -> Option<usize> {
        if row.sequence != self.content_sequence {
            return None;
        }
        let index = row.ordinal.checked_sub(self.first_ordinal)? as usize;
        (index < self.spans.len()).then_some(index)
    }

    /// Whether it is hidden at `now_ms`.
    pub(crate) fn is_expired(&self, now_ms: u64) -> bool {
        self.expires_at_ms
            .is_some_and(|expires_at_ms| expires_at_ms <= now_ms)
    }
}

/// A point's text and payload.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct DocumentRecord {
    pub(crate) text: Option<String>,
    pub(crate) payload: Payload,
}

/// What one operation changed: all that a view needs to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Change {
    /// Points written or deleted.
    pub(crate) numbers: Vec<u32>,
    /// Rows that are no longer part of a point.
    pub(crate) retired: Vec<RowRange>,
}

/// Encodes a record.
pub(crate) fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>> {
    let bytes = postcard::to_extend(record, vec![VERSION])
        .map_err(|error| Error::backend("encode a record", error))?;
    Ok(seal(bytes))
}

/// Decodes a record after checking its version and checksum.
pub(crate) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T> {
    let body = unseal(what, bytes)?;
    postcard::from_bytes(body).map_err(|error| Error::corrupt(what, error.to_string()))
}

/// Encodes a row: its point's number and its vector.
pub(crate) fn encode_row(point: u32, vector: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + 4 + vector.len() * 4 + CHECKSUM_BYTES);
    bytes.push(VERSION);
    bytes.extend(point.to_le_bytes());
    for component in vector {
        bytes.extend(component.to_le_bytes());
    }
    seal(bytes)
}

/// Decodes a row of `dimensions` numbers.
pub(crate) fn decode_row(bytes: &[u8], dimensions: usize) -> Result<(u32, Vec<f32>)> {
    let body = unseal("a row", bytes)?;
    let (point, components) = body
        .split_first_chunk::<4>()
        .ok_or_else(|| Error::corrupt("a row", format!("{} bytes", body.len())))?;
    if components.len() != dimensions * 4 {
        let found = components.len();
        let problem = format!("{found} bytes of vector, expected {}", dimensions * 4);
        return Err(Error::corrupt("a row", problem));
    }
    let vector = components
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    Ok((u32::from_le_bytes(*point), vector))
}

/// Appends the checksum to bytes that begin with the version.
fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

/// The bytes between version and checksum, if both are right.
fn unseal<'a>(what: &str, bytes: &'a [u8]) -> Result<&'a [u8]> {
    let (body, checksum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or_else(|| Error::corrupt(what, format!("only {} bytes", bytes.len())))?;
    let (found, expected) = (crc32fast::hash(body), u32::from_le_bytes(*checksum));
    if found != expected {
        let problem = format!("checksum {found:08x}, expected {expected:08x}");
        return Err(Error::corrupt(what, problem));
    }
    match body.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        Some((version, _)) => Err(Error::corrupt(
            what,
            format!("version {version}, expected {VERSION}"),
        )),
        None => Err(Error::corrupt(what, "no version byte")),
    }
}

#[cfg(test)]
mod tests;
