//! A teacher behind OpenAI's `POST /v1/embeddings`, of whatever vendor. The only file that names
//! reqwest.

use std::fmt;
use std::sync::Once;
use std::time::Duration;

use indicatif::ProgressBar;
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::data::texts::Text;
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::teacher::{RolePrompts, Teacher, to_unit};

/// An answer is vectors in decimal: some tens of kilobytes a text.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// How much of an endpoint's refusal is shown.
const REFUSAL_CHARACTERS_MAX: usize = 300;

/// The longest vector that is taken.
const DIMENSIONS_MAX: usize = 1 << 16;

/// A key to send. It is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Takes a key; space around it is left out.
    pub fn new(secret: &str) -> Self {
        Self(secret.trim().to_owned())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(hidden)")
    }
}

/// What is asked of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointOptions {
    /// The whole address, such as `http://127.0.0.1:6363/v1/embeddings`.
    pub url: String,
    /// The model's name at the endpoint.
    pub model: String,
    /// Put before texts.
    pub prompts: RolePrompts,
    /// Texts of a request.
    pub batch_texts: usize,
    /// A text is cut to so many characters, prompt included.
    pub characters_max: usize,
}

/// When a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often a request is sent at most.
    pub tries_max: u32,
    /// The first pause between tries; each is twice the last.
    pub pause_first: Duration,
    /// The longest pause, also where the endpoint asks for more.
    pub pause_max: Duration,
    /// How long one try may take.
    pub timeout: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries_max: 8,
            pause_first: Duration::from_millis(500),
            pause_max: Duration::from_mins(1),
            timeout: Duration::from_mins(5),
        }
    }
}

/// An endpoint that turns texts into vectors.
#[derive(Debug)]
pub struct Endpoint {
    options: EndpointOptions,
    patience: Patience,
    key: Option<HeaderValue>,
    http: Client,
    runtime: Runtime,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

/// What came of one try.
enum Tried {
    Answered(Vec<u8>),
    Refused(String),
    /// Another try may help, after so long if the endpoint says.
    Passing(String, Option<Duration>),
}

impl Endpoint {
    /// Prepares requests; nothing is sent yet.
    pub fn new(options: EndpointOptions, key: Option<&Key>, patience: Patience) -> Result<Self> {
        install_crypto();
        let broken = |problem: String| Error::Endpoint {
            url: options.url.clone(),
            problem,
            is_passing: false,
        };
        let key = key
            .map(|key| {
                let mut value = HeaderValue::from_str(&format!("Bearer {}", key.0))
                    .map_err(|_| broken("the key holds what cannot stand in a header".into()))?;
                value.set_sensitive(true);
                Ok::<_, Error>(value)
            })
            .transpose()?;
        let http = Client::builder()
            .timeout(patience.timeout)
            // A redirect would carry the texts to a place that nobody named.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| broken(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| broken(error.to_string()))?;
        Ok(Self {
            options,
            patience,
            key,
            http,
            runtime,
        })
    }

    fn refused(&self, problem: String, is_passing: bool) -> Error {
        Error::Endpoint {
            url: self.options.url.clone(),
            problem,
            is_passing,
        }
    }

