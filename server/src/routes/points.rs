//! Points.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};

use crate::extract::{self, JsonBody, MediaType, PathOf, QueryOf};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::change::ChangePayloads;
use crate::wire::facet::{Facet, FacetAnswer};
use crate::wire::import::ImportProgress;
use crate::wire::payload::Object;
use crate::wire::point::{
    Changed, CountPoints, Counted, DeletePoints, Deleted, GetParameters, GetPoints, GotPoints,
    ScrollPoints, ScrolledPoints, StoredPoint, Upsert, UpsertParameters, UpsertPoint, Upserted,
    WriteParameters,
};
use crate::{import, ingest, points};

/// Inserts or replaces points.
///
/// As `application/json`: all or nothing, answered when it is on disk.
///
/// As `application/x-ndjson`: one point a line, without end. Lines are committed in batches of
/// at most 1,000. The answer is streamed: each `{"lines","upserted","failed","sequence"}` is an
/// acknowledgement that every line up to `lines` is on disk or was reported; a bad line gives
/// `{"line","code","detail","field"}`. The last line has `done`: true when the whole input was
/// dealt with.
#[utoipa::path(put, path = "/v1/collections/{collection}/points", tag = "points",
    params(("collection" = String, Path), UpsertParameters),
    request_body(content(
        (Upsert = "application/json"),
        (UpsertPoint = "application/x-ndjson"))),
    responses((status = 200, content(
        (Upserted = "application/json"),
        (ImportProgress = "application/x-ndjson")))))]
pub(crate) async fn upsert(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    QueryOf(parameters): QueryOf<UpsertParameters>,
    request: Request,
) -> Result<Response> {
    match extract::media_type(request.headers()) {
        MediaType::Ndjson => import::start(&state, &collection, parameters, request.into_body()),
        MediaType::Json | MediaType::MergePatch => {
            let body: JsonBody<Upsert> = JsonBody::from_request(request, &state).await?;
            let wait = parameters.wait.into();
            let upserted: Upserted = ingest::upsert(&state, &collection, body.value, wait).await?;
            Ok(Json(upserted).into_response())
        }
        MediaType::Other => Err(extract::unsupported(
            request.headers(),
            "application/json or application/x-ndjson",
        )),
    }
}

/// Reads one point.
#[utoipa::path(get, path = "/v1/collections/{collection}/points/{id}", operation_id = "get_point", tag = "points",
    params(("collection" = String, Path), ("id" = String, Path, description = "percent-encoded"), GetParameters),
    responses((status = 200, body = StoredPoint)))]
pub(crate) async fn get_one(
    State(state): State<AppState>,
    PathOf((collection, id)): PathOf<(String, String)>,
    QueryOf(parameters): QueryOf<GetParameters>,
) -> Result<Json<StoredPoint>> {
    Ok(Json(
        points::get_one(&state, &collection, id, parameters.include()?).await?,
    ))
}

/// Reads points by id.
#[utoipa::path(post, path = "/v1/collections/{collection}/points/get", operation_id = "get_points", tag = "points",
    params(("collection" = String, Path)),
    request_body = GetPoints, responses((status = 200, body = GotPoints)))]
pub(crate) async fn get(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    body: JsonBody<GetPoints>,
) -> Result<Json<GotPoints>> {
    Ok(Json(points::get(&state, &collection, body.value).await?))
}

/// Deletes one point; that it did not exist is not an error.
#[utoipa::path(delete, path = "/v1/collections/{collection}/points/{id}", operation_id = "delete_point", tag = "points",
    params(("collection" = String, Path), ("id" = String, Path, description = "percent-encoded"), WriteParameters),
    responses((status = 200, body = Deleted)))]
pub(crate) async fn delete_one(
    State(state): State<AppState>,
    PathOf((collection, id)): PathOf<(String, String)>,
    QueryOf(parameters): QueryOf<WriteParameters>,
) -> Result<Json<Deleted>> {
    Ok(Json(
        points::delete_one(&state, &collection, id, parameters.wait.into()).await?,
    ))
}

