//! Writes the smaller model's folder.

use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

use crate::error::{Error, Result};
use crate::files;
use crate::prune::PruneSummary;
use crate::prune::cut::CutTensor;
use crate::prune::vocabulary::TOKENIZER;

/// The prompts of a folder; they go along as they are.
const PROMPTS: &str = "config_sentence_transformers.json";

/// Bounds what is copied; a tokenizer of 250,000 tokens has 17 MB.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Writes `config.json`, `model.safetensors` in f32, `tokenizer.json`, the prompts where the
/// source has them, and a short `README.md`. `config.json` comes last: a folder without it is
/// none that opens.
pub fn write(
    source: &Path,
    output: &Path,
    tensors: &[CutTensor],
    tokenizer: Option<Vec<u8>>,
    summary: &PruneSummary,
) -> Result<()> {
    files::create_folder(output)?;
    let tokenizer = match tokenizer {
        Some(json) => json,
        None => files::read(&source.join(TOKENIZER), FILE_BYTES_MAX)?,
    };
    files::replace(
        &output.join("model.safetensors"),
        &serialize(output, tensors)?,
    )?;
    files::replace(&output.join(TOKENIZER), &tokenizer)?;
    let prompts = source.join(PROMPTS);
    if prompts.exists() {
        let bytes = files::read(&prompts, FILE_BYTES_MAX)?;
        files::replace(&output.join(PROMPTS), &bytes)?;
    }
    files::replace(&output.join("README.md"), card(source, summary).as_bytes())?;
    let config = summary.after.to_json();
    files::replace(&output.join("config.json"), config.as_bytes())
}

fn serialize(output: &Path, tensors: &[CutTensor]) -> Result<Vec<u8>> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|tensor| {
            let values = tensor.values.iter();
            values.flat_map(|value| value.to_le_bytes()).collect()
        })
        .collect();
    let views: Result<Vec<_>, _> = tensors
        .iter()
        .zip(&bytes)
        .map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes);
            view.map(|view| (tensor.name.as_str(), view))
        })
        .collect();
    views
        .and_then(|views| safetensors::serialize(views, None))
        .map_err(|error| Error::content(output, error.to_string()))
}

fn card(source: &Path, summary: &PruneSummary) -> String {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "# {name}, pruned\n\n\
         Made by `kukla-trainer prune` from `{name}`, whose licence holds for it.\n\
         It has not been trained since and is a start for training, not for use.\n\n{}\n",
        summary.table()
    )
}
