//! Opens a data folder; creates, finds and drops collections.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::aliases;
use crate::background::worker;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::collection::{Collection, Shared};
use crate::error::{Error, Result};
use crate::files;
use crate::folder::DataFolder;
use crate::options::EngineOptions;
use crate::recovery;
use crate::schema::{CollectionChange, CollectionName, CollectionSchema};
use crate::statistics::MemoryStatistics;
use crate::store::batch::Batch;
use crate::store::keys::{self, CollectionId, MetaKind};
use crate::store::records::{self, CollectionRecord};
use crate::store::{Column, Store};

/// The most collections in one data folder.
pub const COLLECTIONS_MAX: usize = 1_000;

/// An open data folder. Dropping it stops background work; [`Engine::close`] also leaves less
/// to replay.
#[derive(Debug)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    pub(crate) catalog: Arc<ArcSwap<Catalog>>,
    /// Held while collections are created, changed or dropped, or aliases are.
    pub(crate) changing: Mutex<()>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    /// Last, so that the lock outlives everything that uses the folder.
    _folder: DataFolder,
}

/// Whether a collection was made or found.
#[derive(Debug, Clone)]
pub enum Created {
    /// It is new.
    New(Arc<Collection>),
    /// It was there with the same schema.
    Existing(Arc<Collection>),
}

impl Engine {
    /// Opens `folder`, or makes it when it is absent or empty.
    ///
    /// A folder that is foreign, of another format, damaged, or open elsewhere is refused and
    /// not touched.
    pub fn open(folder: &Path, options: EngineOptions, clock: Arc<dyn Clock>) -> Result<Self> {
        let folder_lock = DataFolder::open(folder)?;
        let store = Store::open(&folder_lock.store(), folder_lock.existence(), &options)?;
        folder_lock.finish()?;
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            store: Arc::new(store),
            options,
            clock,
            documents: Arc::default(),
            seals: Arc::default(),
            vectors: Arc::default(),
            is_stopping: Arc::new(AtomicBool::new(false)),
        });
        let mut catalog = open_collections(&shared)?;
        aliases::open(&shared, &mut catalog)?;
        let engine = Self {
            shared,
            catalog: Arc::new(ArcSwap::from_pointee(catalog)),
            changing: Mutex::new(()),
            workers: Mutex::default(),
            _folder: folder_lock,
        };
        engine.start_workers()?;
        Ok(engine)
    }

    /// Creates a collection, or finds it, by its name or an alias, when it exists with the same
    /// schema.
    pub fn create_collection(
        &self,
        name: &CollectionName,
        schema: &CollectionSchema,
    ) -> Result<Created> {
        schema.check()?;
        let _guard = self.changing.lock();
        let current = self.catalog.load();
        if let Ok(found) = current.find(name.as_str()) {
            return match found.schema().difference(schema) {
                None => Ok(Created::Existing(Arc::clone(found))),
                Some(difference) => Err(Error::SchemaConflict {
                    name: name.to_string(),
                    difference,
                }),
            };
        }
        if current.collections.len() >= COLLECTIONS_MAX {
            let problem = format!("{COLLECTIONS_MAX} collections exist, no more are allowed");
            return Err(Error::invalid("collection", "too_many", problem));
        }
        let (id, record) = self.write_record(name, schema)?;
        let collection = Arc::new(recovery::open_collection(&self.shared, id, record)?);
        let mut changed = Catalog::clone(&current);
        let name = name.to_string();
        changed.collections.insert(name, Arc::clone(&collection));
        self.catalog.store(Arc::new(changed));
        Ok(Created::New(collection))
    }

    /// Finds a collection by its name or an alias.
    pub fn collection(&self, name: &str) -> Result<Arc<Collection>> {
        self.catalog.load().find(name).cloned()
    }

    /// All collections, by name.
    pub fn collections(&self) -> Vec<Arc<Collection>> {
        self.catalog.load().collections.values().cloned().collect()
    }

    /// Changes settings of a collection; nothing that is stored changes.
    pub fn change_collection(&self, name: &str, change: CollectionChange) -> Result<()> {
        let _guard = self.changing.lock();
        let collection = self.collection(name)?;
        let mut schema = CollectionSchema::clone(&collection.schema());
        schema.recall = change.recall.unwrap_or(schema.recall);
        schema.check()?;
        self.write_collection(collection.id, &collection.record(&schema, false), None)?;
        collection.schema.store(Arc::new(schema));
        Ok(())
    }

    /// Drops a collection and everything in it. One that an alias names is not dropped, so that
    /// no alias ever leads nowhere.
    pub fn drop_collection(&self, name: &str) -> Result<()> {
        let _guard = self.changing.lock();
        let current = self.catalog.load();
        let collection = Arc::clone(current.find(name)?);
        let aliases = current.aliases_of(collection.id);
        if !aliases.is_empty() {
            return Err(Error::CollectionInUse {
                name: collection.name.to_string(),
                aliases,
            });
        }
        let record = collection.record(&collection.schema(), true);
        // From here on it is dropped, whatever happens to the rest.
        self.write_collection(collection.id, &record, None)?;
        collection.is_dropped.store(true, Ordering::SeqCst);
        let mut changed = Catalog::clone(&current);
        changed.collections.remove(name);
        self.catalog.store(Arc::new(changed));
        // Background work that is under way ends first, and none begins, so that nothing is
        // written into the folder while it is removed.
        let _following = collection.following.lock();
        let _maintaining = collection.maintaining.lock();
        let _sealing = collection.sealing_full.lock();
        let _counters = collection.counters.lock();
        collection.document_view.release()?;
        remove_dropped(&self.shared, collection.id, record.generation)
    }

    /// Bytes held, by part.
    pub fn memory(&self) -> MemoryStatistics {
        let (block_cache_bytes, write_buffer_bytes, table_reader_bytes) =
            self.shared.store.memory();
        let mut memory = MemoryStatistics {
            block_cache_bytes,
            write_buffer_bytes,
            table_reader_bytes,
            ..MemoryStatistics::default()
        };
        for collection in self.catalog.load().collections.values() {
            let vectors = collection.vector_view.statistics();
            memory.active_segment_bytes += vectors.active_bytes;
            memory.sealed_segment_bytes += vectors.heap_bytes;
            memory.mapped_bytes += vectors.mapped_bytes;
            memory.dirty_points += collection.dirty.count() as u64;
        }
        memory
    }

    /// Stops background work and makes the views durable, so that the next start is quick.
    pub fn close(&self) -> Result<()> {
        self.stop_workers();
        for collection in self.catalog.load().collections.values() {
            collection.close()?;
        }
        Ok(())
    }

    fn write_record(
        &self,
        name: &CollectionName,
        schema: &CollectionSchema,
    ) -> Result<(CollectionId, CollectionRecord)> {
        let next = self.shared.store.read_view().record::<u32>(
            Column::Meta,
            &keys::meta(MetaKind::NextCollection),
            "the next collection id",
        )?;
        let id = next.unwrap_or(0);
        let record = CollectionRecord {
            name: name.to_string(),
            schema: schema.clone(),
            generation: 0,
            dropped: false,
        };
        let after = id.checked_add(1).ok_or_else(|| {
            Error::invalid("collection", "ids_used_up", "no collection ids are left")
        })?;
        self.write_collection(CollectionId(id), &record, Some(after))?;
        Ok((CollectionId(id), record))
    }

    fn write_collection(
        &self,
        id: CollectionId,
        record: &CollectionRecord,
        next: Option<u32>,
    ) -> Result<()> {
        let mut batch = Batch::new(&self.shared.store);
        let key = keys::meta_of(MetaKind::Collection, id);
        batch.put(Column::Meta, &key, &records::encode(record)?);
        if let Some(next) = next {
            let key = keys::meta(MetaKind::NextCollection);
            batch.put(Column::Meta, &key, &records::encode(&next)?);
        }
        self.shared.store.write_synced(batch)
    }

    fn start_workers(&self) -> Result<()> {
        for collection in self.catalog.load().collections.values() {
            self.shared
                .documents
                .schedule(collection.id, Duration::ZERO);
            self.shared.vectors.schedule(collection.id, Duration::ZERO);
        }
        let documents = worker::start(
            "documents",
            Arc::clone(&self.shared.documents),
            self.finder(),
            Collection::follow_documents,
        )?;
        let seals = worker::start(
            "seals",
            Arc::clone(&self.shared.seals),
            self.finder(),
            Collection::seal_vectors,
        )?;
        let vectors = worker::start(
            "vectors",
            Arc::clone(&self.shared.vectors),
            self.finder(),
            Collection::maintain_vectors,
        )?;
        self.workers.lock().extend([documents, seals, vectors]);
        Ok(())
    }

    fn finder(&self) -> impl Fn(CollectionId) -> Option<Arc<Collection>> + Send + 'static {
        let catalog = Arc::clone(&self.catalog);
        move |id| catalog.load().of(id).cloned()
    }

    fn stop_workers(&self) {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        self.shared.documents.stop();
        self.shared.seals.stop();
        self.shared.vectors.stop();
        for worker in self.workers.lock().drain(..) {
            // A worker's panic was caught and has poisoned its collection.
            drop(worker.join());
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop_workers();
    }
}

