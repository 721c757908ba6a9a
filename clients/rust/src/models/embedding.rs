//! Embeddings and models.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What texts are, for a model that treats questions differently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// What is searched.
    #[default]
    Document,
    /// What is asked.
    Query,
}

/// How texts are embedded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmbedOptions {
    /// One of the model's matryoshka lengths; the full one by default.
    pub dimensions: Option<usize>,
    /// What the texts are.
    pub input_type: InputType,
}

/// Embeddings in the order of the texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embeddings {
    /// One for each text.
    pub data: Vec<Embedding>,
    /// The model that made them.
    pub model: String,
    /// Tokens by kind, as OpenAI counts them.
    pub usage: BTreeMap<String, u64>,
}

/// One text's embedding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Position of its text.
    pub index: usize,
    /// Unit length.
    pub embedding: Vec<f32>,
}

/// The loaded model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// Always `model`, as in OpenAI's list.
    pub object: String,
    /// What tells it from every other model.
    pub fingerprint: String,
    /// Its full length.
    pub dimensions: usize,
    /// Its matryoshka lengths, the full one first.
    pub prefix_lengths: Vec<usize>,
    /// The longest text, in tokens.
    pub tokens_max: usize,
    /// How many parameters it has.
    pub parameters: u64,
}
