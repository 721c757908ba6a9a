//! Routes in the shapes of others. Their contracts are the others', so ours does not list them.

use axum::Router;
use axum::routing::{get, post, put};

use crate::routes::{mcp, qdrant};
use crate::state::AppState;

/// Routes in the shapes of others that can be turned off.
pub(crate) fn router(state: &AppState) -> Router<AppState> {
    let mut router = Router::new();
    if state.config.mcp.enabled {
        router = router.route("/mcp", post(mcp::message));
    }
    if state.config.qdrant.enabled {
        router = router.merge(qdrants());
    }
    router
}

/// Qdrant's paths, which have no prefix of ours.
#[rustfmt::skip] // One line a path, so that the table can be read.
fn qdrants() -> Router<AppState> {
    Router::new()
        .route("/", get(qdrant::version))
        .route("/collections", get(qdrant::list))
        .route("/aliases", get(qdrant::aliases))
        .route("/collections/aliases", post(qdrant::change_aliases))
        .route("/collections/{collection}", put(qdrant::create).get(qdrant::describe).delete(qdrant::delete))
        .route("/collections/{collection}/aliases", get(qdrant::aliases_of))
        .route("/collections/{collection}/facet", post(qdrant::facet))
        .route("/collections/{collection}/exists", get(qdrant::exists))
        .route("/collections/{collection}/index", put(qdrant::index_payload))
        .route("/collections/{collection}/points", put(qdrant::upsert).post(qdrant::retrieve))
        .route("/collections/{collection}/points/{id}", get(qdrant::get_one))
        .route("/collections/{collection}/points/delete", post(qdrant::delete_points))
        .route("/collections/{collection}/points/count", post(qdrant::count))
        .route("/collections/{collection}/points/scroll", post(qdrant::scroll))
        .route("/collections/{collection}/points/query", post(qdrant::run_query))
        .route("/collections/{collection}/points/query/batch", post(qdrant::run_queries))
        .route("/collections/{collection}/points/payload", post(qdrant::set_payload).put(qdrant::overwrite_payload))
        .route("/collections/{collection}/points/payload/delete", post(qdrant::delete_payload))
        .route("/collections/{collection}/points/payload/clear", post(qdrant::clear_payload))
}
