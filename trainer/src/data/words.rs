//! Word lists: how often words are used, language by language, for what the texts are too few for.

use std::io::BufRead;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files;

/// Bounds the memory of a list; about ten times the built-in model's.
pub const WORDS_MAX: usize = 8_000_000;

/// A word with its use.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The word itself.
    pub text: String,
    /// Its language, as in the texts.
    pub lang: String,
    /// Occurrences, in a unit that is the same within a language.
    pub count: f64,
}

/// Reads lines of language, word and occurrences with tabs between, plain or gzip.
///
/// A line that is not such is [`Error::DataLine`] with file and line.
pub fn read(path: &Path) -> Result<Vec<Word>> {
    read_within(path, WORDS_MAX)
}

/// As [`read`], up to `words_max` words.
pub(crate) fn read_within(path: &Path, words_max: usize) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    for (line, number) in files::lines(path)?.lines().zip(1..) {
        let wrong = |problem: String| Error::DataLine {
            path: path.to_path_buf(),
            line: number,
            problem,
        };
        let line = line.map_err(|source| wrong(source.to_string()))?;
        if number > words_max {
            return Err(wrong(format!("more than {words_max} words")));
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let &[lang, text, count] = columns.as_slice() else {
            let problem = format!("has {} columns, expected 3 with tabs", columns.len());
            return Err(wrong(problem));
        };
        let count = count.parse().ok().filter(|count: &f64| count.is_finite());
        let Some(count) = count.filter(|&count| count >= 0.0) else {
            return Err(wrong(format!("`{}` is no count", columns[2])));
        };
        words.push(Word {
            text: text.to_owned(),
            lang: lang.to_owned(),
            count,
        });
    }
    Ok(words)
}

impl Word {
    /// The word as it stands inside a text: after a space, where its language writes spaces.
    pub fn inside(&self) -> String {
        let has_spaces = !["zh", "ja", "th"]
            .iter()
            .any(|name| self.lang.starts_with(name));
        if has_spaces {
            format!(" {}", self.text)
        } else {
            self.text.clone()
        }
    }
}

#[cfg(test)]
mod tests;
