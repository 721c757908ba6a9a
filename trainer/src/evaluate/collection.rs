//! A folder in BEIR layout: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::files;

/// The exact scan compares every query with every document.
pub const DOCUMENTS_MAX: usize = 10_000_000;

/// A text with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name judgements use.
    pub id: String,
    /// The text; a title comes first, with a space.
    pub text: String,
}

/// Documents, queries and which of the former answer the latter.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// The folder's name.
    pub name: String,
    /// What is searched.
    pub documents: Vec<Named>,
    /// What is asked; only queries with a judgement above zero.
    pub queries: Vec<Named>,
    /// For each query, relevance above zero by position in `documents`.
    pub relevant: Vec<HashMap<usize, f64>>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

impl Collection {
    /// Reads a folder. A line that cannot be used is an error with file and line.
    pub fn read(folder: &Path) -> Result<Self> {
        let documents = read_texts(&folder.join("corpus.jsonl"))?;
        let mut queries = read_texts(&folder.join("queries.jsonl"))?;
        let positions: HashMap<&str, usize> = documents
            .iter()
            .enumerate()
            .map(|(at, one)| (one.id.as_str(), at))
            .collect();
        let mut judged = read_judgements(&folder.join("qrels.tsv"), &positions)?;
        queries.retain(|query| judged.contains_key(&query.id));
        let relevant = queries
            .iter()
            .map(|query| judged.remove(&query.id).unwrap_or_default())
            .collect();
        if queries.is_empty() {
            return Err(Error::content(
                folder,
                "no query has a judgement above zero",
            ));
        }
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Ok(Self {
            name: name.unwrap_or_default(),
            documents,
            queries,
            relevant,
        })
    }
}

fn read_texts(path: &Path) -> Result<Vec<Named>> {
    let mut texts = Vec::new();
    for (line, number) in files::lines(path)?.lines().zip(1..) {
        let line = line.map_err(|source| files::io("read", path, source))?;
        let wrong = |problem: String| Error::DataLine {
            path: path.to_path_buf(),
            line: number,
            problem,
        };
        if number > DOCUMENTS_MAX {
            return Err(wrong(format!("more than {DOCUMENTS_MAX} texts")));
        }
        let line: Line = serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
        let text = if line.title.is_empty() {
            line.text
        } else {
            format!("{} {}", line.title, line.text)
        };
        texts.push(Named { id: line.id, text });
    }
    Ok(texts)
}

fn read_judgements(
    path: &Path,
    positions: &HashMap<&str, usize>,
) -> Result<HashMap<String, HashMap<usize, f64>>> {
    let mut judged: HashMap<String, HashMap<usize, f64>> = HashMap::new();
    for (line, number) in files::lines(path)?.lines().zip(1..) {
        let line = line.map_err(|source| files::io("read", path, source))?;
        let wrong = |problem: String| Error::DataLine {
            path: path.to_path_buf(),
            line: number,
            problem,
        };
        let columns: Vec<&str> = line.split('\t').collect();
        let &[query, document, score] = columns.as_slice() else {
            return Err(wrong(format!(
                "has {} columns, expected 3 with tabs",
                columns.len()
            )));
        };
        let Ok(score) = score.trim().parse::<f64>() else {
            if number == 1 {
                continue; // The header.
            }
            return Err(wrong(format!("score `{score}` is not a number")));
        };
        let document = positions
            .get(document)
            .ok_or_else(|| wrong(format!("document `{document}` is not in corpus.jsonl")))?;
        if score > 0.0 {
            judged
                .entry(query.to_owned())
                .or_default()
                .insert(*document, score);
        }
    }
    Ok(judged)
}

#[cfg(test)]
mod tests;
