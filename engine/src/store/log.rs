//! The operation log: what gives operations their order and makes them durable.

use crate::error::{Error, Result};
use crate::write::operation::Operation;

use super::batch::Batch;
use super::keys::{self, CollectionId};
use super::records::{self, Change};
use super::{Column, Store};

/// An operation with its place in the order and what applying it changed.
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) operation: Operation,
    pub(crate) change: Change,
}

/// Orders the operations of a collection and keeps them.
///
/// Callers hold the collection's writer, so sequence numbers are proposed by them and only
/// confirmed here. A log on another machine publishes `Entry::operation` and refuses when its
/// next number is another one; the embedded log needs no operation, because it writes the
/// operation's effects in the same batch. Nothing above may care which of the two it has.
pub(crate) trait OperationLog: Send + Sync {
    /// Makes `entries` and `effects`, which came from applying them, durable together.
    ///
    /// On an error nothing was appended, or it cannot be known: the caller stops writing.
    fn append(&self, of: CollectionId, entries: &[Entry], effects: Batch<'_>) -> Result<()>;

    /// The changes after sequence number `after`, at most `count_max`, in order.
    fn changes(&self, of: CollectionId, after: u64, count_max: usize)
    -> Result<Vec<(u64, Change)>>;

    /// The first sequence number still kept, if any is.
    fn first(&self, of: CollectionId) -> Result<Option<u64>>;

    /// Forgets the operations up to `through`. Every view must have them on disk.
    fn trim(&self, of: CollectionId, through: u64) -> Result<()>;
}

/// The log inside RocksDB: append and apply are one synced batch.
pub(crate) struct EmbeddedLog<'a> {
    store: &'a Store,
}

impl<'a> EmbeddedLog<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self { store }
    }
}

impl OperationLog for EmbeddedLog<'_> {
    fn append(&self, of: CollectionId, entries: &[Entry], mut effects: Batch<'_>) -> Result<()> {
        for entry in entries {
            let change = records::encode(&entry.change)?;
            effects.put(Column::Log, &keys::log(of, entry.sequence), &change);
        }
        self.store.write_synced(effects)
    }

    fn changes(
        &self,
        of: CollectionId,
        after: u64,
        count_max: usize,
    ) -> Result<Vec<(u64, Change)>> {
        let mut changes = Vec::new();
        let start = keys::log(of, after.saturating_add(1));
        let prefix = keys::collection(of);
        self.store
            .read_view()
            .scan(Column::Log, &prefix, &start, |key, value| {
                let sequence = keys::log_sequence(key)
                    .ok_or_else(|| Error::corrupt("a log key", format!("{} bytes", key.len())))?;
                changes.push((sequence, records::decode("a change", value)?));
                Ok(changes.len() < count_max)
            })?;
        Ok(changes)
    }

    fn first(&self, of: CollectionId) -> Result<Option<u64>> {
        Ok(self
            .changes(of, 0, 1)?
            .first()
            .map(|(sequence, _)| *sequence))
    }

    fn trim(&self, of: CollectionId, through: u64) -> Result<()> {
        let mut batch = Batch::new(self.store);
        let end = keys::log(of, through.saturating_add(1));
        batch.delete_range(Column::Log, &keys::log(of, 0), &end);
        self.store.write_synced(batch)
    }
}
