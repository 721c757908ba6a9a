//! Makes, moves and removes aliases.

use std::sync::Arc;

use engine::AliasAction;

use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::alias::{Alias, Aliases, ChangeAliases};

/// All aliases, by name.
pub(crate) fn list(state: &AppState) -> Aliases {
    let found = state.engine.aliases().into_iter();
    Aliases {
        aliases: found
            .map(|(alias, collection)| Alias { alias, collection })
            .collect(),
    }
}

/// One alias.
pub(crate) fn find(state: &AppState, alias: String) -> Result<Alias> {
    match state.engine.aliases().remove(&alias) {
        Some(collection) => Ok(Alias { alias, collection }),
        None => Err(ApiError::invalid(
            "alias",
            "alias_not_found",
            format!("alias `{alias}` does not exist"),
        )),
    }
}

/// Makes an alias or moves it.
pub(crate) async fn set(state: &AppState, alias: String, collection: String) -> Result<Alias> {
    let action = AliasAction::Set {
        alias: alias.clone(),
        collection: collection.clone(),
    };
    change(state, vec![action]).await.map_err(single)?;
    Ok(Alias { alias, collection })
}

/// Removes an alias.
pub(crate) async fn delete(state: &AppState, alias: String) -> Result<()> {
    let action = AliasAction::Delete { alias };
    change(state, vec![action]).await.map_err(single)
}

/// Carries out several steps at once.
pub(crate) async fn change_all(state: &AppState, body: ChangeAliases) -> Result<Aliases> {
    let actions = body.actions.into_iter().map(AliasAction::from).collect();
    change(state, actions).await?;
    Ok(list(state))
}

/// Carries out all steps, or none.
pub(crate) async fn change(state: &AppState, actions: Vec<AliasAction>) -> Result<()> {
    let engine = Arc::clone(&state.engine);
    state
        .writes
        .run(move || Ok(engine.change_aliases(&actions)?))
        .await
}

/// The alias of a path is no part of a list.
fn single(mut error: ApiError) -> ApiError {
    if let Some(field) = error.field.take() {
        let is_in_list = field.starts_with("actions[0]");
        if is_in_list {
            error.detail = error.detail.replace(&field, "alias");
        }
        error.field = Some(if is_in_list {
            "alias".to_owned()
        } else {
            field
        });
    }
    error
}
