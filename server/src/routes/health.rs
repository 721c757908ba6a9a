//! Liveness, readiness, metrics and the contract.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::problem::Result;
use crate::state::AppState;
use crate::{health, openapi};

/// The server answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
}

/// Answers as long as the process runs.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "server",
    responses((status = 200, body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    Json(Health { status: "alive" })
}

/// Answers 200 when requests are welcome, else 503 with the reason. Where keys are configured, a
/// reason that names a collection is for the holders of a key for it.
#[utoipa::path(get, path = "/readyz", tag = "server",
    responses((status = 200, body = Health)))]
pub(crate) async fn ready(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Health>> {
    health::check(&state, caller).await?;
    Ok(Json(Health { status: "ready" }))
}

/// Metrics for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "server",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn metrics(State(state): State<AppState>) -> Result<Response> {
    let text = health::metrics(&state).await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// The contract in OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "server",
    responses((status = 200, body = serde_json::Value)))]
pub(crate) async fn contract() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        openapi::text(),
    )
        .into_response()
}
