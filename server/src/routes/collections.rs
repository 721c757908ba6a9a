//! Collections.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::catalog;
use crate::extract::{JsonBody, PathOf};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::collection::{Collection, CollectionDeleted, Collections, CreateCollection};

/// Lists all collections.
#[utoipa::path(get, path = "/v1/collections", operation_id = "collections", tag = "collections",
    responses((status = 200, body = Collections)))]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<Collections>> {
    Ok(Json(catalog::list(&state).await?))
}

/// Creates a collection, or finds it if it exists just so.
#[utoipa::path(put, path = "/v1/collections/{collection}", operation_id = "create_collection", tag = "collections",
    params(("collection" = String, Path, description = "1 to 64 of a-z A-Z 0-9 _ -")),
    request_body = CreateCollection,
    responses(
        (status = 201, description = "Created.", body = Collection),
        (status = 200, description = "It was there, just so.", body = Collection)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    body: JsonBody<CreateCollection>,
) -> Result<(StatusCode, Json<Collection>)> {
    let (is_new, collection) = catalog::create(&state, &name, body.value).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(collection)))
}

/// Describes a collection: schema, counts, state of the index, measured recall.
#[utoipa::path(get, path = "/v1/collections/{collection}", operation_id = "collection", tag = "collections",
    params(("collection" = String, Path)),
    responses((status = 200, body = Collection)))]
pub(crate) async fn describe(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
) -> Result<Json<Collection>> {
    Ok(Json(catalog::describe(&state, &name).await?))
}

/// Deletes a collection and everything in it.
#[utoipa::path(delete, path = "/v1/collections/{collection}", operation_id = "delete_collection", tag = "collections",
    params(("collection" = String, Path)),
    responses((status = 200, body = CollectionDeleted)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
) -> Result<Json<CollectionDeleted>> {
    catalog::delete(&state, &name).await?;
    Ok(Json(CollectionDeleted { deleted: true }))
}
