//! Teachers whose vectors are computed here, ahead of training: a BERT or Qwen3 folder, or an
//! endpoint that speaks OpenAI's embeddings.
//!
//! [`compute`] writes the two NumPy files that `inputs.teacher_codes` and `inputs.teacher_scales`
//! name, chunk by chunk, and goes on after an interruption to the same bytes.

pub mod bert;
pub mod buckets;
pub mod compute;
pub mod endpoint;
pub mod qwen3;
pub mod recipe;

use std::path::Path;

use indicatif::ProgressBar;

use crate::data::texts::{Role, Text};
use crate::error::{Error, Result};
use crate::files;
use crate::matrix::Matrix;

pub use compute::compute;

/// A file of weights that is hashed or read whole.
const FILE_BYTES_MAX: u64 = 64 << 30;

/// Something that turns texts into vectors.
pub trait Teacher {
    /// One row of unit length for every text, in their order; moves the bar on as texts are done.
    fn embed(&self, texts: &[Text], bar: &ProgressBar) -> Result<Matrix>;
}

/// What is put before a text, by its role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolePrompts {
    /// Before a query.
    pub query: String,
    /// Before a passage.
    pub passage: String,
}

impl RolePrompts {
    /// The text as the teacher reads it.
    pub fn apply(&self, text: &Text) -> String {
        let prompt = match text.role {
            Role::Query => &self.query,
            Role::Passage => &self.passage,
        };
        [prompt, text.text.as_str()].concat()
    }
}

/// Hashes the files of a model folder that decide its vectors: every `.json` and `.safetensors`.
pub(crate) fn folder_hash(folder: &Path) -> Result<String> {
    let entries = std::fs::read_dir(folder).map_err(|source| files::io("open", folder, source))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|source| files::io("read", folder, source))?
            .path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("json" | "safetensors")) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut hasher = blake3::Hasher::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let content = files::read(&path, FILE_BYTES_MAX)?;
        hasher.update(name.as_bytes());
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(&content);
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// Divides every row by its norm. A row without a direction is an error that names its text.
pub(crate) fn to_unit(matrix: &mut Matrix, texts: &[Text]) -> Result<()> {
    let columns = matrix.columns.max(1);
    for (row, text) in matrix.values.chunks_exact_mut(columns).zip(texts) {
        let squares: f64 = row.iter().map(|value| f64::from(*value).powi(2)).sum();
        let norm = squares.sqrt();
        if !norm.is_finite() || norm <= 0.0 {
            let start: String = text.text.chars().take(60).collect();
            let problem = format!(
                "the teacher's vector of the text `{start}` has the norm {norm}, expected a \
                 positive number; check the teacher's weights"
            );
            return Err(Error::argument(problem));
        }
        for value in row {
            *value = (f64::from(*value) / norm) as f32;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
