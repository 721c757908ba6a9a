//! A point-in-time view of the store: every read through it sees the same moment.

use rocksdb::{Direction, IteratorMode, ReadOptions, Snapshot};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::vector_view::RowId;

use super::keys::{self, CollectionId, Generation};
use super::records::{self, DocumentRecord, PointHeader};
use super::{Column, Store};

/// A consistent view.
pub(crate) struct ReadView<'a> {
    store: &'a Store,
    snapshot: Snapshot<'a>,
}

impl<'a> ReadView<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            snapshot: store.database.snapshot(),
        }
    }

    fn raw(&self, column: Column, key: &[u8]) -> Result<Option<rocksdb::DBPinnableSlice<'_>>> {
        self.snapshot
            .get_pinned_cf(self.store.family(column), key)
            .map_err(|error| Error::backend("read from the store", error))
    }

    /// A value as written.
    pub(crate) fn bytes(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.raw(column, key)?.map(|bytes| bytes.to_vec()))
    }

    /// A decoded record.
    pub(crate) fn record<T: DeserializeOwned>(
        &self,
        column: Column,
        key: &[u8],
        what: &str,
    ) -> Result<Option<T>> {
        self.raw(column, key)?
            .map(|bytes| records::decode(what, &bytes))
            .transpose()
    }

    /// The number of the point whose id has these bytes.
    pub(crate) fn number(&self, of: CollectionId, point_key: &[u8]) -> Result<Option<u32>> {
        let Some(bytes) = self.raw(Column::Ids, &keys::id(of, point_key))? else {
            return Ok(None);
        };
        let number = <[u8; 4]>::try_from(&*bytes)
            .map_err(|_| Error::corrupt("a point id", format!("{} bytes", bytes.len())))?;
        Ok(Some(u32::from_be_bytes(number)))
    }

    /// A point's header.
    pub(crate) fn header(&self, of: CollectionId, number: u32) -> Result<Option<PointHeader>> {
        self.record(Column::Points, &keys::point(of, number), "a point")
    }

    /// The headers of several points, in their order. `numbers` ascend: neighbours share the work of
    /// finding them.
    pub(crate) fn headers(
        &self,
        of: CollectionId,
        numbers: &[u32],
    ) -> Result<Vec<Option<PointHeader>>> {
        debug_assert!(numbers.is_sorted());
        let keys: Vec<_> = numbers
            .iter()
            .map(|&number| keys::point(of, number))
            .collect();
        let mut options = ReadOptions::default();
        options.set_snapshot(&self.snapshot);
        let family = self.store.family(Column::Points);
        let is_sorted = true;
        let found = self
            .store
            .database
            .batched_multi_get_cf_opt(family, &keys, is_sorted, &options);
        let headers = found.into_iter().map(|found| {
            found
                .map_err(|error| Error::backend("read from the store", error))?
                .map(|bytes| records::decode("a point", &bytes))
                .transpose()
        });
        headers.collect()
    }

    /// A point's text and payload; empty when it was written with neither.
    pub(crate) fn document(&self, of: CollectionId, number: u32) -> Result<DocumentRecord> {
        let key = keys::point(of, number);
        Ok(self
            .record(Column::Documents, &key, "a document")?
            .unwrap_or_default())
    }

    /// One row's point and vector.
    pub(crate) fn row(
        &self,
        of: CollectionId,
        generation: Generation,
        row: RowId,
        dimensions: usize,
    ) -> Result<Option<(u32, Vec<f32>)>> {
        self.raw(Column::Rows, &keys::row(of, generation, row))?
            .map(|bytes| records::decode_row(&bytes, dimensions))
            .transpose()
    }

    /// Calls `visit` with each key and value from `start` on that begins with `prefix`,
    /// until it answers false.
    pub(crate) fn scan(
        &self,
        column: Column,
        prefix: &[u8],
        start: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let mut options = ReadOptions::default();
        if let Some(end) = keys::after_prefix(prefix) {
            options.set_iterate_upper_bound(end);
        }
        options.set_async_io(false);
        // A long scan must not push the points of searches out of the cache.
        options.fill_cache(false);
        let mode = IteratorMode::From(start, Direction::Forward);
        for item in self
            .snapshot
            .iterator_cf_opt(self.store.family(column), options, mode)
        {
            let (key, value) = item.map_err(|error| Error::backend("scan the store", error))?;
            if !key.starts_with(prefix) || !visit(&key, &value)? {
                break;
            }
        }
        Ok(())
    }

    /// The numbers of points that expired at or before `now_ms`, at most `count_max`.
    pub(crate) fn expired(
        &self,
        of: CollectionId,
        now_ms: u64,
        count_max: usize,
    ) -> Result<Vec<u32>> {
        let mut numbers = Vec::new();
        let prefix = keys::collection(of);
        self.scan(Column::Expiry, &prefix, &prefix, |key, _| {
            let (expires_at_ms, number) = keys::expiry_parts(key)
                .ok_or_else(|| Error::corrupt("an expiry key", format!("{} bytes", key.len())))?;
            if expires_at_ms > now_ms || numbers.len() >= count_max {
                return Ok(false);
            }
            numbers.push(number);
            Ok(true)
        })?;
        Ok(numbers)
    }

    /// Calls `visit` with each point's number and header after `after`, in order, until it
    /// answers false.
    pub(crate) fn scan_points(
        &self,
        of: CollectionId,
        after: Option<u32>,
        mut visit: impl FnMut(u32, PointHeader) -> Result<bool>,
    ) -> Result<()> {
        let first = match after {
            None => 0,
            Some(u32::MAX) => return Ok(()),
            Some(number) => number + 1,
        };
        let prefix = keys::collection(of);
        self.scan(
            Column::Points,
            &prefix,
            &keys::point(of, first),
            |key, value| {
                let number = keys::point_number(key)
                    .ok_or_else(|| Error::corrupt("a point key", format!("{} bytes", key.len())))?;
                visit(number, records::decode("a point", value)?)
            },
        )
    }
}
