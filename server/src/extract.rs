//! Reads paths, query strings and JSON bodies, and answers faults with our error body.

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use crate::problem::{ApiError, RETRY_AFTER_MS, Result};
use crate::state::{AppState, BUDGET_UNIT_BYTES};

/// A larger body is parsed on a thread of its own, so that no other request waits for it.
/// JSON is parsed at some hundred MB a second, so this one takes about a millisecond.
const INLINE_BYTES_MAX: usize = 256 << 10;

/// What a body is, by its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json,
    MergePatch,
    Ndjson,
    Other,
}

/// Reads the content type; parameters such as the character set are ignored.
pub(crate) fn media_type(headers: &HeaderMap) -> MediaType {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/json" => MediaType::Json,
        "application/merge-patch+json" => MediaType::MergePatch,
        "application/x-ndjson" | "application/jsonl" | "application/ndjson" => MediaType::Ndjson,
        _ => MediaType::Other,
    }
}

/// The answer to a content type that is not taken.
pub(crate) fn unsupported(headers: &HeaderMap, expected: &str) -> ApiError {
    let found = headers
        .get(header::CONTENT_TYPE)
        .map_or("none".to_owned(), |value| {
            format!("`{}`", String::from_utf8_lossy(value.as_bytes()))
        });
    ApiError::invalid(
        "content-type",
        "unsupported_media_type",
        format!("the content type is {found}, expected {expected}"),
    )
}

/// A JSON body, with the share of the body budget it holds until it is dropped.
pub(crate) struct JsonBody<T> {
    pub(crate) value: T,
    _budget: Vec<OwnedSemaphorePermit>,
}

impl<T: DeserializeOwned + Send + 'static> FromRequest<AppState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self> {
        match media_type(request.headers()) {
            MediaType::Json | MediaType::MergePatch => {}
            MediaType::Ndjson | MediaType::Other => {
                return Err(unsupported(request.headers(), "application/json"));
            }
        }
        let held = collect(request, state).await?;
        let bytes = held.bytes;
        let value = if bytes.len() > INLINE_BYTES_MAX {
            tokio::task::spawn_blocking(move || parse(&bytes))
                .await
                .map_err(|error| ApiError::fault("internal", &error))??
        } else {
            parse(&bytes)?
        };
        Ok(Self {
            value,
            _budget: held.budget,
        })
    }
}

/// A whole body, with its share of the budget.
pub(crate) struct HeldBody {
    bytes: Vec<u8>,
    budget: Vec<OwnedSemaphorePermit>,
}

impl HeldBody {
    /// The bytes, and what gives their share back when it is dropped.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Vec<OwnedSemaphorePermit>) {
        (self.bytes, self.budget)
    }
}

/// Reads a whole body within the limit and the budget.
pub(crate) async fn collect(request: Request, state: &AppState) -> Result<HeldBody> {
    let bytes_max = state.config.limits.body_bytes_max;
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    let mut held = HeldBody {
        bytes: Vec::new(),
        budget: Vec::new(),
    };
    let mut units = 0;
    let mut stream = Body::into_data_stream(request.into_body());
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::new("body_incomplete", format!("the body ended early: {error}"))
        })?;
        if held.bytes.len() + chunk.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        held.bytes.extend_from_slice(&chunk);
        let wanted = held.bytes.len().div_ceil(BUDGET_UNIT_BYTES);
        let more = u32::try_from(wanted - units).unwrap_or(u32::MAX);
        let permit = std::sync::Arc::clone(&state.bodies)
            .try_acquire_many_owned(more)
            .map_err(|_| {
                ApiError::overloaded(
                    format!(
                        "bodies of other requests fill the {} bytes kept for them; try again in \
                         {RETRY_AFTER_MS} ms",
                        state.config.limits.bodies_bytes_max
                    ),
                    RETRY_AFTER_MS,
                )
            })?;
        merge(&mut held.budget, permit);
        units = wanted;
    }
    Ok(held)
}

/// Keeps one permit however many chunks a body comes in.
fn merge(budget: &mut Vec<OwnedSemaphorePermit>, permit: OwnedSemaphorePermit) {
    match budget.first_mut() {
        Some(first) => first.merge(permit),
        None => budget.push(permit),
    }
}

fn too_large(bytes_max: usize) -> ApiError {
    ApiError::invalid(
        "body",
        "body_too_large",
        format!(
            "the body is over {bytes_max} bytes; send less at once, or stream points as \
             application/x-ndjson"
        ),
    )
}

/// Parses JSON and names the fault with its path.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ApiError::invalid(
            "body",
            "invalid_utf8",
            format!("byte {} is not UTF-8", error.valid_up_to()),
        )
    })?;
    // Keeping track of the path costs as much as reading the numbers of a vector, and most bodies
    // are in order: only who is not is read again to say where.
    serde_json::from_str(text).or_else(|_| parse_tracked(text))
}

/// As [`parse`], and knows where a fault lies.
fn parse_tracked<T: DeserializeOwned>(text: &str) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        json_fault(error.inner(), &path)
    })?;
    deserializer
        .end()
        .map_err(|error| json_fault(&error, "body"))?;
    Ok(value)
}

/// Sorts a fault of serde_json by its message, the only place that tells them apart.
fn json_fault(error: &serde_json::Error, path: &str) -> ApiError {
    let message = error.to_string();
    let field = if path == "." { "body" } else { path };
    let code = if error.is_data() {
        if message.starts_with("unknown field") {
            "unknown_field"
        } else if message.starts_with("missing field") {
            "missing_field"
        } else {
            "invalid_value"
        }
    } else {
        "invalid_json"
    };
    let field = match code {
        "invalid_json" => "body".to_owned(),
        // The path ends at the object; the message begins with the field's name.
        "missing_field" => join(field, quoted(&message)),
        _ => field.to_owned(),
    };
    ApiError::invalid(field.clone(), code, format!("`{field}`: {message}"))
}

/// The first word in backticks.
fn quoted(message: &str) -> &str {
    message.split('`').nth(1).unwrap_or_default()
}

fn join(path: &str, name: &str) -> String {
    if path == "body" {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Parts of the path, percent-decoded.
pub(crate) struct PathOf<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for PathOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let found: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        match found {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::invalid(
                "path",
                "invalid_path",
                rejection.body_text(),
            )),
        }
    }
}

/// The query string.
pub(crate) struct QueryOf<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for QueryOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let found: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        match found {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let message = rejection.body_text();
                let detail = message
                    .trim_start_matches("Failed to deserialize query string: ")
                    .to_owned();
                let code = if detail.contains("unknown field") {
                    "unknown_field"
                } else {
                    "invalid_query"
                };
                Err(ApiError::invalid("query", code, detail))
            }
        }
    }
}

#[cfg(test)]
mod tests;
