//! One request over HTTP: addresses, retries, error bodies. The only file besides the import
//! and the key's header that names reqwest.

use std::sync::Once;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rand::Rng as _;
use reqwest::{Method, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api_key::ApiKey;
use crate::error::{Error, Problem, Result};

/// What may stand in a path as it is (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long one try may take; imports are not bounded by it.
    pub request_timeout: Duration,
    /// How often a request is tried again after 429 or 503, or when no connection was made.
    pub retries_max: u32,
    /// The first pause between tries; each is twice the last.
    pub pause_first: Duration,
    /// The longest pause, also where the server asks for more.
    pub pause_max: Duration,
    /// The key to send, where the server asks for one.
    pub api_key: Option<ApiKey>,
    /// Certificates in PEM to trust besides the system's, such as that of an authority of your
    /// own.
    pub certificates: Option<Vec<u8>>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            // Above the server's own bound, so that its answer arrives.
            request_timeout: Duration::from_secs(90),
            retries_max: 4,
            pause_first: Duration::from_millis(200),
            pause_max: Duration::from_secs(10),
            api_key: None,
            certificates: None,
        }
    }
}

/// Sends requests to one server.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    http: reqwest::Client,
    base: Url,
    options: ClientOptions,
}

/// Makes rustls's ring the process's provider, unless the process chose one.
fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if rustls::crypto::ring::default_provider()
            .install_default()
            .is_err()
        {
            // Another one is there, and does as well.
        }
    });
}

/// The HTTP client's settings: what is trusted, and the key in each request.
fn builder(options: &ClientOptions) -> Result<reqwest::ClientBuilder> {
    let mut builder = reqwest::Client::builder().connect_timeout(options.connect_timeout);
    if let Some(key) = &options.api_key {
        let value = key.header().ok_or_else(|| Error::Options {
            problem: "the key holds what cannot stand in a header".to_owned(),
        })?;
        let headers = [(reqwest::header::AUTHORIZATION, value)];
        builder = builder.default_headers(headers.into_iter().collect());
    }
    if let Some(pem) = &options.certificates {
        let found = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| Error::Options {
            problem: format!("the certificates are not PEM: {error}"),
        })?;
        if found.is_empty() {
            return Err(Error::Options {
                problem: "there is no certificate in what was given".to_owned(),
            });
        }
        builder = builder.tls_certs_merge(found);
    }
    Ok(builder)
}

