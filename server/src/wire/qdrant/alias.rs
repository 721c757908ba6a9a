//! Changes of aliases in Qdrant's shape.

use serde::Deserialize;

/// Several steps at once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeAliases {
    pub(crate) actions: Vec<Action>,
}

/// One step.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::enum_variant_names,
    reason = "the words of the other interface"
)]
pub(crate) enum Action {
    CreateAlias(CreateAlias),
    DeleteAlias(DeleteAlias),
    RenameAlias(RenameAlias),
}

/// An alias and where it is to lead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateAlias {
    pub(crate) alias_name: String,
    pub(crate) collection_name: String,
}

/// An alias that is to go.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteAlias {
    pub(crate) alias_name: String,
}

/// An alias that is to have another name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameAlias {
    pub(crate) old_alias_name: String,
    pub(crate) new_alias_name: String,
}
