//! What is put before a text: an instruction before a query, nothing before a document.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The instruction of F2LLM-v2 for retrieval, used where a folder has no prompts of its own.
/// The newline is part of it: without it vectors of queries move by about one percent.
const QUERY_DEFAULT: &str = "Instruct: Given a question, retrieve passages that can help answer \
                             the question.\nQuery: ";

const FILE: &str = "config_sentence_transformers.json";

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Something to be found.
    Document,
    /// Something to find it by.
    Query,
}

/// The prompts of a model, verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompts {
    /// Put before a query.
    pub query: String,
    /// Put before a document; usually empty.
    pub document: String,
}

/// The part of `config_sentence_transformers.json` that is read.
#[derive(Deserialize)]
struct PromptFile {
    prompts: Option<BTreeMap<String, String>>,
}

impl Default for Prompts {
    fn default() -> Self {
        Self {
            query: QUERY_DEFAULT.to_owned(),
            document: String::new(),
        }
    }
}

impl Prompts {
    /// Reads `config_sentence_transformers.json`; without the file, or without `prompts` in it,
    /// F2LLM-v2's. A prompt that the file leaves out is empty, as it is for its other readers.
    pub fn from_json(json: Option<&str>) -> Result<Self> {
        let Some(json) = json else {
            return Ok(Self::default());
        };
        let file: PromptFile = serde_json::from_str(json).map_err(|error| Error::FileCorrupt {
            file: FILE.to_owned(),
            reason: error.to_string(),
        })?;
        let Some(mut prompts) = file.prompts else {
            return Ok(Self::default());
        };
        let mut take = |name| prompts.remove(name).unwrap_or_default();
        Ok(Self {
            query: take("query"),
            document: take("document"),
        })
    }

    /// The prompt for this kind of text.
    pub fn of(&self, kind: InputKind) -> &str {
        match kind {
            InputKind::Document => &self.document,
            InputKind::Query => &self.query,
        }
    }
}

#[cfg(test)]
mod tests;
