//! What is searched for negatives: every chunk of every body, and the pairs among them.

use std::collections::HashMap;
use std::path::Path;

use embedder::Embedder;

use crate::error::{Error, Result};
use crate::mine::records::{self, Record};
use crate::mine::{MineOptions, PairKind};

/// Bounds the memory of the vectors: 4 GB at 512 dimensions.
pub const PASSAGES_MAX: usize = 2_000_000;

/// What a query should find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Positive {
    /// The chunk of its document that is closest to it.
    Closest,
    /// This passage.
    Passage(u32),
}

/// A query and what it should find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What is asked.
    pub query: String,
    /// The document it is from.
    pub document: u32,
    /// What it should find.
    pub positive: Positive,
}

/// Passages, documents and pairs of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// Texts of chunks; each text once, also where several documents have it.
    pub passages: Vec<String>,
    /// The passages of each document.
    pub documents: Vec<Vec<u32>>,
    /// The pairs, in the order of the records.
    pub pairs: Vec<Pair>,
    /// Records that gave no pair.
    pub unpaired: usize,
}

impl Corpus {
    /// Reads records and cuts their bodies.
    pub fn read(embedder: &Embedder, path: &Path, options: &MineOptions) -> Result<Self> {
        let needs_title = options.kinds.contains(&PairKind::Titles);
        let mut corpus = Self::default();
        let mut numbers = HashMap::new();
        records::read(path, &options.fields, needs_title, |record| {
            let chunks = embedder.split(&record.body, &options.chunking)?;
            let texts = chunks
                .iter()
                .map(|chunk| record.body[chunk.start..chunk.end].trim())
                .filter(|text| !text.is_empty());
            let document = texts.map(|text| corpus.passage(text, &mut numbers));
            let document: Result<Vec<u32>> = document.collect();
            corpus.add(&record, document?, &options.kinds);
            Ok(())
        })?;
        if corpus.pairs.is_empty() {
            let problem = format!(
                "no pair in {} records: no title has a body, or no body has two chunks",
                corpus.unpaired
            );
            return Err(Error::content(path, problem));
        }
        Ok(corpus)
    }

    fn passage(&mut self, text: &str, numbers: &mut HashMap<String, u32>) -> Result<u32> {
        if let Some(&number) = numbers.get(text) {
            return Ok(number);
        }
        if self.passages.len() == PASSAGES_MAX {
            let problem = format!("more than {PASSAGES_MAX} chunks; split the file");
            return Err(Error::argument(problem));
        }
        let number = self.passages.len() as u32;
        self.passages.push(text.to_owned());
        numbers.insert(text.to_owned(), number);
        Ok(number)
    }

    /// Adds a document with its pairs.
    fn add(&mut self, record: &Record, passages: Vec<u32>, kinds: &[PairKind]) {
        let document = self.documents.len() as u32;
        let before = self.pairs.len();
        if kinds.contains(&PairKind::Titles) && !record.title.is_empty() && !passages.is_empty() {
            self.pairs.push(Pair {
                query: record.title.clone(),
                document,
                positive: Positive::Closest,
            });
        }
        if kinds.contains(&PairKind::Neighbours) {
            let pairs = passages.windows(2).filter(|two| two[0] != two[1]);
            self.pairs.extend(pairs.map(|two| Pair {
                query: self.passages[two[0] as usize].clone(),
                document,
                positive: Positive::Passage(two[1]),
            }));
        }
        self.unpaired += usize::from(self.pairs.len() == before);
        self.documents.push(passages);
    }
}

#[cfg(test)]
mod tests;
