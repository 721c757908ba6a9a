//! Aliases: other names of collections.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an alias is to lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAlias {
    /// The name of a collection, not of an alias.
    pub(crate) collection: String,
}

/// An alias with its collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alias {
    pub(crate) alias: String,
    pub(crate) collection: String,
}

/// All aliases, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Aliases {
    pub(crate) aliases: Vec<Alias>,
}

/// An alias is gone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AliasDeleted {
    pub(crate) deleted: bool,
}

/// Several steps at once: all or none, in order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeAliases {
    #[schema(min_items = 1, max_items = 1000)]
    pub(crate) actions: Vec<AliasAction>,
}

/// One step of a change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AliasAction {
    /// Makes an alias, or moves it.
    Set(SetAliasAction),
    /// Removes an alias, which must exist.
    Delete(DeleteAliasAction),
}

/// An alias and where it is to lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAliasAction {
    pub(crate) alias: String,
    /// The name of a collection, not of an alias.
    pub(crate) collection: String,
}

/// An alias that is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteAliasAction {
    pub(crate) alias: String,
}

impl From<AliasAction> for engine::AliasAction {
    fn from(action: AliasAction) -> Self {
        match action {
            AliasAction::Set(SetAliasAction { alias, collection }) => {
                Self::Set { alias, collection }
            }
            AliasAction::Delete(DeleteAliasAction { alias }) => Self::Delete { alias },
        }
    }
}