/// Deletes points by id or by filter.
#[utoipa::path(post, path = "/v1/collections/{collection}/points/delete", operation_id = "delete_points", tag = "points",
    params(("collection" = String, Path), WriteParameters),
    request_body = DeletePoints, responses((status = 200, body = Deleted)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    QueryOf(parameters): QueryOf<WriteParameters>,
    body: JsonBody<DeletePoints>,
) -> Result<Json<Deleted>> {
    Ok(Json(
        points::delete(&state, &collection, body.value, parameters.wait.into()).await?,
    ))
}

/// Changes a point's payload with a JSON merge patch (RFC 7396): null removes a key.
#[utoipa::path(patch, path = "/v1/collections/{collection}/points/{id}/payload", tag = "points",
    params(("collection" = String, Path), ("id" = String, Path, description = "percent-encoded"), WriteParameters),
    request_body(content(
        (inline(std::collections::BTreeMap<String, serde_json::Value>) = "application/merge-patch+json"),
        (inline(std::collections::BTreeMap<String, serde_json::Value>) = "application/json"))),
    responses((status = 200, body = Changed)))]
pub(crate) async fn change_payload(
    State(state): State<AppState>,
    PathOf((collection, id)): PathOf<(String, String)>,
    QueryOf(parameters): QueryOf<WriteParameters>,
    body: JsonBody<Object>,
) -> Result<Json<Changed>> {
    let wait = parameters.wait.into();
    Ok(Json(
        points::change_payload(&state, (&collection, id), body.value, wait).await?,
    ))
}

/// Changes the payloads of several points, by id or by filter. Each point is a write of its own;
/// the first that fails ends it, and what was changed before stays changed.
#[utoipa::path(post, path = "/v1/collections/{collection}/points/payload", operation_id = "change_payloads", tag = "points",
    params(("collection" = String, Path), WriteParameters),
    request_body = ChangePayloads, responses((status = 200, body = Changed)))]
pub(crate) async fn change_payloads(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    QueryOf(parameters): QueryOf<WriteParameters>,
    body: JsonBody<ChangePayloads>,
) -> Result<Json<Changed>> {
    let wait = parameters.wait.into();
    let mut body = body.value;
    let change = body.take_change()?;
    let chosen = points::Chosen::of(("ids", body.ids), body.filter)?;
    Ok(Json(
        points::change_payloads(&state, &collection, chosen, (change, wait)).await?,
    ))
}

/// Counts points.
#[utoipa::path(post, path = "/v1/collections/{collection}/points/count", tag = "points",
    params(("collection" = String, Path)),
    request_body = CountPoints, responses((status = 200, body = Counted)))]
pub(crate) async fn count(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    body: JsonBody<CountPoints>,
) -> Result<Json<Counted>> {
    Ok(Json(points::count(&state, &collection, body.value).await?))
}

/// Counts points by the values at a payload path.
#[utoipa::path(post, path = "/v1/collections/{collection}/points/facet", tag = "points",
    params(("collection" = String, Path)),
    request_body = Facet, responses((status = 200, body = FacetAnswer)))]
pub(crate) async fn facet(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    body: JsonBody<Facet>,
) -> Result<Json<FacetAnswer>> {
    Ok(Json(points::facet(&state, &collection, body.value).await?))
}

/// Reads points page by page, in the order in which their ids were first written or by a payload
/// value.
#[utoipa::path(post, path = "/v1/collections/{collection}/points/scroll", tag = "points",
    params(("collection" = String, Path)),
    request_body = ScrollPoints, responses((status = 200, body = ScrolledPoints)))]
pub(crate) async fn scroll(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    body: JsonBody<ScrollPoints>,
) -> Result<Json<ScrolledPoints>> {
    Ok(Json(points::scroll(&state, &collection, body.value).await?))
}
