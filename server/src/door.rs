//! The layer that every request passes first: whose key it carries, and what that key allows.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::access::{self, Caller, Need};
use crate::problem::{ApiError, Result};
use crate::shape;
use crate::state::AppState;

/// The header of Qdrant's clients.
const API_KEY: &str = "api-key";

/// Lets a request in, with its [`Caller`] for those who want to know, or refuses it.
pub(crate) async fn admit(
    State(state): State<AppState>,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let need = access::need(request.method().as_str(), route);
    let admitted = read_collection(parameters.as_ref())
        .and_then(|collection| check(&state, request.headers(), need, collection));
    match admitted {
        Ok(caller) => {
            request.extensions_mut().insert(caller.clone());
            let mut response = next.run(request).await;
            response.extensions_mut().insert(caller);
            response
        }
        Err(error) => refuse(error, request.uri().path()),
    }
}

/// The collection in the path, if the route has one.
fn read_collection<'a>(
    parameters: Result<&'a RawPathParams, &RawPathParamsRejection>,
) -> Result<Option<&'a str>> {
    let parameters =
        parameters.map_err(|error| ApiError::invalid("path", "invalid_path", error.body_text()))?;
    let mut collections = parameters.iter().filter(|(name, _)| *name == "collection");
    Ok(collections.next().map(|(_, value)| value))
}

fn check(
    state: &AppState,
    headers: &HeaderMap,
    need: Need,
    collection: Option<&str>,
) -> Result<Caller> {
    // A client that sends a key to a server without any is not at fault.
    if state.keys.is_empty() {
        return Ok(Caller::Anyone);
    }
    if need == Need::Open {
        // Who shows a key may be told more than a stranger.
        let known = presented(headers).ok().and_then(|key| state.keys.find(key));
        return Ok(known.map_or(Caller::Anyone, |(_, key)| Caller::Key(Arc::clone(key))));
    }
    let secret = presented(headers)?;
    let (place, key) = state.keys.find(secret).ok_or_else(|| {
        ApiError::new(
            "key_unknown",
            "the key is not one of this server's; keys are made with `kukla key`",
        )
    })?;
    state.rates.take(place, Instant::now()).map_err(|wait| {
        let mut error = ApiError::new(
            "rate_limited",
            format!(
                "key `{}` may make {} requests a minute and has made them",
                key.name, state.config.limits.key_requests_per_minute
            ),
        );
        error.retry_after_ms = Some(wait.as_millis() as u64 + 1);
        error
    })?;
    let caller = Caller::Key(Arc::clone(key));
    caller.check(need, collection)?;
    Ok(caller)
}

/// The key that a request carries: `Authorization: Bearer KEY`, or `api-key: KEY`.
fn presented(headers: &HeaderMap) -> Result<&str> {
    let missing = |found: &str| {
        ApiError::new(
            "key_missing",
            format!("{found}; send a key as `Authorization: Bearer KEY` or as `api-key: KEY`"),
        )
    };
    let unreadable = || missing("the header with the key is not text");
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = value.to_str().map_err(|_| unreadable())?;
        return match value.split_once(' ') {
            Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => Ok(secret.trim()),
            Some(_) | None => Err(missing(
                "the Authorization header is not of the kind Bearer",
            )),
        };
    }
    match headers.get(API_KEY) {
        Some(value) => value.to_str().map_err(|_| unreadable()),
        None => Err(missing("this server asks for a key, and there is none")),
    }
}

fn refuse(error: ApiError, path: &str) -> Response {
    let is_unknown = error.status == StatusCode::UNAUTHORIZED;
    let mut response = shape::answer(error, path);
    if is_unknown {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
