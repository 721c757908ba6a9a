//! OpenAI's facade: texts to vectors, and the list of models.

use embedder::{Embedding, InputKind};
use serde_json::Value;

use crate::catalog::check_offered;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::embeddings::{
    EmbeddingItem, EmbeddingNumbers, Embeddings, EmbeddingsAnswer, InputType, Model, Models, Usage,
};
use crate::{ingest, model};

/// Embeds one text or a list of texts.
pub(crate) async fn embed(state: &AppState, body: Embeddings) -> Result<EmbeddingsAnswer> {
    let info = state.model.info();
    check_model(&info.name, body.model.as_deref())?;
    let dimensions = body.dimensions.unwrap_or(info.dimensions);
    check_offered(&info.prefix_lengths, info.dimensions, dimensions)?;
    let texts = read_input(body.input, state)?;
    let kind = match body.input_type {
        InputType::Document => InputKind::Document,
        InputType::Query => InputKind::Query,
    };
    let embeddings = ingest::embed(state, texts, kind, ingest::Patience::Refuse)
        .await
        .map_err(|error| error.at("input"))?;
    let tokens = embeddings.iter().map(|embedding| embedding.tokens).sum();
    let write = |(index, embedding): (usize, Embedding)| {
        let vector = model::prefix(embedding, dimensions)?;
        Ok(EmbeddingItem {
            object: "embedding",
            index,
            embedding: EmbeddingNumbers::new(vector, body.encoding_format),
        })
    };
    Ok(EmbeddingsAnswer {
        object: "list",
        data: embeddings
            .into_iter()
            .enumerate()
            .map(write)
            .collect::<Result<_>>()?,
        model: info.name.clone(),
        usage: Usage {
            prompt_tokens: tokens,
            total_tokens: tokens,
        },
    })
}

fn check_model(loaded: &str, asked: Option<&str>) -> Result<()> {
    match asked {
        Some(name) if name != loaded => Err(ApiError::invalid(
            "model",
            "model_not_loaded",
            format!(
                "`model` is `{name}`, the server has loaded `{loaded}`; set `model` to that, or \
                 start the server with `--model {name}`"
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

/// A string or a list of strings; anything else says what to set.
fn read_input(input: Value, state: &AppState) -> Result<Vec<String>> {
    let texts = match input {
        Value::String(text) => vec![text],
        Value::Array(entries) => read_list(entries)?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            return Err(not_text("input"));
        }
    };
    let texts_max = state.config.limits.embeddings_texts_max;
    if texts.is_empty() || texts.len() > texts_max {
        return Err(ApiError::invalid(
            "input",
            if texts.is_empty() {
                "empty"
            } else {
                "too_many"
            },
            format!(
                "`input` has {} texts, expected 1 to {texts_max}",
                texts.len()
            ),
        ));
    }
    for (index, text) in texts.iter().enumerate() {
        let field = format!("input[{index}]");
        ingest::check_text(text, &field, state.config.model.text_bytes_max)?;
    }
    Ok(texts)
}

fn read_list(entries: Vec<Value>) -> Result<Vec<String>> {
    let mut texts = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        match entry {
            Value::String(text) => texts.push(text),
            Value::Number(_) | Value::Array(_) => {
                return Err(ApiError::invalid(
                    format!("input[{index}]"),
                    "token_ids",
                    "`input` holds token ids, which belong to another model's vocabulary; send \
                     the text (in LangChain's OpenAIEmbeddings set check_embedding_ctx_length=False)",
                ));
            }
            Value::Null | Value::Bool(_) | Value::Object(_) => {
                return Err(not_text(&format!("input[{index}]")));
            }
        }
    }
    Ok(texts)
}

fn not_text(field: &str) -> ApiError {
    ApiError::invalid(
        field,
        "invalid_value",
        format!("`{field}` is not text; expected a string or a list of strings"),
    )
}

/// The loaded model.
pub(crate) fn models(state: &AppState) -> Models {
    let info = state.model.info();
    Models {
        object: "list",
        data: vec![Model {
            id: info.name.clone(),
            object: "model",
            // OpenAI's shape wants a time; a model folder has none that means anything.
            created: 0,
            owned_by: "kukla",
            fingerprint: info.fingerprint.clone(),
            dimensions: info.dimensions,
            prefix_lengths: info.prefix_lengths.clone(),
            tokens_max: info.tokens_max,
            parameters: info.parameters,
        }],
    }
}
