//! The short way through a static model: the means of normed token vectors, without making them.
//!
//! A token's state before the only layer is its row of the table, so what RMSNorm divides it by
//! is known when the model is loaded. A text's mean is then one sum over rows of the table, and
//! where the layer only adds it, so is the whole model.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp2, Device, Layout, Shape, Storage, Tensor, bail};
use rayon::prelude::*;

use crate::codes::BYTE_ZERO;
use crate::error::Result;
use crate::model::PackedBatch;
use crate::model::kernels::Kernels;
use crate::model::numbers;
use crate::model::token_table::{TokenRows, TokenTable};

/// Rows normed at once when a model is loaded; bounds the memory for it.
const CHUNK_ROWS: usize = 1_024;

/// What is known of a static model before any text.
#[derive(Debug)]
pub(super) struct Bag {
    /// `[vocabulary, 1]` f32: `scale / sqrt(mean((scale * code)^2) + eps)`, what each row of the
    /// token table is multiplied by to be normed, the norm's weight apart.
    factors: Tensor,
    /// The rest of the model, where nothing in it needs a product.
    rest: Option<Arc<Rest>>,
}

/// What is left of a model whose layer only adds the mean: two norms around a sum.
#[derive(Debug)]
struct Rest {
    /// A scale a row of codes; none for rows of f32.
    scales: Option<Vec<f32>>,
    /// The weight of the layer's first norm.
    first_norm: Vec<f32>,
    /// The weight of the model's last norm.
    last_norm: Vec<f32>,
    eps: f32,
}

impl Bag {
    /// `norms` are the weights of the layer's first norm and of the model's last, given where the
    /// layer does nothing but add the mean.
    pub(super) fn new(
        table: &TokenTable,
        (vocabulary, eps): (usize, f64),
        norms: Option<[&Tensor; 2]>,
    ) -> Result<Self> {
        let scales = match &table.rows {
            TokenRows::Float(_) => None,
            TokenRows::Quantized { scales, .. } => Some(scales.flatten_all()?.to_vec1()?),
        };
        let factors = match (&table.rows, &scales) {
            (TokenRows::Quantized { rows, .. }, Some(scales)) if table.is_whole() => {
                Self::of_codes(rows, scales, eps as f32)?
            }
            _ => Self::of_vectors(table, vocabulary, eps)?,
        };
        let rest = match norms.filter(|_| table.is_whole()) {
            Some([first_norm, last_norm]) => Some(Arc::new(Rest {
                scales,
                first_norm: first_norm.to_vec1()?,
                last_norm: last_norm.to_vec1()?,
                eps: eps as f32,
            })),
            None => None,
        };
        Ok(Self { factors, rest })
    }

    /// The factors of rows of codes, from the codes as they are.
    fn of_codes(rows: &Tensor, scales: &[f32], eps: f32) -> Result<Tensor> {
        let (storage, layout) = rows.storage_and_layout();
        let (Storage::Cpu(CpuStorage::U8(bytes)), Some((start, end))) =
            (&*storage, layout.contiguous_offsets())
        else {
            return Err(candle_core::Error::Msg("a table of codes is not in memory".into()).into());
        };
        let width = rows.dim(1)?;
        // At most 128^2 times the largest hidden size, which fits.
        let square = |byte: &u8| {
            (i32::from(*byte) - i32::from(BYTE_ZERO))
                .pow(2)
                .cast_unsigned()
        };
        let rows = bytes[start..end].par_chunks(width).zip(scales);
        let factors: Vec<f32> = rows
            .map(|(row, scale)| {
                let mean = row.iter().map(square).sum::<u32>() as f32 / width as f32;
                scale / (scale * scale * mean + eps).sqrt()
            })
            .collect();
        let shape = (factors.len(), 1);
        Ok(Tensor::from_vec(factors, shape, &Device::Cpu)?)
    }

