//! Examples to fine-tune on: a query, what it should find, and what it should not.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use rand::Rng;
use rand::seq::index;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::files;
use crate::transformer::losses::Task;

/// A longer list of negatives is cut here: 24 are mined as published.
pub const NEGATIVES_MAX: usize = 64;

/// Bounds the memory of a run.
pub const EXAMPLES_MAX: usize = 20_000_000;

/// One line of a file of examples.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What is asked.
    pub query: String,
    /// What answers it.
    pub positive: String,
    /// What looks like an answer and is none; may be empty.
    #[serde(default)]
    pub negatives: Vec<String>,
    /// What the two have to do with each other.
    #[serde(default = "retrieval")]
    pub task: Task,
    /// The data set, which batches do not mix; the default is the file's name.
    #[serde(default)]
    pub source: String,
}

fn retrieval() -> Task {
    Task::Retrieval
}

/// The examples of one data set, all of one task.
#[derive(Clone, Debug)]
pub struct Source {
    /// The data set's name.
    pub name: String,
    /// Its task.
    pub task: Task,
    /// Its examples.
    pub examples: Vec<Example>,
    /// Hard negatives a query gets: the task's number, or fewer where an example has fewer.
    pub negatives: usize,
}

/// Reads files of examples and sorts them by source and task.
///
/// A line that is not an example is [`Error::DataLine`] with file and line; a source with fewer
/// than two examples has no negatives in a batch and is refused.
pub fn read(paths: &[impl AsRef<Path>]) -> Result<Vec<Source>> {
    let mut sorted: BTreeMap<(String, Task), Vec<Example>> = BTreeMap::new();
    let mut count = 0;
    for path in paths {
        let path = path.as_ref();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        for (line, number) in files::lines(path)?.lines().zip(1..) {
            let wrong = |problem: String| Error::DataLine {
                path: path.to_path_buf(),
                line: number,
                problem,
            };
            let line = line.map_err(|source| wrong(source.to_string()))?;
            let mut example: Example =
                serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
            count += 1;
            if count > EXAMPLES_MAX {
                return Err(wrong(format!("more than {EXAMPLES_MAX} examples")));
            }
            if example.query.is_empty() || example.positive.is_empty() {
                return Err(wrong("`query` or `positive` is empty".to_owned()));
            }
            if example.negatives.len() > NEGATIVES_MAX {
                let found = example.negatives.len();
                return Err(wrong(format!("{found} negatives, at most {NEGATIVES_MAX}")));
            }
            if example.source.is_empty() {
                example.source = name.clone().into_owned();
            }
            let key = (example.source.clone(), example.task);
            sorted.entry(key).or_default().push(example);
        }
    }
    sorted.into_iter().map(source).collect()
}

fn source(((name, task), examples): ((String, Task), Vec<Example>)) -> Result<Source> {
    if examples.len() < 2 {
        let problem = format!("source `{name}` has one example; a batch needs two or more");
        return Err(Error::argument(problem));
    }
    let listed = examples.iter().map(|example| example.negatives.len());
    let negatives = listed.min().unwrap_or(0).min(task.negatives());
    if negatives == 0 && !task.is_contrasted_in_batch() {
        let problem = format!(
            "source `{name}` has an example without negatives, and its task is not contrasted \
             in the batch: nothing is left to learn from"
        );
        return Err(Error::argument(problem));
    }
    Ok(Source {
        name,
        task,
        examples,
        negatives,
    })
}

/// Picks a source in proportion to how many batches of `size` it has.
pub fn pick<'a>(sources: &'a [Source], size: usize, random: &mut impl Rng) -> Option<&'a Source> {
    let batches = |source: &Source| source.examples.len().div_ceil(size.max(1));
    let all: usize = sources.iter().map(batches).sum();
    if all == 0 {
        return None;
    }
    let mut at = random.random_range(0..all);
    sources.iter().find(|source| {
        let own = batches(source);
        let is_here = at < own;
        at = at.saturating_sub(own);
        is_here
    })
}

/// The texts of a batch: queries, positives, then the negatives of each query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn<'a> {
    /// Queries.
    pub queries: Vec<&'a str>,
    /// The positive of each.
    pub positives: Vec<&'a str>,
    /// [`Source::negatives`] of each, query after query.
    pub negatives: Vec<&'a str>,
}

impl Source {
    /// Draws examples without repeating one, and each one's negatives from those it lists.
    pub fn draw(&self, size: usize, random: &mut impl Rng) -> Drawn<'_> {
        let mut drawn = Drawn {
            queries: Vec::new(),
            positives: Vec::new(),
            negatives: Vec::new(),
        };
        let size = size.min(self.examples.len());
        for at in index::sample(random, self.examples.len(), size) {
            let example = &self.examples[at];
            drawn.queries.push(&example.query);
            drawn.positives.push(&example.positive);
            for negative in index::sample(random, example.negatives.len(), self.negatives) {
                drawn.negatives.push(&example.negatives[negative]);
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests;
