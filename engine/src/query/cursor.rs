//! Where a page of points ended, as text that a caller sends back.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::schema::CollectionName;
use crate::store::keys::CollectionId;

use super::order::Position;
use super::request::ScrollRequest;

/// Changes whenever the same text would mean something else.
const VERSION: u8 = 1;
/// Longer texts are none of ours.
const TEXT_BYTES_MAX: usize = 1_024;

/// A cursor's content.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cursor {
    version: u8,
    collection: u32,
    /// Tells filters and orders apart.
    question: u32,
    after: After,
}

/// The last point of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum After {
    /// In the order in which ids were first written.
    Number(u32),
    /// In the order of a payload field.
    Position(Position),
}

/// Writes a cursor: postcard, then its checksum, in hexadecimal.
pub(crate) fn write(of: CollectionId, request: &ScrollRequest, after: After) -> Result<String> {
    let cursor = Cursor {
        version: VERSION,
        collection: of.0,
        question: question(request)?,
        after,
    };
    let mut bytes = postcard::to_extend(&cursor, Vec::new())
        .map_err(|error| Error::backend("write a cursor", error))?;
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Reads a cursor; refuses one of another collection, filter or order.
pub(crate) fn read(
    of: CollectionId,
    name: &CollectionName,
    request: &ScrollRequest,
) -> Result<Option<After>> {
    let Some(text) = &request.cursor else {
        return Ok(None);
    };
    let refused = |problem: String| Error::invalid("cursor", "cursor_invalid", problem);
    let cursor = parse(text).ok_or_else(|| {
        refused("no cursor of a scroll; send `cursor` of the last answer as it is".to_owned())
    })?;
    if cursor.collection != of.0 {
        return Err(refused(format!(
            "a cursor of another collection than `{name}` is now; begin without one"
        )));
    }
    if cursor.question != question(request)? {
        return Err(refused(
            "a cursor of another `filter` or `order_by`; send those of its page, or begin without \
             a cursor"
                .to_owned(),
        ));
    }
    Ok(Some(cursor.after))
}

fn parse(text: &str) -> Option<Cursor> {
    if text.len() > TEXT_BYTES_MAX || !text.len().is_multiple_of(2) {
        return None;
    }
    let bytes: Vec<u8> = text
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect::<Option<_>>()?;
    let (body, checksum) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let cursor: Cursor = postcard::from_bytes(body).ok()?;
    (cursor.version == VERSION).then_some(cursor)
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

/// A checksum of what decides which points come in which order.
fn question(request: &ScrollRequest) -> Result<u32> {
    let bytes = postcard::to_extend(&(&request.filter, &request.order_by), Vec::new())
        .map_err(|error| Error::backend("write a cursor", error))?;
    Ok(crc32fast::hash(&bytes))
}

#[cfg(test)]
mod tests;
