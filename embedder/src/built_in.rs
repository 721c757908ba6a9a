//! The model compiled into the binary, so that nothing has to lie beside it.

use crate::folder::EmbeddedFiles;

/// The files of `models/built-in`; its `README.md` says where they come from.
pub(crate) const FILES: EmbeddedFiles = &[
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
