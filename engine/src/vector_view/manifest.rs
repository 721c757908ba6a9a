//! What the view keeps in the store: the list of sealed segments, and each one's deleted set.
//!
//! Both records are one version byte, the CRC-32 of what follows (4 bytes, little-endian), and the
//! body: postcard for the manifest, the portable roaring format for a deleted set.

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::row::{RowId, VectorShape};
use super::sealed::SegmentEntry;
use super::table::RecallTable;

/// The version of both records.
const VERSION: u8 = 1;
/// Bytes before a record's body.
const PREFIX_BYTES: usize = 5;
/// The longest manifest that is read: far above what the most segments need.
pub(crate) const MANIFEST_BYTES_MAX: usize = 64 << 20;
/// The longest deleted set that is read: 2^32 rows as a plain bitmap.
pub(crate) const DELETED_BYTES_MAX: usize = 600 << 20;

/// Where the view keeps its records. The store implements it with one synced batch per call; tests
/// keep them in memory and make calls fail.
///
/// After `save` returns `Ok` the records survive a crash; after `Err` either the old ones or the
/// new ones do.
pub(crate) trait ManifestStore: Send + Sync {
    /// Replaces the manifest, puts these deleted sets, and removes those of these segments.
    fn save(&self, manifest: &[u8], deleted: &[(u64, Vec<u8>)], removed: &[u64]) -> Result<()>;
    /// The manifest and all deleted sets, or nothing when none was saved.
    #[expect(
        clippy::type_complexity,
        reason = "one record and a list of keyed records"
    )]
    fn load(&self) -> Result<Option<(Vec<u8>, Vec<(u64, Vec<u8>)>)>>;
}

/// The list of sealed segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Numbers in a vector.
    pub(crate) dimensions: u32,
    /// The id that the next segment takes.
    pub(crate) next_segment: u64,
    /// Deletions up to this sequence number are in the deleted sets.
    pub(crate) applied: u64,
    /// Rows up to this one are in sealed segments or dead.
    pub(crate) sealed_through: Option<RowId>,
    /// The segments, in ascending order of rows.
    pub(crate) segments: Vec<(SegmentEntry, RecallTable)>,
}

impl Manifest {
    /// The record.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let body = postcard::to_stdvec(self);
        let body = body.map_err(|error| Error::backend("encode the manifest", error))?;
        Ok(frame(&body))
    }

    /// Reads a record, and checks what the rest of the view relies on.
    pub(crate) fn decode(record: &[u8], shape: &VectorShape) -> Result<Self> {
        let body = unframe("the vector manifest", record, MANIFEST_BYTES_MAX)?;
        // postcard borrows from the record and serde bounds what it allocates ahead, so a length
        // in the body cannot ask for more than the body holds.
        let manifest: Self = postcard::from_bytes(body)
            .map_err(|error| Error::corrupt("the vector manifest", error.to_string()))?;
        manifest.check(shape)?;
        Ok(manifest)
    }

    fn check(&self, shape: &VectorShape) -> Result<()> {
        let corrupt = |problem: String| Err(Error::corrupt("the vector manifest", problem));
        if self.dimensions as usize != shape.dimensions {
            let expected = shape.dimensions;
            return corrupt(format!(
                "{} dimensions, expected {expected}",
                self.dimensions
            ));
        }
        let mut last = None;
        for (entry, table) in &self.segments {
            let id = entry.id;
            if id >= self.next_segment || entry.rows == 0 {
                return corrupt(format!(
                    "segment {id} has an id or a row count out of range"
                ));
            }
            if entry.first > entry.last || last >= Some(entry.first) {
                return corrupt(format!("segment {id} overlaps the one before it"));
            }
            if table
                .cells
                .iter()
                .any(|cell| cell.graph as usize >= entry.graphs.len())
            {
                return corrupt(format!(
                    "segment {id} has measured a graph it does not have"
                ));
            }
            last = Some(entry.last);
        }
        let mut ids: Vec<u64> = self.segments.iter().map(|(entry, _)| entry.id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != self.segments.len() || last > self.sealed_through {
            return corrupt("segments share an id or end beyond what was sealed".to_owned());
        }
        Ok(())
    }
}

/// The record of a deleted set.
pub(crate) fn encode_deleted(dead: &RoaringBitmap) -> Result<Vec<u8>> {
    let mut body = Vec::with_capacity(dead.serialized_size());
    let written = dead.serialize_into(&mut body);
    written.map_err(|error| Error::backend("encode a deleted set", error))?;
    Ok(frame(&body))
}

/// Reads the deleted set of a segment of `rows` rows.
pub(crate) fn decode_deleted(record: &[u8], segment: u64, rows: u32) -> Result<RoaringBitmap> {
    let what = format!("the deleted set of segment {segment}");
    let body = unframe(&what, record, DELETED_BYTES_MAX)?;
    let dead = RoaringBitmap::deserialize_from(body)
        .map_err(|error| Error::corrupt(&what, error.to_string()))?;
    match dead.max() {
        Some(offset) if offset >= rows => Err(Error::corrupt(
            &what,
            format!("offset {offset}, expected below {rows}"),
        )),
        _ => Ok(dead),
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(PREFIX_BYTES + body.len());
    record.push(VERSION);
    record.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    record.extend_from_slice(body);
    record
}

fn unframe<'a>(what: &str, record: &'a [u8], bytes_max: usize) -> Result<&'a [u8]> {
    if record.len() > bytes_max {
        let problem = format!("{} bytes, expected at most {bytes_max}", record.len());
        return Err(Error::corrupt(what, problem));
    }
    let Some((&[version, a, b, c, d], body)) = record.split_first_chunk::<PREFIX_BYTES>() else {
        return Err(Error::corrupt(
            what,
            format!("{} bytes, too short", record.len()),
        ));
    };
    if version != VERSION {
        return Err(Error::corrupt(
            what,
            format!("version {version}, expected {VERSION}"),
        ));
    }
    let (expected, found) = (u32::from_le_bytes([a, b, c, d]), crc32fast::hash(body));
    if found != expected {
        let problem = format!("checksum {found:08x}, expected {expected:08x}");
        return Err(Error::corrupt(what, problem));
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
