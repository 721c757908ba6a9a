//! Which collections there are, and by which names they are found.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::store::keys::CollectionId;

/// Collections and aliases at one moment. It is replaced as a whole, so that a search never finds
/// half of a change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    pub(crate) collections: BTreeMap<String, Arc<Collection>>,
    /// No alias has a collection's name.
    pub(crate) aliases: BTreeMap<String, Arc<Collection>>,
}

impl Catalog {
    /// Finds a collection by its name or an alias.
    pub(crate) fn find(&self, name: &str) -> Result<&Arc<Collection>> {
        let found = self
            .collections
            .get(name)
            .or_else(|| self.aliases.get(name));
        found.ok_or_else(|| Error::CollectionNotFound {
            name: name.to_owned(),
        })
    }

    /// Finds a collection by its id.
    pub(crate) fn of(&self, id: CollectionId) -> Option<&Arc<Collection>> {
        self.collections
            .values()
            .find(|collection| collection.id == id)
    }

    /// The aliases of a collection.
    pub(crate) fn aliases_of(&self, id: CollectionId) -> Vec<String> {
        self.aliases
            .iter()
            .filter(|(_, collection)| collection.id == id)
            .map(|(alias, _)| alias.clone())
            .collect()
    }
}
