//! The one error type of the service, and how it is answered (RFC 9457).

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::codes;
use crate::wire::problem::Problem;

/// The result of a handler.
pub(crate) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// How long an overloaded caller is asked to wait when nothing better is known.
pub(crate) const RETRY_AFTER_MS: u64 = 1_000;

/// Numbers the faults of this process, so that a body and a log line can be matched.
static FAULTS: AtomicU64 = AtomicU64::new(1);

/// An error as the caller will see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    /// What was found, what was expected and what to do.
    pub(crate) detail: String,
    /// The part of the request, as a path such as `points[3].vector`.
    pub(crate) field: Option<String>,
    pub(crate) retry_after_ms: Option<u64>,
}

impl ApiError {
    /// An error of the caller's in `field`; `code` must be a row of the table.
    pub(crate) fn invalid(
        field: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let mut error = Self::new(code, detail);
        error.field = Some(field.into());
        error
    }

    /// An error that no single field caused.
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        let status = codes::find(code).map_or(StatusCode::BAD_REQUEST, codes::Code::status);
        Self {
            status,
            code,
            detail: detail.into(),
            field: None,
            retry_after_ms: None,
        }
    }

    /// A full queue.
    pub(crate) fn overloaded(detail: impl Into<String>, retry_after_ms: u64) -> Self {
        let mut error = Self::new("overloaded", detail);
        error.retry_after_ms = Some(retry_after_ms);
        error
    }

    /// A fault of ours: the cause goes to the log, the caller gets its number.
    pub(crate) fn fault(code: &'static str, cause: &dyn std::fmt::Display) -> Self {
        let fault = FAULTS.fetch_add(1, Ordering::Relaxed);
        tracing::error!(fault, code, cause = %cause, "a request met a fault");
        Self::new(
            code,
            format!("a fault in the server; look for fault={fault} in its log and report it"),
        )
    }

    /// Names the field, where none is named yet.
    pub(crate) fn at(mut self, field: &str) -> Self {
        self.field.get_or_insert_with(|| field.to_owned());
        self
    }

    /// Whether trying again later may help.
    pub(crate) fn is_overload(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
    }
}

impl From<engine::Error> for ApiError {
    fn from(error: engine::Error) -> Self {
        use engine::ErrorKind;
        let code = error.code();
        match error.kind() {
            ErrorKind::Corrupt | ErrorKind::Internal => return Self::fault(code, &error),
            ErrorKind::Overloaded
            | ErrorKind::Invalid
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Unavailable => {}
        }
        let mut answer = Self::new(code, error.to_string());
        match error {
            engine::Error::Invalid { field, problem, .. } => {
                answer.detail = format!("`{field}` is {problem}");
                answer.field = Some(field);
            }
            engine::Error::SequenceConflict { field, .. }
            | engine::Error::PointAbsent { field, .. }
            | engine::Error::AliasNotFound { field, .. }
            | engine::Error::NameTaken { field, .. } => answer.field = Some(field),
            engine::Error::CollectionNotFound { .. } | engine::Error::CollectionInUse { .. } => {
                answer.field = Some("collection".to_owned());
            }
            engine::Error::PointNotFound { .. } => answer.field = Some("id".to_owned()),
            engine::Error::Overloaded { retry_after_ms, .. } => {
                answer.retry_after_ms = Some(retry_after_ms);
            }
            // Paths of the server are for its log, not for its callers.
            engine::Error::Io { .. } | engine::Error::Folder { .. } => {
                return Self::fault(code, &error);
            }
            _ => {}
        }
        answer
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Problem::from(&self))).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(retry_after_ms) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, retry_after(retry_after_ms));
        }
        response
    }
}

/// Whole seconds, rounded up, because the header has no smaller unit.
pub(crate) fn retry_after(retry_after_ms: u64) -> HeaderValue {
    HeaderValue::from(retry_after_ms.div_ceil(1_000).max(1))
}

#[cfg(test)]
mod tests;
