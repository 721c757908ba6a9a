//! Key encodings. Numbers are big-endian, so that byte order is number order.

use crate::vector_view::RowId;

/// A collection's number; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CollectionId(pub(crate) u32);

/// Model fingerprint, dimensions, chunking and ladder of a collection's rows; rows are keyed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(pub(crate) u32);

/// Kinds of records in the `meta` column family.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MetaKind {
    /// The next collection id.
    NextCollection = 1,
    /// A collection's name and schema.
    Collection = 2,
    /// A collection's counters.
    Counters = 3,
    /// The list of sealed segments of a generation.
    Manifest = 4,
    /// The deleted set of one segment.
    Deleted = 5,
    /// The collection of an alias.
    Alias = 6,
}

/// The key of the one record of `kind`.
pub(crate) fn meta(kind: MetaKind) -> Vec<u8> {
    vec![kind as u8]
}

/// The key of a collection's record of `kind`.
pub(crate) fn meta_of(kind: MetaKind, collection: CollectionId) -> Vec<u8> {
    let mut key = meta(kind);
    key.extend(collection.0.to_be_bytes());
    key
}

/// The key of an alias.
pub(crate) fn alias(name: &str) -> Vec<u8> {
    let mut key = meta(MetaKind::Alias);
    key.extend(name.as_bytes());
    key
}

/// The key of a generation's manifest.
pub(crate) fn manifest(collection: CollectionId, generation: Generation) -> Vec<u8> {
    let mut key = meta_of(MetaKind::Manifest, collection);
    key.extend(generation.0.to_be_bytes());
    key
}

/// The beginning of the keys of a generation's deleted sets.
pub(crate) fn deleted_sets(collection: CollectionId, generation: Generation) -> Vec<u8> {
    let mut key = meta_of(MetaKind::Deleted, collection);
    key.extend(generation.0.to_be_bytes());
    key
}

/// The key of one segment's deleted set.
pub(crate) fn deleted_set(
    collection: CollectionId,
    generation: Generation,
    segment: u64,
) -> Vec<u8> {
    let mut key = deleted_sets(collection, generation);
    key.extend(segment.to_be_bytes());
    key
}

/// The beginning of all of a collection's keys outside `meta`.
pub(crate) fn collection(collection: CollectionId) -> [u8; 4] {
    collection.0.to_be_bytes()
}

/// `ids`: a point id's bytes to its number.
pub(crate) fn id(of: CollectionId, point_key: &[u8]) -> Vec<u8> {
    let mut key = collection(of).to_vec();
    key.extend(point_key);
    key
}

/// `points` and `documents`: by point number.
pub(crate) fn point(of: CollectionId, number: u32) -> [u8; 8] {
    let mut key = [0; 8];
    key[..4].copy_from_slice(&collection(of));
    key[4..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The point number in a key of `points` or `documents`.
pub(crate) fn point_number(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(key.get(4..8)?.try_into().ok()?))
}

/// The beginning of a generation's keys in `rows`.
pub(crate) fn rows(of: CollectionId, generation: Generation) -> Vec<u8> {
    let mut key = collection(of).to_vec();
    key.extend(generation.0.to_be_bytes());
    key
}

/// `rows`: one vector.
pub(crate) fn row(of: CollectionId, generation: Generation, row: RowId) -> Vec<u8> {
    let mut key = rows(of, generation);
    key.extend(row.sequence.to_be_bytes());
    key.extend(row.ordinal.to_be_bytes());
    key
}

/// The row in a key of `rows`.
pub(crate) fn row_id(key: &[u8]) -> Option<RowId> {
    let sequence = u64::from_be_bytes(key.get(8..16)?.try_into().ok()?);
    let ordinal = u32::from_be_bytes(key.get(16..20)?.try_into().ok()?);
    Some(RowId { sequence, ordinal })
}

/// `log`: one operation's change.
pub(crate) fn log(of: CollectionId, sequence: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&collection(of));
    key[4..].copy_from_slice(&sequence.to_be_bytes());
    key
}

/// The sequence number in a key of `log`.
pub(crate) fn log_sequence(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(4..12)?.try_into().ok()?))
}

/// `expiry`: a point that expires, in the order of time.
pub(crate) fn expiry(of: CollectionId, expires_at_ms: u64, number: u32) -> [u8; 16] {
    let mut key = [0; 16];
    key[..4].copy_from_slice(&collection(of));
    key[4..12].copy_from_slice(&expires_at_ms.to_be_bytes());
    key[12..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The time and point number in a key of `expiry`.
pub(crate) fn expiry_parts(key: &[u8]) -> Option<(u64, u32)> {
    let expires_at_ms = u64::from_be_bytes(key.get(4..12)?.try_into().ok()?);
    let number = u32::from_be_bytes(key.get(12..16)?.try_into().ok()?);
    Some((expires_at_ms, number))
}

/// The first key after all keys that begin with `prefix`; none when there is no such key.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}
