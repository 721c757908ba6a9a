//! Writes that happen together or not at all.

use rocksdb::WriteBatch;

use super::{Column, Store};

/// Puts and deletions for one atomic write.
pub(crate) struct Batch<'a> {
    store: &'a Store,
    inner: WriteBatch,
}

impl<'a> Batch<'a> {
    /// An empty batch for `store`.
    pub(crate) fn new(store: &'a Store) -> Self {
        Self {
            store,
            inner: WriteBatch::default(),
        }
    }

    /// Sets a key.
    pub(crate) fn put(&mut self, column: Column, key: &[u8], value: &[u8]) {
        self.inner.put_cf(self.store.family(column), key, value);
    }

    /// Removes a key.
    pub(crate) fn delete(&mut self, column: Column, key: &[u8]) {
        self.inner.delete_cf(self.store.family(column), key);
    }

    /// Removes the keys from `start` up to, not including, `end`.
    pub(crate) fn delete_range(&mut self, column: Column, start: &[u8], end: &[u8]) {
        self.inner
            .delete_range_cf(self.store.family(column), start, end);
    }

    /// Its size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.inner.size_in_bytes()
    }

    pub(super) fn into_inner(self) -> WriteBatch {
        self.inner
    }
}
