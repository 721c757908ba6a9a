//! Errors that arise before a route is reached, in the shape that the route's callers know.

use axum::response::{IntoResponse as _, Response};

use crate::problem::ApiError;
use crate::wire::embeddings::OpenAiProblem;
use crate::wire::qdrant::QdrantProblem;

/// Answers an error to a request for `path`.
pub(crate) fn answer(error: ApiError, path: &str) -> Response {
    match path {
        "/v1/embeddings" | "/v1/models" => OpenAiProblem(error).into_response(),
        _ if is_qdrants(path) => QdrantProblem(error).into_response(),
        _ => error.into_response(),
    }
}

/// Whether a path is one of Qdrant's.
fn is_qdrants(path: &str) -> bool {
    path == "/collections" || path.starts_with("/collections/")
}
