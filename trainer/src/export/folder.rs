//! Writes the files of a model folder, each replaced atomically.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use serde_json::json;

use crate::error::{Error, Result};
use crate::export::lift::Lifted;
use crate::files;
use crate::transformer::weights::TABLE;

/// What a folder says beside its weights.
#[derive(Clone, Debug)]
pub struct FolderTexts {
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// Put before a query; empty for none.
    pub query_prompt: String,
    /// Put before a document; usually empty.
    pub document_prompt: String,
    /// `README.md`, the model card.
    pub card: String,
}

/// Writes `config.json`, `model.safetensors`, `tokenizer.json`,
/// `config_sentence_transformers.json` and `README.md`.
pub fn write(folder: &Path, lifted: &Lifted, texts: &FolderTexts) -> Result<()> {
    files::create_folder(folder)?;
    let path = folder.join("model.safetensors");
    let views: Result<Vec<_>, _> = lifted
        .tensors
        .iter()
        .map(|tensor| {
            TensorView::new(tensor.kind, tensor.shape.clone(), &tensor.bytes)
                .map(|view| (tensor.name.as_str(), view))
        })
        .collect();
    let notes = notes(lifted)?;
    let weights = views
        .and_then(|views| safetensors::serialize(views, notes))
        .map_err(|error| Error::content(&path, error.to_string()))?;
    let prompts = json!({
        "prompts": {"query": texts.query_prompt, "document": texts.document_prompt},
        "default_prompt_name": null,
        "similarity_fn_name": "cosine",
    });
    files::replace(&path, &weights)?;
    files::replace(
        &folder.join("config.json"),
        lifted.config.to_json().as_bytes(),
    )?;
    files::replace(&folder.join("tokenizer.json"), &texts.tokenizer)?;
    let prompts = format!("{prompts:#}\n");
    files::replace(
        &folder.join("config_sentence_transformers.json"),
        prompts.as_bytes(),
    )?;
    files::replace(&folder.join("README.md"), texts.card.as_bytes())
}

/// What the file says of its codes.
fn notes(lifted: &Lifted) -> Result<Option<HashMap<String, String>>> {
    let note = lifted.bits.note(lifted.config.hidden_size)?;
    Ok(note.map(|note| HashMap::from([(format!("model.{TABLE}.codes"), note)])))
}
