//! Aliases.

use engine::AliasAction;
use serde_json::{Value, json};

use crate::aliases;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::qdrant::alias::{Action, ChangeAliases};

/// All aliases, or those of one collection.
pub(crate) fn list(state: &AppState, collection: Option<&str>) -> Result<Value> {
    let only = collection
        .map(|name| state.collection(name))
        .transpose()?
        .map(|collection| collection.name().as_str().to_owned());
    let found = state.engine.aliases().into_iter();
    let found = found.filter(|(_, named)| only.as_ref().is_none_or(|only| only == named));
    let listed: Vec<Value> = found
        .map(|(alias, named)| json!({"alias_name": alias, "collection_name": named}))
        .collect();
    Ok(json!({"aliases": listed}))
}

/// Carries out all steps at once, or none.
pub(crate) async fn change(state: &AppState, body: ChangeAliases) -> Result<bool> {
    let mut known = state.engine.aliases();
    let mut actions = Vec::new();
    for (index, action) in body.actions.into_iter().enumerate() {
        match action {
            Action::CreateAlias(named) => {
                known.insert(named.alias_name.clone(), named.collection_name.clone());
                actions.push(AliasAction::Set {
                    alias: named.alias_name,
                    collection: named.collection_name,
                });
            }
            Action::DeleteAlias(named) => {
                known.remove(&named.alias_name);
                actions.push(AliasAction::Delete {
                    alias: named.alias_name,
                });
            }
            Action::RenameAlias(names) => {
                let Some(collection) = known.remove(&names.old_alias_name) else {
                    return Err(ApiError::invalid(
                        format!("actions[{index}].rename_alias.old_alias_name"),
                        "alias_not_found",
                        format!("alias `{}` does not exist", names.old_alias_name),
                    ));
                };
                known.insert(names.new_alias_name.clone(), collection.clone());
                actions.push(AliasAction::Delete {
                    alias: names.old_alias_name,
                });
                actions.push(AliasAction::Set {
                    alias: names.new_alias_name,
                    collection,
                });
            }
        }
    }
    aliases::change(state, actions).await?;
    Ok(true)
}
