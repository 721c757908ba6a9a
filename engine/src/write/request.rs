//! Writes as a caller asks for them, not yet checked.

use crate::point::{Chunk, PointId};
use crate::query::filter::Filter;
use crate::value::{Payload, Value};

/// One point to insert or replace, with its vectors already computed.
#[derive(Debug, Clone)]
pub struct UpsertPoint {
    /// The point's id.
    pub id: PointId,
    /// Its text; searched with BM25 and, in a model collection, what the chunks were cut from.
    pub text: Option<String>,
    /// Its vectors: one chunk for a ready vector, one or more for a text.
    pub chunks: Vec<Chunk>,
    /// Its payload.
    pub payload: Payload,
    /// Milliseconds since the epoch after which it is hidden.
    pub expires_at_ms: Option<u64>,
    /// What must hold for the write to happen.
    pub condition: Condition,
}

/// What must hold for a point to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Always,
    /// The point is at this sequence number; 0 means that it does not exist.
    IfSequence(u64),
    /// The point exists, at whatever sequence number.
    IfExists,
}

/// A change to one point's payload.
#[derive(Debug, Clone, PartialEq)]
pub enum PayloadChange {
    /// JSON merge patch (RFC 7396): null removes a key.
    Merge(Payload),
    /// Sets these keys, keeps the others.
    Set(Payload),
    /// Removes these keys.
    Remove(Vec<String>),
    /// The whole payload is this.
    Replace(Payload),
}

impl PayloadChange {
    /// Applies the change.
    pub(crate) fn apply(&self, payload: &mut Payload) {
        match self {
            Self::Merge(patch) => merge(payload, patch),
            Self::Set(entries) => payload.extend(entries.clone()),
            Self::Remove(keys) => payload.retain(|key, _| !keys.contains(key)),
            Self::Replace(entries) => payload.clone_from(entries),
        }
    }
}

/// RFC 7396, section 2, for objects.
fn merge(target: &mut Payload, patch: &Payload) {
    for (key, value) in patch {
        match value {
            Value::Null => {
                target.remove(key);
            }
            Value::Object(inner) => {
                let entry = target.entry(key.clone()).or_insert(Value::Null);
                if !matches!(entry, Value::Object(_)) {
                    *entry = Value::Object(Payload::new());
                }
                if let Value::Object(object) = entry {
                    merge(object, inner);
                }
            }
            Value::Bool(_)
            | Value::Integer(_)
            | Value::Unsigned(_)
            | Value::Float(_)
            | Value::String(_)
            | Value::List(_) => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A write to one collection. All of it happens or none.
#[derive(Debug, Clone)]
pub enum WriteRequest {
    /// Inserts or replaces points.
    Upsert(Vec<UpsertPoint>),
    /// Deletes points by id; ids that do not exist are not an error.
    Delete(Vec<PointId>),
    /// Deletes the points that match.
    DeleteMatching(Filter),
    /// Deletes the points whose expiry has passed. The engine sends it to itself.
    DeleteExpired,
    /// Changes one point's payload.
    ChangePayload(PointId, PayloadChange),
}

/// When a write is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// After the sync to disk.
    Durable,
    /// After both views show it, too.
    Searchable,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Points inserted, replaced, changed or deleted.
    pub points: u64,
    /// The operation's sequence number, or the last one when nothing changed.
    pub sequence: u64,
}
