//! Qdrant's shapes: what its clients send, and what they expect back.

pub(crate) mod alias;
pub(crate) mod collection;
pub(crate) mod filter;
pub(crate) mod order;
pub(crate) mod point;
pub(crate) mod query;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::problem::{ApiError, retry_after};

/// A success in Qdrant's shape.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<T> {
    pub(crate) result: T,
    status: &'static str,
    /// Seconds in the server.
    time: f64,
}

impl<T> Answer<T> {
    /// An answer to a request that began at `started`.
    pub(crate) fn new(result: T, started: std::time::Instant) -> Self {
        Self {
            result,
            status: "ok",
            time: started.elapsed().as_secs_f64(),
        }
    }
}

/// What a write did.
#[derive(Debug, Serialize)]
pub(crate) struct Updated {
    operation_id: u64,
    status: &'static str,
}

impl Updated {
    /// The last sequence number, and whether the write can be searched already.
    pub(crate) fn new(sequence: u64, wait: engine::Wait) -> Self {
        Self {
            operation_id: sequence,
            status: match wait {
                engine::Wait::Searchable => "completed",
                engine::Wait::Durable => "acknowledged",
            },
        }
    }
}

/// An error on its way out in Qdrant's shape, with our code at the end of its message.
#[derive(Debug)]
pub(crate) struct QdrantProblem(pub(crate) ApiError);

impl From<ApiError> for QdrantProblem {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for QdrantProblem {
    fn into_response(self) -> Response {
        let error = self.0;
        let message = match &error.field {
            Some(field) => format!("{} ({}, at `{field}`)", error.detail, error.code),
            None => format!("{} ({})", error.detail, error.code),
        };
        let body = json!({"status": {"error": message}, "result": null, "time": 0.0});
        let mut response = (error.status, Json(body)).into_response();
        if let Some(retry_after_ms) = error.retry_after_ms {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, retry_after(retry_after_ms));
        }
        response
    }
}

/// The answer to a part of Qdrant's interface that is not here.
pub(crate) fn unsupported(field: &str, problem: &str) -> ApiError {
    ApiError::invalid(field, "not_supported", format!("`{field}` {problem}"))
}

/// Refuses a field that would change the answer, where it is set.
pub(crate) fn refuse(field: &str, value: Option<&Value>) -> Result<(), ApiError> {
    match value {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(unsupported(field, "is not supported here; leave it out")),
    }
}

#[cfg(test)]
mod tests;
