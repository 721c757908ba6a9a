//! The model compiled into the binary, where the folder `models/built-in` was there to compile.

use crate::error::Result;
use crate::folder::EmbeddedFiles;

/// The built-in model's files.
#[cfg(built_in_model)]
const FILES: EmbeddedFiles = &[
    (
        "config.json",
        include_bytes!("../models/built-in/config.json"),
    ),
    (
        "config_sentence_transformers.json",
        include_bytes!("../models/built-in/config_sentence_transformers.json"),
    ),
    (
        "model.safetensors",
        include_bytes!("../models/built-in/model.safetensors"),
    ),
    (
        "tokenizer.json",
        include_bytes!("../models/built-in/tokenizer.json"),
    ),
];

/// Returns the built-in model's files.
#[cfg(built_in_model)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "a build without the model answers an error"
)]
pub(crate) fn files() -> Result<EmbeddedFiles> {
    Ok(FILES)
}

/// Says that this build has none.
#[cfg(not(built_in_model))]
pub(crate) fn files() -> Result<EmbeddedFiles> {
    Err(crate::error::Error::BuiltInMissing)
}
