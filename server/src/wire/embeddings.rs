//! OpenAI's shapes for embeddings and models, with its error body.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::{ApiError, retry_after};

/// A request for embeddings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Embeddings {
    /// One text or a list of texts. Token ids are refused.
    #[schema(value_type = StringOrList)]
    pub(crate) input: serde_json::Value,
    /// The loaded model's name; left out, it is that one.
    pub(crate) model: Option<String>,
    /// One of the model's matryoshka lengths; the full one by default.
    #[schema(minimum = 1)]
    pub(crate) dimensions: Option<usize>,
    #[serde(default)]
    pub(crate) encoding_format: EncodingFormat,
    /// Our extension: whether the texts are documents or queries.
    #[serde(default)]
    pub(crate) input_type: InputType,
    /// Accepted and not used.
    #[expect(
        dead_code,
        reason = "a documented field of the facade that has no effect here"
    )]
    pub(crate) user: Option<String>,
}

/// One text or several; only for the contract.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "names a shape in the contract")]
pub(crate) enum StringOrList {
    String(String),
    List(Vec<String>),
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EncodingFormat {
    /// A list of numbers.
    #[default]
    Float,
    /// Little-endian 32-bit floats in base64.
    Base64,
}

/// What the texts are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputType {
    #[default]
    Document,
    Query,
}

/// Embeddings, in the order of the input.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmbeddingsAnswer {
    pub(crate) object: &'static str,
    pub(crate) data: Vec<EmbeddingItem>,
    pub(crate) model: String,
    pub(crate) usage: Usage,
}

/// One text's embedding.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmbeddingItem {
    pub(crate) object: &'static str,
    pub(crate) index: usize,
    pub(crate) embedding: EmbeddingNumbers,
}

/// A vector, as asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum EmbeddingNumbers {
    Float(Vec<f32>),
    Base64(String),
}

impl EmbeddingNumbers {
    /// Writes a vector in a format.
    pub(crate) fn new(vector: Vec<f32>, format: EncodingFormat) -> Self {
        match format {
            EncodingFormat::Float => Self::Float(vector),
            EncodingFormat::Base64 => {
                let bytes: Vec<u8> = vector
                    .iter()
                    .flat_map(|number| number.to_le_bytes())
                    .collect();
                Self::Base64(STANDARD.encode(bytes))
            }
        }
    }
}

/// Tokens counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Usage {
    pub(crate) prompt_tokens: usize,
    pub(crate) total_tokens: usize,
}

/// The models that can be asked for: the one that is loaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Models {
    pub(crate) object: &'static str,
    pub(crate) data: Vec<Model>,
}

/// The loaded model. `fingerprint` and what follows are ours, not OpenAI's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) object: &'static str,
    pub(crate) created: u64,
    pub(crate) owned_by: &'static str,
    pub(crate) fingerprint: String,
    pub(crate) dimensions: usize,
    /// Matryoshka lengths, the full one first.
    pub(crate) prefix_lengths: Vec<usize>,
    /// The longest text, in tokens.
    pub(crate) tokens_max: usize,
    pub(crate) parameters: u64,
}

/// An error in OpenAI's shape.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenAiError {
    error: OpenAiErrorBody,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenAiErrorBody {
    message: String,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<String>,
    code: Option<&'static str>,
}

/// An error on its way out in OpenAI's shape.
#[derive(Debug)]
pub(crate) struct OpenAiProblem(pub(crate) ApiError);

impl From<ApiError> for OpenAiProblem {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for OpenAiProblem {
    fn into_response(self) -> Response {
        let error = self.0;
        let kind = match error.status.as_u16() {
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            _ => "server_error",
        };
        let body = OpenAiError {
            error: OpenAiErrorBody {
                message: error.detail,
                kind,
                param: error.field,
                code: Some(error.code),
            },
        };
        let mut response = (error.status, Json(body)).into_response();
        if let Some(retry_after_ms) = error.retry_after_ms {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, retry_after(retry_after_ms));
        }
        response
    }
}

#[cfg(test)]
mod tests;
