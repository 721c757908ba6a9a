//! Applies operations to one batch: deterministic, and idempotent because a sequence number is
//! applied once, with the counters that record it in the same batch.

use std::collections::HashMap;

use crate::error::Result;
use crate::point::PointId;
use crate::store::batch::Batch;
use crate::store::keys::{self, CollectionId, Generation};
use crate::store::read_view::ReadView;
use crate::store::records::{self, Change, Counters, DocumentRecord, PointHeader};
use crate::store::{Column, Store};
use crate::value::Payload;
use crate::vector_view::RowId;

use super::operation::Operation;
use super::request::UpsertPoint;

/// The present as the next operation sees it: the store, overlaid by what this group changed.
pub(crate) struct Transaction<'a> {
    collection: CollectionId,
    generation: Generation,
    view: ReadView<'a>,
    batch: Batch<'a>,
    counters: Counters,
    numbers: HashMap<Vec<u8>, Option<u32>>,
    headers: HashMap<u32, Option<PointHeader>>,
}

impl<'a> Transaction<'a> {
    /// Begins at the present.
    pub(crate) fn begin(
        store: &'a Store,
        collection: CollectionId,
        generation: Generation,
        counters: Counters,
    ) -> Self {
        Self {
            collection,
            generation,
            view: store.read_view(),
            batch: Batch::new(store),
            counters,
            numbers: HashMap::new(),
            headers: HashMap::new(),
        }
    }

    /// Whether nothing was applied yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.headers.is_empty()
    }

    /// Whether an operation of this group changed the point.
    pub(crate) fn has_changed(&self, number: u32) -> bool {
        self.headers.contains_key(&number)
    }

    /// A point's text and payload before this group.
    pub(crate) fn document(&self, number: u32) -> Result<DocumentRecord> {
        self.view.document(self.collection, number)
    }

    /// The counters after the operations applied so far.
    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// The size of the batch in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.batch.bytes()
    }

    /// The number and header of the point with this id, if it exists.
    pub(crate) fn find(&self, id: &PointId) -> Result<Option<(u32, PointHeader)>> {
        let key = id.key();
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None => self.view.number(self.collection, &key)?,
        };
        let Some(number) = number else {
            return Ok(None);
        };
        let header = match self.headers.get(&number) {
            Some(header) => header.clone(),
            None => self.view.header(self.collection, number)?,
        };
        Ok(header.map(|header| (number, header)))
    }

    /// Gives the operation the next sequence number and writes its effects into the batch.
    pub(crate) fn apply(&mut self, operation: &Operation) -> Result<(u64, Change)> {
        self.counters.sequence += 1;
        let sequence = self.counters.sequence;
        let mut change = Change::default();
        match operation {
            Operation::Upsert(points) => {
                let mut ordinal = 0;
                for point in points {
                    self.upsert(point, sequence, ordinal, &mut change)?;
                    ordinal += point.chunks.len() as u32;
                }
            }
            Operation::Delete(ids) => {
                for id in ids {
                    self.delete(id, &mut change)?;
                }
            }
            Operation::SetPayload(id, payload) => {
                self.set_payload(id, payload, sequence, &mut change)?;
            }
        }
        Ok((sequence, change))
    }

    /// Ends the batch with the counters.
    pub(crate) fn finish(mut self) -> Result<(Batch<'a>, Counters)> {
        let key = keys::meta_of(keys::MetaKind::Counters, self.collection);
        self.batch
            .put(Column::Meta, &key, &records::encode(&self.counters)?);
        Ok((self.batch, self.counters))
    }

    fn upsert(
        &mut self,
        point: &UpsertPoint,
        sequence: u64,
        first_ordinal: u32,
        change: &mut Change,
    ) -> Result<()> {
        let number = if let Some((number, header)) = self.find(&point.id)? {
            self.retire(number, &header, change);
            number
        } else {
            let number = self.counters.next_number;
            self.counters.next_number += 1;
            self.counters.points += 1;
            let key = point.id.key();
            let id_key = keys::id(self.collection, &key);
            self.batch.put(Column::Ids, &id_key, &number.to_be_bytes());
            self.numbers.insert(key, Some(number));
            number
        };
        let header = PointHeader {
            id: point.id.clone(),
            sequence,
            content_sequence: sequence,
            first_ordinal,
            spans: point.chunks.iter().map(|chunk| chunk.span).collect(),
            expires_at_ms: point.expires_at_ms,
        };
        for (ordinal, chunk) in (first_ordinal..).zip(&point.chunks) {
            let row = RowId { sequence, ordinal };
            let key = keys::row(self.collection, self.generation, row);
            self.batch.put(
                Column::Rows,
                &key,
                &records::encode_row(number, &chunk.vector),
            );
        }
        self.counters.rows += point.chunks.len() as u64;
        if let Some(expires_at_ms) = point.expires_at_ms {
            let key = keys::expiry(self.collection, expires_at_ms, number);
            self.batch.put(Column::Expiry, &key, &[]);
        }
        let document = DocumentRecord {
            text: point.text.clone(),
            payload: point.payload.clone(),
        };
        let key = keys::point(self.collection, number);
        self.batch
            .put(Column::Documents, &key, &records::encode(&document)?);
        self.put_header(number, header)?;
        change.numbers.push(number);
        Ok(())
    }

    fn delete(&mut self, id: &PointId, change: &mut Change) -> Result<()> {
        let Some((number, header)) = self.find(id)? else {
            return Ok(());
        };
        self.retire(number, &header, change);
        let id_key = id.key();
        self.batch
            .delete(Column::Ids, &keys::id(self.collection, &id_key));
        let key = keys::point(self.collection, number);
        self.batch.delete(Column::Points, &key);
        self.batch.delete(Column::Documents, &key);
        self.numbers.insert(id_key, None);
        self.headers.insert(number, None);
        self.counters.points -= 1;
        change.numbers.push(number);
        Ok(())
    }

    fn set_payload(
        &mut self,
        id: &PointId,
        payload: &Payload,
        sequence: u64,
        change: &mut Change,
    ) -> Result<()> {
        let Some((number, mut header)) = self.find(id)? else {
            return Ok(());
        };
        let mut document = self.view.document(self.collection, number)?;
        document.payload.clone_from(payload);
        let key = keys::point(self.collection, number);
        self.batch
            .put(Column::Documents, &key, &records::encode(&document)?);
        header.sequence = sequence;
        self.put_header(number, header)?;
        change.numbers.push(number);
        Ok(())
    }

    fn put_header(&mut self, number: u32, header: PointHeader) -> Result<()> {
        let key = keys::point(self.collection, number);
        self.batch
            .put(Column::Points, &key, &records::encode(&header)?);
        self.headers.insert(number, Some(header));
        Ok(())
    }

    fn retire(&mut self, number: u32, header: &PointHeader, change: &mut Change) {
        if let Some(expires_at_ms) = header.expires_at_ms {
            let key = keys::expiry(self.collection, expires_at_ms, number);
            self.batch.delete(Column::Expiry, &key);
        }
        let rows = header.rows();
        for ordinal in rows.first..rows.first + rows.count {
            let row = RowId {
                sequence: rows.sequence,
                ordinal,
            };
            self.batch.delete(
                Column::Rows,
                &keys::row(self.collection, self.generation, row),
            );
        }
        self.counters.rows -= u64::from(rows.count);
        change.retired.push(rows);
    }
}