    /// The factors of rows of any kind, from the tokens' vectors.
    fn of_vectors(table: &TokenTable, vocabulary: usize, eps: f64) -> Result<Tensor> {
        let mut factors = Vec::with_capacity(vocabulary.div_ceil(CHUNK_ROWS));
        for first in (0..vocabulary).step_by(CHUNK_ROWS) {
            let tokens: Vec<u32> = (first..vocabulary.min(first + CHUNK_ROWS))
                .map(|token| token as u32)
                .collect();
            let rows = table.lookup(&tokens, Kernels::Fused)?;
            factors.push((rows.sqr()?.mean_keepdim(1)? + eps)?.sqrt()?.recip()?);
        }
        let factors = Tensor::cat(&factors, 0)?;
        match &table.rows {
            TokenRows::Float(_) => Ok(factors),
            TokenRows::Quantized { scales, .. } => Ok((factors * scales)?),
        }
    }

    /// The normed state of each text, `[texts, hidden]`, where nothing in the model needs a
    /// product: one loop a text instead of an operation and a tensor for every step.
    pub(super) fn states(&self, table: &TokenTable, batch: &PackedBatch) -> Result<Option<Tensor>> {
        let Some(rest) = &self.rest else {
            return Ok(None);
        };
        self.sum(table, batch, Some(Arc::clone(rest))).map(Some)
    }

    /// The mean normed vector of each text, `[texts, hidden]`.
    pub(super) fn means(&self, table: &TokenTable, batch: &PackedBatch) -> Result<Tensor> {
        table.widen(self.sum(table, batch, None)?)
    }

    fn sum(
        &self,
        table: &TokenTable,
        batch: &PackedBatch,
        rest: Option<Arc<Rest>>,
    ) -> Result<Tensor> {
        let sum = WeightedMeans {
            tokens: batch.tokens.clone(),
            lengths: batch.lengths.clone(),
            rest,
        };
        let rows = match &table.rows {
            TokenRows::Float(rows) | TokenRows::Quantized { rows, .. } => rows,
        };
        Ok(rows.apply_op2_no_bwd(&self.factors, &sum)?)
    }
}

/// For each text the mean over its tokens of row times factor, and the rest of the model behind it.
struct WeightedMeans {
    tokens: Vec<u32>,
    lengths: Vec<usize>,
    rest: Option<Arc<Rest>>,
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
        let row = |token: u32| &rows[token as usize * width..][..width];
        let mut texts = Vec::with_capacity(self.lengths.len());
        let mut left = self.tokens.as_slice();
        for length in &self.lengths {
            let (own, others) = left.split_at(*length);
            texts.push(own);
            left = others;
        }
        let mut means = vec![0.0; texts.len() * width];
        means
            .par_chunks_mut(width.max(1))
            .zip(&texts)
            .for_each(|(mean, tokens)| {
                let share = 1.0 / tokens.len() as f32;
                for token in *tokens {
                    add(mean, factors[*token as usize] * share, row(*token));
                }
                if let (Some(rest), Some(last)) = (&self.rest, tokens.last()) {
                    rest.norm(mean, |sum| add(sum, rest.scale(*last), row(*last)));
                }
            });
        (means, Shape::from((texts.len(), width)))
    }
}

impl Rest {
    fn scale(&self, token: u32) -> f32 {
        self.scales
            .as_ref()
            .map_or(1.0, |scales| scales[token as usize])
    }

    /// From the mean of normed vectors to the normed state: `norm(last + mean * weight)`.
    fn norm(&self, mean: &mut [f32], add_last: impl Fn(&mut [f32])) {
        for (value, weight) in mean.iter_mut().zip(&self.first_norm) {
            *value *= weight;
        }
        add_last(mean);
        let inverse = numbers::inverse_root_mean_square(mean, self.eps);
        for (value, weight) in mean.iter_mut().zip(&self.last_norm) {
            *value *= inverse * weight;
        }
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
