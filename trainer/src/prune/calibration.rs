//! The texts that show which dimensions are active.

use std::io::BufRead;
use std::path::Path;

use embedder::model::PackedBatch;
use embedder::{Checkpoint, InputKind};
use serde::Deserialize;

use crate::data::json_lines::{self, data_line};
use crate::data::texts::LINE_BYTES_MAX;
use crate::data::token_lists::TokenLists;
use crate::error::{Error, Result};
use crate::files;

/// Norms hardly move after some hundred texts; F2LLM-v2 speaks of a small set.
pub const TEXTS_MAX: usize = 100_000;

/// A longer text is read up to here, with the end token behind.
pub const TOKENS_MAX: usize = 512;

/// Tokens of a batch.
const BATCH_TOKENS: usize = 4_096;

/// Calibration texts in the model's tokens, each with the end token last.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The tokens of each text.
    pub lists: TokenLists,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

impl Calibration {
    /// Reads a file: an object a line with `text` where its name ends in `.jsonl` or `.jsonl.gz`,
    /// else a text a line. Blank texts are skipped; a file without any other is an error.
    pub fn read(path: &Path, checkpoint: &Checkpoint) -> Result<Self> {
        let mut lists = TokenLists::new();
        let tokens_max = TOKENS_MAX.min(checkpoint.config().max_position_embeddings);
        let prompt = checkpoint.prompts().of(InputKind::Document);
        let tokenizer = checkpoint.tokenizer();
        each(path, |text| {
            let mut list = tokenizer
                .encode(prompt, text)
                .map_err(|error| error.to_string())?;
            if list.len() > tokens_max {
                list.truncate(tokens_max - 1);
                list.push(tokenizer.end_token());
            }
            lists.push(&list);
            Ok(())
        })?;
        if lists.is_empty() {
            return Err(Error::content(path, "it has no text to calibrate with"));
        }
        Ok(Self { lists })
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> usize {
        self.lists.tokens().len()
    }

    /// The texts in batches of about [`BATCH_TOKENS`].
    pub fn batches(&self) -> impl Iterator<Item = PackedBatch> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let mut batch = PackedBatch::default();
            while next < self.lists.len() && batch.tokens.len() < BATCH_TOKENS {
                let list = self.lists.list(next);
                batch.tokens.extend_from_slice(list);
                batch.lengths.push(list.len());
                next += 1;
            }
            (!batch.lengths.is_empty()).then_some(batch)
        })
    }
}

fn each(path: &Path, mut take: impl FnMut(&str) -> Result<(), String>) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(".jsonl") || name.ends_with(".jsonl.gz") {
        let lines = json_lines::read(path, TEXTS_MAX, |line: Line| match line.text.trim() {
            "" => Ok(()),
            text => take(text),
        });
        return lines.map(|_| ());
    }
    for (line, number) in files::lines(path)?.lines().zip(1..) {
        let line = line.map_err(|error| data_line(path, number, error.to_string()))?;
        let wrong = |problem: String| data_line(path, number, problem);
        if number > TEXTS_MAX {
            return Err(wrong(format!(
                "more than {TEXTS_MAX} texts; a part of them does"
            )));
        }
        if line.len() > LINE_BYTES_MAX {
            let bytes = line.len();
            return Err(wrong(format!(
                "has {bytes} bytes, at most {LINE_BYTES_MAX} are read"
            )));
        }
        if !line.trim().is_empty() {
            take(line.trim()).map_err(wrong)?;
        }
    }
    Ok(())
}
