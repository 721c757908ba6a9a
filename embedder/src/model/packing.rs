//! Where each text of a packed batch begins and ends, as the layers need it.

use candle_core::{Device, Tensor};

use crate::error::{Error, Result};
use crate::model::PackedBatch;
use crate::model::config::Config;
use crate::model::rotary::Rotary;

/// Which tokens of each text a layer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// Every token.
    All,
    /// The last token of each text, which pooling reads.
    Last,
}

/// What all layers share about one batch.
#[derive(Debug)]
pub(super) struct Packing {
    lengths: Vec<usize>,
    last: Tensor,
    rotation: Tensor,
    rotation_last: Tensor,
}

impl Packing {
    /// Lays out texts of these lengths one after another.
    pub(super) fn new(lengths: &[usize], rotary: &Rotary, device: &Device) -> Result<Self> {
        let mut last = Vec::with_capacity(lengths.len());
        let mut positions = Vec::with_capacity(lengths.iter().sum());
        for &length in lengths {
            positions.extend(0..length as u32);
            last.push(positions.len() as u32 - 1);
        }
        let last_positions: Vec<u32> = lengths.iter().map(|length| *length as u32 - 1).collect();
        Ok(Self {
            lengths: lengths.to_vec(),
            last: Tensor::new(last.as_slice(), device)?,
            rotation: rotary.gather(&positions)?,
            rotation_last: rotary.gather(&last_positions)?,
        })
    }

    /// Tokens of each text.
    pub(super) fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The rows of `states` `[tokens, width]` that `rows` names.
    pub(super) fn select(&self, states: &Tensor, rows: Rows) -> candle_core::Result<Tensor> {
        match rows {
            Rows::All => Ok(states.clone()),
            Rows::Last => states.index_select(&self.last, 0),
        }
    }

    /// The rotation of those rows, `[rows, head_dim]`.
    pub(super) fn rotation(&self, rows: Rows) -> &Tensor {
        match rows {
            Rows::All => &self.rotation,
            Rows::Last => &self.rotation_last,
        }
    }
}

impl PackedBatch {
    /// The last token of each text.
    pub(super) fn last_tokens(&self) -> Vec<u32> {
        let ends = self.lengths.iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        ends.filter_map(|end| self.tokens.get(end - 1).copied())
            .collect()
    }

    /// Refuses a batch that contradicts itself or asks for what the model does not have.
    pub(super) fn check(&self, config: &Config) -> Result<()> {
        let invalid = |reason: String| Err(Error::BatchInvalid { reason });
        if self.lengths.is_empty() {
            return invalid("it has no texts".to_owned());
        }
        let mut total = 0_usize;
        for (index, &length) in self.lengths.iter().enumerate() {
            if length == 0 || length > config.max_position_embeddings {
                let max = config.max_position_embeddings;
                return invalid(format!(
                    "text {index} has {length} tokens, expected 1 to {max}"
                ));
            }
            total += length;
        }
        if total != self.tokens.len() {
            let found = self.tokens.len();
            return invalid(format!(
                "the lengths sum to {total}, but {found} tokens are given"
            ));
        }
        if let Some(token) = self
            .tokens
            .iter()
            .find(|token| **token as usize >= config.vocab_size)
        {
            let size = config.vocab_size;
            return invalid(format!("token {token} is outside the vocabulary of {size}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
