//! The Model Context Protocol.

use axum::extract::{Request, State};
use axum::response::Response;

use crate::mcp;
use crate::problem::Result;
use crate::state::AppState;

/// Answers one message.
pub(crate) async fn message(State(state): State<AppState>, request: Request) -> Result<Response> {
    mcp::answer(state, request).await
}
