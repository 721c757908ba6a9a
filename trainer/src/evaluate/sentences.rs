//! A file of sentence pairs with the likeness people gave them: JSON lines, TSV or CSV.
//!
//! | name ends in | read as |
//! |---|---|
//! | `.jsonl` | an object a line with `sentence1`, `sentence2` and `score` |
//! | `.tsv` | columns of these names in the first line; a quote is a character like any other |
//! | `.csv` | the same with commas and quoted cells (RFC 4180) |
//!
//! Each may also end in `.gz`. Other fields and columns are ignored.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use serde::Deserialize;

use crate::data::json_lines::{self, data_line};
use crate::data::texts::LINE_BYTES_MAX;
use crate::error::{Error, Result};
use crate::evaluate::rank_correlation::Ranks;
use crate::files;

/// The largest published sets have some ten thousand pairs.
pub const PAIRS_MAX: usize = 1_000_000;

/// What the columns are called.
const COLUMNS: [&str; 3] = ["sentence1", "sentence2", "score"];

/// Sentence pairs and the likeness people gave them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentencePairs {
    /// The file's name without its ending.
    pub name: String,
    /// The first sentence of each pair.
    pub first: Vec<String>,
    /// The second sentence of each pair.
    pub second: Vec<String>,
    /// Higher is more alike; any scale, since only the order counts.
    pub scores: Vec<f64>,
}

#[derive(Deserialize)]
struct Line {
    sentence1: String,
    sentence2: String,
    score: f64,
}

/// How a file is written.
#[derive(Clone, Copy)]
enum Form {
    JsonLines,
    Tabs,
    Commas,
}

/// Tells whether a file's name says that it holds sentence pairs.
pub fn is_sentence_file(path: &Path) -> bool {
    name_and_form(path).is_some()
}

impl SentencePairs {
    /// Reads a file. A line that cannot be used is an error with file and line.
    pub fn read(path: &Path) -> Result<Self> {
        let (name, form) = name_and_form(path).ok_or_else(|| {
            Error::content(path, "its name ends in none of .jsonl, .tsv, .csv (or .gz)")
        })?;
        let mut pairs = Self {
            name,
            ..Self::default()
        };
        match form {
            Form::JsonLines => {
                json_lines::read(path, PAIRS_MAX, |line: Line| pairs.push(line))?;
            }
            Form::Tabs => pairs.read_cells(path, b'\t')?,
            Form::Commas => pairs.read_cells(path, b',')?,
        }
        if pairs.scores.len() < 2 {
            let problem = format!("it has {} pairs, at least 2", pairs.scores.len());
            return Err(Error::content(path, problem));
        }
        if Ranks::of(&pairs.scores).is_flat() {
            let problem = "all its scores are equal, so there is no order to compare with";
            return Err(Error::content(path, problem));
        }
        Ok(pairs)
    }

    fn push(&mut self, line: Line) -> Result<(), String> {
        if !line.score.is_finite() {
            return Err(format!("`score` is {}, expected a number", line.score));
        }
        for (name, sentence) in COLUMNS.into_iter().zip([&line.sentence1, &line.sentence2]) {
            if sentence.trim().is_empty() {
                return Err(format!("`{name}` is empty"));
            }
        }
        self.first.push(line.sentence1);
        self.second.push(line.sentence2);
        self.scores.push(line.score);
        Ok(())
    }

    fn read_cells(&mut self, path: &Path, delimiter: u8) -> Result<()> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(delimiter == b',')
            .flexible(true)
            .from_reader(files::lines(path)?);
        let headers = reader.headers().map_err(|error| wrong(path, 1, error))?;
        let columns = find_columns(headers).map_err(|problem| data_line(path, 1, problem))?;
        let mut record = StringRecord::new();
        loop {
            let line = reader.position().line() as usize;
            let is_there = reader.read_record(&mut record);
            if !is_there.map_err(|error| wrong(path, line, error))? {
                return Ok(());
            }
            // A quoted cell may hold line ends, so the record itself knows where it began.
            let line = record.position().map_or(line, |at| at.line() as usize);
            if self.scores.len() == PAIRS_MAX {
                let problem = format!("more than {PAIRS_MAX} pairs");
                return Err(data_line(path, line, problem));
            }
            let pair = cells(&record, columns).map_err(|problem| data_line(path, line, problem))?;
            self.push(pair)
                .map_err(|problem| data_line(path, line, problem))?;
        }
    }
}

fn name_and_form(path: &Path) -> Option<(String, Form)> {
    let name = path.file_name()?.to_str()?;
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let forms = [
        (".jsonl", Form::JsonLines),
        (".tsv", Form::Tabs),
        (".csv", Form::Commas),
    ];
    forms.into_iter().find_map(|(ending, form)| {
        let stem = plain.strip_suffix(ending)?;
        Some((stem.to_owned(), form))
    })
}

fn find_columns(headers: &StringRecord) -> Result<[usize; 3], String> {
    let mut places = [0; 3];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        let found = headers.iter().position(|header| header.trim() == name);
        *place = found.ok_or_else(|| {
            let found: Vec<&str> = headers.iter().take(16).collect();
            format!("no column `{name}` among {found:?}; the first line names the columns")
        })?;
    }
    Ok(places)
}

fn cells(record: &StringRecord, columns: [usize; 3]) -> Result<Line, String> {
    let bytes = record.as_slice().len();
    if bytes > LINE_BYTES_MAX {
        return Err(format!(
            "has {bytes} bytes, at most {LINE_BYTES_MAX} are read"
        ));
    }
    let cell = |at: usize| {
        let missing = || {
            let (found, name) = (record.len(), COLUMNS[at]);
            format!("has {found} columns and no `{name}`")
        };
        record.get(columns[at]).ok_or_else(missing)
    };
    let score = cell(2)?.trim();
    Ok(Line {
        sentence1: cell(0)?.to_owned(),
        sentence2: cell(1)?.to_owned(),
        score: score
            .parse()
            .map_err(|_| format!("score `{score}` is not a number"))?,
    })
}

fn wrong(path: &Path, line: usize, error: csv::Error) -> Error {
    let at = error.position().map(|at| at.line() as usize);
    data_line(path, at.unwrap_or(line), error.to_string())
}

#[cfg(test)]
mod tests;