impl Transport {
    /// A transport to the server at `url`.
    pub(crate) fn new(url: &str, options: ClientOptions) -> Result<Self> {
        install_crypto();
        let wrong = |problem: String| Error::Address {
            url: url.to_owned(),
            problem,
        };
        let mut base = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong(format!("its scheme is `{}`", base.scheme())));
        }
        base.set_query(None);
        base.set_fragment(None);
        let http = builder(&options)?
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            http,
            base,
            options,
        })
    }

    /// The address of a path given as segments, each percent-encoded.
    pub(crate) fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> String {
        let mut url = self.base.as_str().trim_end_matches('/').to_owned();
        for segment in segments {
            url.push('/');
            url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        for (index, (name, value)) in query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, SEGMENT));
        }
        url
    }

    /// Sends a request without a body.
    pub(crate) async fn call<T: DeserializeOwned>(&self, method: Method, url: &str) -> Result<T> {
        let response = self.send(method, url, None).await?;
        read(response, url).await
    }

    /// Sends a request with a JSON body.
    pub(crate) async fn call_with<T: DeserializeOwned>(
        &self,
        method: Method,
        url: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let response = self.send_json(method, url, body).await?;
        read(response, url).await
    }

    /// The same, for a caller who needs the status.
    pub(crate) async fn send_json(
        &self,
        method: Method,
        url: &str,
        body: &impl Serialize,
    ) -> Result<Response> {
        let bytes = serde_json::to_vec(body).map_err(|error| Error::Answer {
            url: url.to_owned(),
            problem: format!("the request is no JSON: {error}"),
        })?;
        self.send(method, url, Some(bytes.into())).await
    }

    /// Reads an answer as text.
    pub(crate) async fn text(&self, url: &str) -> Result<String> {
        let response = self.send(Method::GET, url, None).await?;
        response
            .text()
            .await
            .map_err(|source| connection(url, source))
    }

    /// Reads an answer piece by piece, however long it takes, without another try.
    pub(crate) async fn stream(
        &self,
        url: String,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let response = self.http.get(&url).send().await;
        let response = response.map_err(|source| connection(&url, source))?;
        let response = check(response, &url).await?;
        let pieces = response.bytes_stream();
        Ok(pieces.map(move |piece| piece.map_err(|source| connection(&url, source))))
    }

    /// Sends, and tries again where that can help and does no harm. Every call of ours may be
    /// repeated: upserts, deletes and merge patches give the same result twice.
    async fn send(&self, method: Method, url: &str, body: Option<Bytes>) -> Result<Response> {
        let mut tries = 0;
        loop {
            let mut request = self
                .http
                .request(method.clone(), url)
                .timeout(self.options.request_timeout);
            if let Some(body) = body.clone() {
                request = request
                    .header("content-type", "application/json")
                    .body(body);
            }
            let error = match request.send().await {
                Ok(response) => match check(response, url).await {
                    Ok(response) => return Ok(response),
                    Err(error) => error,
                },
                Err(source) => connection(url, source),
            };
            if tries >= self.options.retries_max || !may_retry(&error) {
                return Err(error);
            }
            tokio::time::sleep(self.pause(tries, error.retry_after())).await;
            tries += 1;
        }
    }

    /// How long to wait before the next try: what the server asks for, or twice as long each
    /// time; with up to half of it more, so that callers who were refused together do not come
    /// back together.
    fn pause(&self, tries: u32, asked: Option<Duration>) -> Duration {
        let doubled = self
            .options
            .pause_first
            .saturating_mul(2_u32.saturating_pow(tries));
        let pause = asked.unwrap_or(doubled).min(self.options.pause_max);
        pause + pause.mul_f64(rand::rng().random_range(0.0..0.5))
    }

    /// The HTTP client, for streamed bodies.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }
}

/// 429 and 503 mean that nothing was done; a connection that was not made, too.
fn may_retry(error: &Error) -> bool {
    match error {
        Error::Server(problem) => {
            matches!(problem.status, 429 | 503) && problem.code != "not_ready"
        }
        Error::Connection { source, .. } => source.is_connect(),
        Error::Address { .. }
        | Error::Options { .. }
        | Error::Answer { .. }
        | Error::Input(_)
        | Error::ImportEnded { .. } => false,
    }
}

pub(crate) fn connection(url: &str, source: reqwest::Error) -> Error {
    Error::Connection {
        url: url.to_owned(),
        source: source.without_url(),
    }
}

/// Passes a success on and turns everything else into an error.
pub(crate) async fn check(response: Response, url: &str) -> Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after_ms = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok())
        .map(|seconds| seconds.saturating_mul(1_000));
    let body = response
        .bytes()
        .await
        .map_err(|source| connection(url, source))?;
    let mut problem = problem(status, &body);
    problem.retry_after_ms = problem.retry_after_ms.or(retry_after_ms);
    Err(Error::Server(problem))
}

/// Reads our error body, OpenAI's, or makes one of what is there.
fn problem(status: StatusCode, body: &[u8]) -> Problem {
    if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
        return problem;
    }
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| value.pointer(name).and_then(serde_json::Value::as_str);
    let unknown = || format!("the server answered {status}");
    Problem {
        status: status.as_u16(),
        code: word("/error/code").unwrap_or("unknown").to_owned(),
        detail: word("/error/message").map_or_else(unknown, str::to_owned),
        field: word("/error/param").map(str::to_owned),
        retry_after_ms: None,
    }
}

/// Reads a JSON answer.
pub(crate) async fn read<T: DeserializeOwned>(response: Response, url: &str) -> Result<T> {
    let body = response
        .bytes()
        .await
        .map_err(|source| connection(url, source))?;
    serde_json::from_slice(&body).map_err(|error| Error::Answer {
        url: url.to_owned(),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
