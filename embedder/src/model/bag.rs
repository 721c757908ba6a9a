//! The short way through a static model: the means of normed token vectors, without making them.
//!
//! A token's state before the only layer is its row of the table, so what RMSNorm divides it by
//! is known when the model is loaded. A text's mean is then one sum over rows of the table.

use candle_core::{CpuStorage, CustomOp2, Layout, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::codes::BYTE_ZERO;
use crate::error::Result;
use crate::model::PackedBatch;
use crate::model::kernels::Kernels;
use crate::model::numbers;
use crate::model::token_table::{TokenRows, TokenTable};

/// Rows normed at once when a model is loaded; bounds the memory for it.
const CHUNK_ROWS: usize = 1_024;

/// What each row of the token table is multiplied by to be normed, the norm's weight apart.
#[derive(Debug)]
pub(super) struct Bag {
    /// `[vocabulary, 1]` f32: `scale / sqrt(mean((scale * code)^2) + eps)`.
    factors: Tensor,
}

impl Bag {
    pub(super) fn new(table: &TokenTable, vocabulary: usize, eps: f64) -> Result<Self> {
        let mut factors = Vec::with_capacity(vocabulary.div_ceil(CHUNK_ROWS));
        for first in (0..vocabulary).step_by(CHUNK_ROWS) {
            let tokens: Vec<u32> = (first..vocabulary.min(first + CHUNK_ROWS))
                .map(|token| token as u32)
                .collect();
            let rows = table.lookup(&tokens, Kernels::Fused)?;
            factors.push((rows.sqr()?.mean_keepdim(1)? + eps)?.sqrt()?.recip()?);
        }
        let factors = Tensor::cat(&factors, 0)?;
        Ok(Self {
            factors: match &table.rows {
                TokenRows::Float(_) => factors,
                TokenRows::Quantized { scales, .. } => (factors * scales)?,
            },
        })
    }

    /// The mean normed vector of each text, `[texts, hidden]`.
    pub(super) fn means(&self, table: &TokenTable, batch: &PackedBatch) -> Result<Tensor> {
        let sum = WeightedMeans {
            tokens: batch.tokens.clone(),
            lengths: batch.lengths.clone(),
        };
        let rows = match &table.rows {
            TokenRows::Float(rows) | TokenRows::Quantized { rows, .. } => rows,
        };
        table.widen(rows.apply_op2_no_bwd(&self.factors, &sum)?)
    }
}

/// For each text the mean over its tokens of row times factor.
struct WeightedMeans {
    tokens: Vec<u32>,
    lengths: Vec<usize>,
}

impl WeightedMeans {
    /// `add` adds a row of the table times a factor to a sum.
    fn of<T: Sync>(
        &self,
        rows: &[T],
        factors: &[f32],
        add: impl Fn(&mut [f32], f32, &[T]) + Sync,
    ) -> (Vec<f32>, Shape) {
        let width = rows.len() / factors.len().max(1);
        let mut texts = Vec::with_capacity(self.lengths.len());
        let mut rest = self.tokens.as_slice();
        for length in &self.lengths {
            let (own, others) = rest.split_at(*length);
            texts.push(own);
            rest = others;
        }
        let mut means = vec![0.0; texts.len() * width];
        means
            .par_chunks_mut(width.max(1))
            .zip(&texts)
            .for_each(|(mean, tokens)| {
                let share = 1.0 / tokens.len() as f32;
                for token in *tokens {
                    let token = *token as usize;
                    add(
                        mean,
                        factors[token] * share,
                        &rows[token * width..][..width],
                    );
                }
            });
        (means, Shape::from((texts.len(), width)))
    }
}

impl CustomOp2 for WeightedMeans {
    fn name(&self) -> &'static str {
        "weighted-means-loop"
    }

    fn cpu_fwd(
        &self,
        rows: &CpuStorage,
        rows_layout: &Layout,
        factors: &CpuStorage,
        factors_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (Some((start, end)), Some((first, last))) = (
            rows_layout.contiguous_offsets(),
            factors_layout.contiguous_offsets(),
        ) else {
            bail!("a token table needs to be contiguous, found {rows_layout:?}");
        };
        let factors = &factors.as_slice::<f32>()?[first..last];
        let (count, _) = rows_layout.shape().dims2()?;
        let is_beyond = |token: &u32| *token as usize >= count;
        if factors.len() != count || self.tokens.iter().any(is_beyond) {
            bail!(
                "{} factors and some token do not fit {count} rows",
                factors.len()
            );
        }
        if self.lengths.iter().sum::<usize>() != self.tokens.len() || self.lengths.contains(&0) {
            bail!("the lengths do not sum to {} tokens", self.tokens.len());
        }
        let (means, shape) = match rows {
            CpuStorage::U8(rows) => {
                let zero = f32::from(BYTE_ZERO);
                let add = |sum: &mut [f32], factor: f32, row: &[u8]| {
                    numbers::add_scaled_bytes(sum, factor, row, zero);
                };
                self.of(&rows[start..end], factors, add)
            }
            rows => self.of(
                &rows.as_slice::<f32>()?[start..end],
                factors,
                numbers::add_scaled,
            ),
        };
        Ok((CpuStorage::F32(means), shape))
    }
}

#[cfg(test)]
mod tests;
