//! Where a generation's list of sealed segments and their deleted sets are kept.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::vector_view::ManifestStore;

use super::batch::Batch;
use super::keys::{self, CollectionId, Generation};
use super::{Column, Store};

/// The manifest of one generation, as records in `meta`.
pub(crate) struct StoredManifest {
    store: Arc<Store>,
    collection: CollectionId,
    generation: Generation,
}

impl StoredManifest {
    pub(crate) fn new(store: Arc<Store>, collection: CollectionId, generation: Generation) -> Self {
        Self {
            store,
            collection,
            generation,
        }
    }

    fn deleted_key(&self, segment: u64) -> Vec<u8> {
        keys::deleted_set(self.collection, self.generation, segment)
    }
}

impl ManifestStore for StoredManifest {
    fn save(&self, manifest: &[u8], deleted: &[(u64, Vec<u8>)], removed: &[u64]) -> Result<()> {
        let mut batch = Batch::new(&self.store);
        batch.put(
            Column::Meta,
            &keys::manifest(self.collection, self.generation),
            manifest,
        );
        for (segment, bytes) in deleted {
            batch.put(Column::Meta, &self.deleted_key(*segment), bytes);
        }
        for segment in removed {
            batch.delete(Column::Meta, &self.deleted_key(*segment));
        }
        self.store.write_synced(batch)
    }

    fn load(&self) -> Result<Option<(Vec<u8>, Vec<(u64, Vec<u8>)>)>> {
        let view = self.store.read_view();
        let key = keys::manifest(self.collection, self.generation);
        let Some(manifest) = view.bytes(Column::Meta, &key)? else {
            return Ok(None);
        };
        let prefix = keys::deleted_sets(self.collection, self.generation);
        let mut deleted = Vec::new();
        view.scan(Column::Meta, &prefix, &prefix, |key, value| {
            let segment = key
                .get(prefix.len()..)
                .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
                .ok_or_else(|| Error::corrupt("the key of a deleted set", "wrong length"))?;
            deleted.push((u64::from_be_bytes(segment), value.to_vec()));
            Ok(true)
        })?;
        Ok(Some((manifest, deleted)))
    }
}
