//! Search.

use axum::Json;
use axum::extract::State;

use crate::extract::{JsonBody, PathOf};
use crate::problem::Result;
use crate::retrieve;
use crate::state::AppState;
use crate::wire::search::{Search, SearchAnswer};

/// Searches by text, by vector, or by both.
#[utoipa::path(post, path = "/v1/collections/{collection}/search", tag = "search",
    params(("collection" = String, Path)),
    request_body = Search, responses((status = 200, body = SearchAnswer)))]
pub(crate) async fn search(
    State(state): State<AppState>,
    PathOf(collection): PathOf<String>,
    body: JsonBody<Search>,
) -> Result<Json<SearchAnswer>> {
    Ok(Json(
        retrieve::search(&state, &collection, body.value).await?,
    ))
}
