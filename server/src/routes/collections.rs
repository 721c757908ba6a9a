//! Collections.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};

use crate::access::Caller;
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::collection::{
    ChangeCollection, Collection, CollectionDeleted, Collections, CreateCollection,
};
use crate::wire::export::{ExportParameters, ExportedPoint};
use crate::{catalog, export};

/// Lists the collections that the caller's key is for.
#[utoipa::path(get, path = "/v1/collections", operation_id = "collections", tag = "collections",
    responses((status = 200, body = Collections)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Collections>> {
    Ok(Json(catalog::list(&state, caller).await?))
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

/// Exports all points of one moment as JSON lines, streamed. Each line is a point that an upsert
/// as `application/x-ndjson` takes as it is. An answer without its regular end was cut off.
///
/// As a Parquet file each point is a row: `id` is its name, `id_number` has it again where it was
/// written as an integer, `payload` is JSON, `vector` is that of a point with one vector for its
/// whole text, and other points have `chunks`.
#[utoipa::path(get, path = "/v1/collections/{collection}/export", operation_id = "export", tag = "collections",
    params(("collection" = String, Path), ExportParameters),
    responses((status = 200, content(
        (ExportedPoint<'static> = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.apache.parquet")))))]
pub(crate) async fn export(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    QueryOf(parameters): QueryOf<ExportParameters>,
) -> Result<Response> {
    export::start(&state, &name, &parameters)
}

/// Changes settings of a collection. What is fixed is refused by name.
#[utoipa::path(patch, path = "/v1/collections/{collection}", operation_id = "change_collection", tag = "collections",
    params(("collection" = String, Path)),
    request_body(content(
        (ChangeCollection = "application/merge-patch+json"),
        (ChangeCollection = "application/json"))),
    responses((status = 200, body = Collection)))]
pub(crate) async fn change(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    body: JsonBody<ChangeCollection>,
) -> Result<Json<Collection>> {
    Ok(Json(catalog::change(&state, &name, body.value).await?))
}

/// Deletes a collection and everything in it. One that an alias names is refused.
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