/// Opens every collection, and finishes dropping those that a crash left half dropped.
fn open_collections(shared: &Arc<Shared>) -> Result<Catalog> {
    let prefix = keys::meta(MetaKind::Collection);
    let mut found = Vec::new();
    shared
        .store
        .read_view()
        .scan(Column::Meta, &prefix, &prefix, |key, value| {
            let id = key
                .get(1..)
                .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
                .ok_or_else(|| Error::corrupt("a collection key", "wrong length"))?;
            let record: CollectionRecord = records::decode("a collection record", value)?;
            found.push((CollectionId(u32::from_be_bytes(id)), record));
            Ok(true)
        })?;
    let mut catalog = Catalog::default();
    for (id, record) in found {
        if record.dropped {
            remove_dropped(shared, id, record.generation)?;
            continue;
        }
        let name = record.name.clone();
        let collection = Arc::new(recovery::open_collection(shared, id, record)?);
        catalog.collections.insert(name, collection);
    }
    Ok(catalog)
}

/// Removes what is left of a dropped collection; its record goes last.
fn remove_dropped(shared: &Arc<Shared>, id: CollectionId, generation: u32) -> Result<()> {
    shared.store.remove_collection(id)?;
    files::remove_folder(&recovery::collection_folder(&shared.folder, id))?;
    let mut batch = Batch::new(&shared.store);
    let generation = keys::Generation(generation);
    batch.delete(Column::Meta, &keys::manifest(id, generation));
    let deleted = keys::deleted_sets(id, generation);
    if let Some(end) = keys::after_prefix(&deleted) {
        batch.delete_range(Column::Meta, &deleted, &end);
    }
    batch.delete(Column::Meta, &keys::meta_of(MetaKind::Counters, id));
    batch.delete(Column::Meta, &keys::meta_of(MetaKind::Collection, id));
    shared.store.write_synced(batch)
}
