//! The tokens of many texts, one after another in one vector.

use rayon::prelude::*;
use tokenizers::Tokenizer;

use crate::error::{Error, Result};

/// How many texts are tokenised at once; bounds the memory the encodings take.
const CHUNK_TEXTS: usize = 4_096;

/// Token lists: list `i` is `tokens[starts[i]..starts[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLists {
    tokens: Vec<u32>,
    starts: Vec<usize>,
}

impl TokenLists {
    /// No lists.
    pub fn new() -> Self {
        Self {
            tokens: Vec::new(),
            starts: vec![0],
        }
    }

    /// Tokenises every text without special tokens and keeps the first `tokens_max` of each.
    pub fn of<'a>(
        tokenizer: &Tokenizer,
        texts: impl IndexedParallelIterator<Item = &'a str>,
        tokens_max: usize,
    ) -> Result<Self> {
        let lists: Result<Vec<Vec<u32>>> = texts
            .with_min_len(CHUNK_TEXTS / 16)
            .map(|text| {
                let encoding = tokenizer.encode_fast(text, false).map_err(refused)?;
                Ok(encoding
                    .get_ids()
                    .iter()
                    .copied()
                    .take(tokens_max)
                    .collect())
            })
            .collect();
        let mut all = Self::new();
        for list in lists? {
            all.push(&list);
        }
        Ok(all)
    }

    /// Adds a list.
    pub fn push(&mut self, list: &[u32]) {
        self.tokens.extend_from_slice(list);
        self.starts.push(self.tokens.len());
    }

    /// One list.
    pub fn list(&self, index: usize) -> &[u32] {
        &self.tokens[self.starts[index]..self.starts[index + 1]]
    }

    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// True where there are no lists.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All tokens of all lists.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }
}

impl Default for TokenLists {
    fn default() -> Self {
        Self::new()
    }
}

pub(crate) fn refused(error: tokenizers::Error) -> Error {
    Error::Tokenizer {
        problem: error.to_string(),
    }
}
