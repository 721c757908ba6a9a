//! What the integration tests share: the tiny model, its golden cases, and folders made from it.
#![expect(dead_code, reason = "each test binary uses a part")]

use std::path::{Path, PathBuf};

use embedder::{Embedder, EmbedderOptions, InputKind, ModelSource};
use serde::Deserialize;

/// One answer of the original implementation; see `reference/golden.py`.
#[derive(Clone, Deserialize)]
pub(crate) struct Case {
    kind: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<u32>,
    pub(crate) vector: Vec<f32>,
}

impl Case {
    pub(crate) fn kind(&self) -> InputKind {
        if self.kind == "query" {
            InputKind::Query
        } else {
            InputKind::Document
        }
    }
}

pub(crate) fn tiny_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny")
}

pub(crate) fn cases() -> Vec<Case> {
    let json = std::fs::read_to_string(tiny_path().join("golden.json")).expect("golden.json");
    serde_json::from_str(&json).expect("cases")
}

pub(crate) fn tiny(options: &EmbedderOptions) -> Embedder {
    open(&tiny_path(), options).expect("the tiny model opens")
}

pub(crate) fn open(folder: &Path, options: &EmbedderOptions) -> embedder::Result<Embedder> {
    Embedder::open(&ModelSource::Folder(folder.to_owned()), options)
}

/// A copy of the tiny model that a test may damage.
pub(crate) fn tiny_copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let files = [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "config_sentence_transformers.json",
    ];
    for file in files {
        std::fs::copy(tiny_path().join(file), folder.path().join(file)).expect("copied");
    }
    folder
}

/// Cosine of two vectors of any length.
pub(crate) fn cosine(left: &[f32], right: &[f32]) -> f64 {
    assert_eq!(left.len(), right.len());
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}
