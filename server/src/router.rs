//! Every route of ours on one screen; those in the shapes of others are in `facades.rs`.

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, patch, post, put};
use tower_http::catch_panic::CatchPanicLayer;

use crate::door;
use crate::facades;
use crate::limits;
use crate::problem::ApiError;
use crate::routes::{aliases, collections, embeddings, health, points, search};
use crate::shape;
use crate::state::AppState;

/// The whole service.
#[rustfmt::skip] // One line a path, so that the table can be read.
pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .route("/v1/collections", get(collections::list))
        .route("/v1/collections/{collection}", put(collections::create).get(collections::describe).patch(collections::change).delete(collections::delete))
        .route("/v1/collections/{collection}/points", put(points::upsert))
        .route("/v1/collections/{collection}/points/{id}", get(points::get_one).delete(points::delete_one))
        .route("/v1/collections/{collection}/points/{id}/payload", patch(points::change_payload))
        .route("/v1/collections/{collection}/points/payload", post(points::change_payloads))
        .route("/v1/collections/{collection}/points/get", post(points::get))
        .route("/v1/collections/{collection}/points/delete", post(points::delete))
        .route("/v1/collections/{collection}/points/count", post(points::count))
        .route("/v1/collections/{collection}/points/facet", post(points::facet))
        .route("/v1/collections/{collection}/points/scroll", post(points::scroll))
        .route("/v1/collections/{collection}/export", get(collections::export))
        .route("/v1/collections/{collection}/search", post(search::search))
        .route("/v1/aliases", get(aliases::list).post(aliases::change))
        .route("/v1/aliases/{alias}", get(aliases::find).put(aliases::set).delete(aliases::delete))
        .route("/v1/embeddings", post(embeddings::embed))
        .route("/v1/models", get(embeddings::models))
        .route("/openapi.json", get(health::contract))
        .merge(facades::router(&state))
        .layer(from_fn_with_state(state.clone(), limits::bound))
        // Outside the bound: a full server must still be able to say so.
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        // Before the bound, so that strangers cannot fill the server.
        .route_layer(from_fn_with_state(state.clone(), door::admit))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(CatchPanicLayer::custom(limits::panicked))
        .layer(from_fn_with_state(state.clone(), limits::observe))
        .with_state(state)
}

async fn no_route(request: Request) -> Response {
    let path = request.uri().path();
    let error = ApiError::invalid(
        "path",
        "route_not_found",
        format!("`{path}` is not a path of this server; see /openapi.json"),
    );
    shape::answer(error, path)
}

async fn no_method(request: Request) -> Response {
    let path = request.uri().path();
    let error = ApiError::invalid(
        "method",
        "method_not_allowed",
        format!(
            "`{path}` does not take {}; see /openapi.json",
            request.method()
        ),
    );
    shape::answer(error, path)
}
