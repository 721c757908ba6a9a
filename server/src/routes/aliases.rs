//! Aliases.

use axum::Json;
use axum::extract::State;

use crate::aliases;
use crate::extract::{JsonBody, PathOf};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::alias::{Alias, AliasDeleted, Aliases, ChangeAliases, SetAlias};

/// Lists all aliases.
#[utoipa::path(get, path = "/v1/aliases", operation_id = "aliases", tag = "aliases",
    responses((status = 200, body = Aliases)))]
pub(crate) async fn list(State(state): State<AppState>) -> Json<Aliases> {
    Json(aliases::list(&state))
}

/// Carries out several steps at once, all or none: a search sees the aliases as they were before
/// or as they are after.
#[utoipa::path(post, path = "/v1/aliases", operation_id = "change_aliases", tag = "aliases",
    request_body = ChangeAliases, responses((status = 200, body = Aliases)))]
pub(crate) async fn change(
    State(state): State<AppState>,
    body: JsonBody<ChangeAliases>,
) -> Result<Json<Aliases>> {
    Ok(Json(aliases::change_all(&state, body.value).await?))
}

/// Tells where an alias leads.
#[utoipa::path(get, path = "/v1/aliases/{alias}", operation_id = "alias", tag = "aliases",
    params(("alias" = String, Path)),
    responses((status = 200, body = Alias)))]
pub(crate) async fn find(
    State(state): State<AppState>,
    PathOf(alias): PathOf<String>,
) -> Result<Json<Alias>> {
    Ok(Json(aliases::find(&state, alias)?))
}

/// Makes an alias of a collection, or moves it there. Every path that takes a collection takes
/// its alias.
#[utoipa::path(put, path = "/v1/aliases/{alias}", operation_id = "set_alias", tag = "aliases",
    params(("alias" = String, Path, description = "1 to 64 of a-z A-Z 0-9 _ -, and no collection's name")),
    request_body = SetAlias, responses((status = 200, body = Alias)))]
pub(crate) async fn set(
    State(state): State<AppState>,
    PathOf(alias): PathOf<String>,
    body: JsonBody<SetAlias>,
) -> Result<Json<Alias>> {
    Ok(Json(
        aliases::set(&state, alias, body.value.collection).await?,
    ))
}

/// Deletes an alias; its collection stays.
#[utoipa::path(delete, path = "/v1/aliases/{alias}", operation_id = "delete_alias", tag = "aliases",
    params(("alias" = String, Path)),
    responses((status = 200, body = AliasDeleted)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    PathOf(alias): PathOf<String>,
) -> Result<Json<AliasDeleted>> {
    aliases::delete(&state, alias).await?;
    Ok(Json(AliasDeleted { deleted: true }))
}
