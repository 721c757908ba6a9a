//! The error body.

use serde::Serialize;
use utoipa::ToSchema;

use crate::codes;
use crate::problem::ApiError;

/// An error (RFC 9457), sent as `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `urn:kukla:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// What the code means, the same for every occurrence.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What was found, what was expected and what to do. For people; it may change.
    detail: String,
    /// A stable word to match on; all are listed here.
    code: &'static str,
    /// The part of the request at fault, as a path such as `points[3].vector`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// When to try again, in milliseconds; the `Retry-After` header has it in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl From<&ApiError> for Problem {
    fn from(error: &ApiError) -> Self {
        Self {
            kind: format!("urn:kukla:problem:{}", error.code),
            title: codes::find(error.code).map_or("The request is refused", |row| row.title),
            status: error.status.as_u16(),
            detail: error.detail.clone(),
            code: error.code,
            field: error.field.clone(),
            retry_after_ms: error.retry_after_ms,
        }
    }
}
