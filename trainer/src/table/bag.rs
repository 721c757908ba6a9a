//! Texts as means of token vectors, and the way back from text gradients to token gradients.

use rayon::prelude::*;

use crate::data::token_lists::TokenLists;
use crate::matrix::{Matrix, scale};

/// The mean token vector of every list, `[lists, dimensions]`; an empty list gives zeros.
pub fn means(table: &Matrix, lists: &TokenLists) -> Matrix {
    let mut texts = Matrix::zeros(lists.len(), table.columns);
    texts
        .values
        .par_chunks_mut(table.columns)
        .enumerate()
        .for_each(|(index, sum)| {
            let list = lists.list(index);
            for &token in list {
                for (value, part) in sum.iter_mut().zip(table.row(token as usize)) {
                    *value += part;
                }
            }
            let share = share_of(list);
            scale(sum, share);
        });
    texts
}

/// Where each token occurs in a batch: the lists sorted by token instead of by text.
#[derive(Debug)]
pub struct Occurrences {
    /// Token `t` occurs in `texts[starts[t]..starts[t + 1]]`.
    starts: Vec<u32>,
    texts: Vec<u32>,
    shares: Vec<f32>,
}

impl Occurrences {
    /// Sorts a batch by token, in time linear in its tokens.
    pub fn of(lists: &TokenLists, vocabulary: usize) -> Self {
        let mut starts = vec![0u32; vocabulary + 1];
        for &token in lists.tokens() {
            starts[token as usize + 1] += 1;
        }
        for token in 0..vocabulary {
            starts[token + 1] += starts[token];
        }
        let mut next = starts.clone();
        let mut texts = vec![0u32; lists.tokens().len()];
        for text in 0..lists.len() {
            for &token in lists.list(text) {
                let slot = &mut next[token as usize];
                texts[*slot as usize] = text as u32;
                *slot += 1;
            }
        }
        let shares = (0..lists.len())
            .map(|text| share_of(lists.list(text)))
            .collect();
        Self {
            starts,
            texts,
            shares,
        }
    }

    /// How often a token occurs in the batch.
    pub fn count(&self, token: usize) -> usize {
        (self.starts[token + 1] - self.starts[token]) as usize
    }

    /// Writes the gradient of one token's vector, from the gradient of the texts' means.
    pub fn write_gradient(&self, token: usize, of_texts: &Matrix, target: &mut [f32]) {
        target.fill(0.0);
        for &text in &self.texts[self.starts[token] as usize..self.starts[token + 1] as usize] {
            let share = self.shares[text as usize];
            for (value, part) in target.iter_mut().zip(of_texts.row(text as usize)) {
                *value += share * part;
            }
        }
    }
}

fn share_of(list: &[u32]) -> f32 {
    1.0 / list.len().max(1) as f32
}
