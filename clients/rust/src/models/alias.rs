//! Aliases.

use serde::{Deserialize, Serialize};

/// An alias with its collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The alias.
    pub alias: String,
    /// The collection it leads to.
    pub collection: String,
}

/// One step of a change of aliases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasAction {
    /// Makes an alias, or moves it.
    Set {
        /// The alias.
        alias: String,
        /// The collection it is to lead to.
        collection: String,
    },
    /// Removes an alias, which must exist.
    Delete {
        /// The alias.
        alias: String,
    },
}
