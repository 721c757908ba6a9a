//! The texts of one step of a transformer, all of one source.

use crate::data::token_lists::TokenLists;
use crate::error::Result;
use crate::seed::Seed;
use crate::transformer::losses::{States, Task};
use candle_core::Tensor;

/// Queries with what they should and should not find.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where the texts are from.
    pub source: String,
    /// What a query and its positive have to do with each other.
    pub task: Task,
    /// How many queries there are.
    pub queries: usize,
    /// How many hard negatives a query has; may be none.
    pub negatives: usize,
    /// Tokens with the end token: queries, positives, then the negatives of each query.
    pub lists: TokenLists,
    /// The teacher's states of these texts, un-normalised, where there is a teacher.
    pub teacher: Option<Tensor>,
}

impl Batch {
    /// Splits states `[texts, d]` of the batch's texts into their roles.
    pub fn split(&self, states: &Tensor) -> candle_core::Result<States> {
        let (count, width) = (self.queries, states.dim(1)?);
        let negatives = (self.negatives > 0).then(|| {
            let rows = states.narrow(0, 2 * count, count * self.negatives)?;
            rows.reshape((count, self.negatives, width))
        });
        Ok(States {
            queries: states.narrow(0, 0, count)?,
            positives: states.narrow(0, count, count)?,
            negatives: negatives.transpose()?,
        })
    }
}

/// Where batches come from. A step's batch depends on the seed and the step alone.
pub trait Draw {
    /// Draws the batch of a step.
    fn draw(&self, seed: Seed, step: usize) -> Result<Batch>;
}

/// Cuts a text to `tokens_max` tokens and ends it with `end_token`, which is one of them.
pub fn ended(list: &[u32], tokens_max: usize, end_token: u32) -> Vec<u32> {
    let body = list.strip_suffix(&[end_token]).unwrap_or(list);
    let mut cut = body[..body.len().min(tokens_max.saturating_sub(1))].to_vec();
    cut.push(end_token);
    cut
}