    /// Sends a batch until it is answered, refused, or patience ends.
    async fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let body = json!({
            "model": self.options.model, "input": texts, "encoding_format": "float",
        });
        let body = body.to_string();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.send(body.clone()).await {
                Tried::Answered(bytes) => return self.read(&bytes, texts.len()),
                Tried::Refused(problem) => return Err(self.refused(problem, false)),
                Tried::Passing(problem, _) if tries >= self.patience.tries_max => {
                    let problem = format!("{problem} (tried {tries} times)");
                    return Err(self.refused(problem, true));
                }
                Tried::Passing(_, asked) => {
                    let doubled = self.patience.pause_first * 2u32.saturating_pow(tries - 1);
                    let pause = asked.unwrap_or(doubled).min(self.patience.pause_max);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn send(&self, body: String) -> Tried {
        let mut request = self.http.post(&self.options.url);
        request = request.header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        let mut response = match request.body(body).send().await {
            Ok(response) => response,
            Err(error) if error.is_builder() => return Tried::Refused(chain(&error)),
            Err(error) => return Tried::Passing(chain(&error), None),
        };
        let status = response.status();
        let asked = seconds_asked(&response);
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                    bytes.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => {
                    let problem = format!(
                        "answered more than {ANSWER_BYTES_MAX} bytes; lower `teacher.batch_texts`"
                    );
                    return Tried::Refused(problem);
                }
                Ok(None) => break,
                Err(error) => return Tried::Passing(chain(&error), None),
            }
        }
        if status == StatusCode::OK {
            return Tried::Answered(bytes);
        }
        let said: String = String::from_utf8_lossy(&bytes)
            .chars()
            .take(REFUSAL_CHARACTERS_MAX)
            .collect();
        let problem = format!("answered {status}: {said}");
        let is_passing = status.is_server_error()
            || matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
            );
        if is_passing {
            return Tried::Passing(problem, asked);
        }
        Tried::Refused(format!("{problem}{}", advice(status)))
    }

    /// The vectors of an answer in the order of the texts.
    fn read(&self, bytes: &[u8], texts: usize) -> Result<Vec<Vec<f32>>> {
        let answer: Answer = serde_json::from_slice(bytes).map_err(|error| {
            let problem = format!("its answer is not that of OpenAI's embeddings: {error}");
            self.refused(problem, false)
        })?;
        if answer.data.len() != texts {
            let found = answer.data.len();
            let problem = format!("answered {found} vectors for {texts} texts");
            return Err(self.refused(problem, false));
        }
        let mut vectors = vec![Vec::new(); texts];
        for item in answer.data {
            let size = item.embedding.len();
            if size == 0 || size > DIMENSIONS_MAX {
                let problem =
                    format!("answered a vector of {size} values, expected 1 to {DIMENSIONS_MAX}");
                return Err(self.refused(problem, false));
            }
            match vectors.get_mut(item.index) {
                Some(place) if place.is_empty() => *place = item.embedding,
                _ => {
                    let problem = format!(
                        "answered the index {} twice, or beyond the {texts} texts",
                        item.index
                    );
                    return Err(self.refused(problem, false));
                }
            }
        }
        Ok(vectors)
    }
}

impl Teacher for Endpoint {
    fn embed(&self, texts: &[Text], bar: &ProgressBar) -> Result<Matrix> {
        let mut all = Matrix::zeros(0, 0);
        for batch in texts.chunks(self.options.batch_texts.max(1)) {
            let cut = |text: &Text| -> String {
                let prompted = self.options.prompts.apply(text);
                prompted.chars().take(self.options.characters_max).collect()
            };
            let asked: Vec<String> = batch.iter().map(cut).collect();
            for vector in self.runtime.block_on(self.ask(&asked))? {
                if all.rows > 0 && vector.len() != all.columns {
                    let problem = format!(
                        "answered vectors of {} and of {} values; a teacher has one size",
                        all.columns,
                        vector.len()
                    );
                    return Err(self.refused(problem, false));
                }
                all.columns = vector.len();
                all.rows += 1;
                all.values.extend(vector);
            }
            bar.inc(batch.len() as u64);
        }
        to_unit(&mut all, texts)?;
        Ok(all)
    }
}

/// What to do about a refusal that has a usual reason.
fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; name the environment variable that holds its key with --teacher-key-variable"
        }
        StatusCode::NOT_FOUND => "; `teacher.url` is the whole address, with /v1/embeddings",
        StatusCode::PAYLOAD_TOO_LARGE => {
            "; lower `teacher.batch_texts` or `teacher.characters_max`"
        }
        _ => "",
    }
}

fn seconds_asked(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// An error with its causes, which reqwest keeps out of its own words.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
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

#[cfg(test)]
mod tests;
