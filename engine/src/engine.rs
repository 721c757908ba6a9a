//! Opens a data folder; creates, finds and drops collections.

use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::options::EngineOptions;
use crate::schema::{CollectionName, CollectionSchema};
use crate::statistics::MemoryStatistics;

/// An open data folder.
#[derive(Debug)]
pub struct Engine {}

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
    pub fn open(_folder: &Path, _options: EngineOptions, _clock: Arc<dyn Clock>) -> Result<Self> {
        Err(Error::backend("open", "not written yet"))
    }

    /// Creates a collection, or finds it when it exists with the same schema.
    pub fn create_collection(
        &self,
        _name: &CollectionName,
        _schema: &CollectionSchema,
    ) -> Result<Created> {
        Err(Error::backend("open", "not written yet"))
    }

    /// Finds a collection.
    pub fn collection(&self, name: &str) -> Result<Arc<Collection>> {
        Err(Error::CollectionNotFound {
            name: name.to_owned(),
        })
    }

    /// All collections, by name.
    pub fn collections(&self) -> Vec<Arc<Collection>> {
        Vec::new()
    }

    /// Drops a collection and everything in it.
    pub fn drop_collection(&self, name: &str) -> Result<()> {
        Err(Error::CollectionNotFound {
            name: name.to_owned(),
        })
    }

    /// Bytes held, by part.
    pub fn memory(&self) -> MemoryStatistics {
        MemoryStatistics::default()
    }

    /// Stops background work, makes every view durable and closes the store.
    pub fn close(&self) -> Result<()> {
        Ok(())
    }
}
