//! Other names of collections, which can be moved from one collection to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::collection::Shared;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::schema::CollectionName;
use crate::store::Column;
use crate::store::batch::Batch;
use crate::store::keys::{self, CollectionId, MetaKind};
use crate::store::records;

/// The most aliases in one data folder, and the most actions in one change.
pub const ALIASES_MAX: usize = 1_000;

/// One step of a change of aliases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasAction {
    /// Makes the alias, or moves it to this collection.
    Set {
        /// The alias; it follows the rules of a collection's name, and no collection has it.
        alias: String,
        /// The name of a collection, not of an alias.
        collection: String,
    },
    /// Removes the alias, which must exist.
    Delete {
        /// The alias.
        alias: String,
    },
}

impl Engine {
    /// All aliases with the names of their collections, by alias.
    pub fn aliases(&self) -> BTreeMap<String, String> {
        let catalog = self.catalog.load();
        let named = catalog.aliases.iter();
        named
            .map(|(alias, collection)| (alias.clone(), collection.name.to_string()))
            .collect()
    }

    /// Carries out all actions, in order, or none. Searches see all of them at once.
    pub fn change_aliases(&self, actions: &[AliasAction]) -> Result<()> {
        if actions.is_empty() || actions.len() > ALIASES_MAX {
            let code = if actions.is_empty() {
                "empty"
            } else {
                "too_many"
            };
            let problem = format!("{} actions, expected 1 to {ALIASES_MAX}", actions.len());
            return Err(Error::invalid("actions", code, problem));
        }
        let _guard = self.changing.lock();
        let mut changed = Catalog::clone(&self.catalog.load());
        let mut batch = Batch::new(&self.shared.store);
        for (index, action) in actions.iter().enumerate() {
            let field = format!("actions[{index}]");
            match action {
                AliasAction::Set { alias, collection } => {
                    let id = set(&mut changed, alias, collection, &field)?;
                    batch.put(Column::Meta, &keys::alias(alias), &records::encode(&id.0)?);
                }
                AliasAction::Delete { alias } => {
                    if changed.aliases.remove(alias).is_none() {
                        return Err(Error::AliasNotFound {
                            field,
                            name: alias.clone(),
                        });
                    }
                    batch.delete(Column::Meta, &keys::alias(alias));
                }
            }
        }
        if changed.aliases.len() > ALIASES_MAX {
            let problem = format!("more aliases than the {ALIASES_MAX} that are allowed");
            return Err(Error::invalid("actions", "too_many", problem));
        }
        self.shared.store.write_synced(batch)?;
        self.catalog.store(Arc::new(changed));
        Ok(())
    }
}

fn set(changed: &mut Catalog, alias: &str, collection: &str, field: &str) -> Result<CollectionId> {
    CollectionName::check(alias, &format!("{field}.alias"))?;
    if changed.collections.contains_key(alias) {
        return Err(Error::NameTaken {
            field: format!("{field}.alias"),
            name: alias.to_owned(),
        });
    }
    let target = changed.collections.get(collection);
    let target = Arc::clone(target.ok_or_else(|| Error::CollectionNotFound {
        name: collection.to_owned(),
    })?);
    let id = target.id;
    changed.aliases.insert(alias.to_owned(), target);
    Ok(id)
}

/// Adds the stored aliases.
pub(crate) fn open(shared: &Shared, catalog: &mut Catalog) -> Result<()> {
    let prefix = keys::meta(MetaKind::Alias);
    let mut found = Vec::new();
    shared
        .store
        .read_view()
        .scan(Column::Meta, &prefix, &prefix, |key, value| {
            let alias = key
                .get(1..)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .ok_or_else(|| Error::corrupt("the key of an alias", "not UTF-8"))?;
            let id: u32 = records::decode("an alias", value)?;
            found.push((alias.to_owned(), CollectionId(id)));
            Ok(true)
        })?;
    for (alias, id) in found {
        let problem = || Error::corrupt(format!("alias `{alias}`"), "its collection is gone");
        let collection = Arc::clone(catalog.of(id).ok_or_else(problem)?);
        catalog.aliases.insert(alias, collection);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
