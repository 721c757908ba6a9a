//! Layers around every request: count it, time it, bound how many there are and how long one
//! takes, and turn panics into answers.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::access::Caller;
use crate::problem::{ApiError, RETRY_AFTER_MS};
use crate::shape;
use crate::state::AppState;

/// Counts and logs each request by its route, so that paths cannot make labels without end.
pub(crate) async fn observe(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    let took = started.elapsed();
    state
        .metrics
        .observe_request(method.as_str(), &route, status.as_u16(), took);
    let took_ms = took.as_secs_f64() * 1e3;
    let status_code = status.as_u16();
    let caller = response.extensions().get::<Caller>();
    let caller = caller.map_or("unknown", Caller::name);
    if status.is_server_error() {
        tracing::warn!(%method, route, caller, status = status_code, took_ms, "request");
    } else if status.is_client_error() {
        tracing::info!(%method, route, caller, status = status_code, took_ms, "request");
    } else {
        tracing::debug!(%method, route, caller, status = status_code, took_ms, "request");
    }
    response
}

/// Refuses requests beyond the limit at once, and ends those that take too long. What they
/// started in the engine runs to its end; work that waits for the model is dropped.
pub(crate) async fn bound(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limits = &state.config.limits;
    let path = request.uri().path().to_owned();
    let Ok(_permit) = Arc::clone(&state.requests).try_acquire_owned() else {
        let error = ApiError::overloaded(
            format!(
                "{} requests are being worked on, the most allowed; try again in \
                 {RETRY_AFTER_MS} ms",
                limits.requests_max
            ),
            RETRY_AFTER_MS,
        );
        return shape::answer(error, &path);
    };
    let limit = Duration::from_millis(limits.request_ms_max);
    if let Ok(response) = tokio::time::timeout(limit, next.run(request)).await {
        return response;
    }
    let error = ApiError::new(
        "request_timeout",
        format!(
            "the request took longer than {} ms and was given up; a write may still happen",
            limits.request_ms_max
        ),
    );
    shape::answer(error, &path)
}

/// Answers a panic in a handler.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    ApiError::fault("internal", &message).into_response()
}
