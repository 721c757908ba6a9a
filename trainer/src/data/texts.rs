//! Texts to learn from: one JSON object a line, plain or gzip.

use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::files;

/// A longer line is a file that is not JSON lines rather than a text.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Bounds the memory of a run; about forty times the built-in model's texts.
pub const TEXTS_MAX: usize = 16_000_000;

/// What a text is to a search.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Something asked: a title, a summary line, a question.
    Query,
    /// Something found: a paragraph, a definition, a description.
    Passage,
}

/// One text with what is known of it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Text {
    /// The text itself.
    pub text: String,
    /// Its language, such as `de` or `zh-CN`.
    pub lang: String,
    /// Query or passage.
    pub role: Role,
    /// The same value on a query and its passage.
    pub pair: Option<String>,
}

/// Reads every text of a file.
///
/// A line that is not such an object is [`Error::DataLine`] with file and line.
pub fn read(path: &Path) -> Result<Vec<Text>> {
    let mut reader = files::lines(path)?;
    let mut texts = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        let number = texts.len() + 1;
        let bytes = reader
            .read_line(&mut line)
            .map_err(|source| match source.kind() {
                // Broken UTF-8 and broken gzip belong to a line, not to the system.
                std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
                    data_line(path, number, source.to_string())
                }
                _ => files::io("read", path, source),
            })?;
        if bytes == 0 {
            break;
        }
        if bytes > LINE_BYTES_MAX {
            let problem = format!("has {bytes} bytes, at most {LINE_BYTES_MAX} are read");
            return Err(data_line(path, number, problem));
        }
        if number > TEXTS_MAX {
            let problem = format!("more than {TEXTS_MAX} texts; split the file");
            return Err(data_line(path, number, problem));
        }
        let text: Text = serde_json::from_str(&line)
            .map_err(|error| data_line(path, number, error.to_string()))?;
        if text.text.trim().is_empty() {
            return Err(data_line(path, number, "`text` is empty".to_owned()));
        }
        texts.push(text);
    }
    if texts.is_empty() {
        return Err(Error::content(path, "it has no lines"));
    }
    Ok(texts)
}

fn data_line(path: &Path, line: usize, problem: String) -> Error {
    Error::DataLine {
        path: path.to_path_buf(),
        line,
        problem,
    }
}

#[cfg(test)]
mod tests;
