//! The short way through a static model: the means of normed token vectors, without making them.
//!
//! A token's state before the only layer is its row of the table, so what RMSNorm divides it by
//! is known when the model is loaded. A text's mean is then one sum over rows of the table, and
//! where the layer only adds it, so is the whole model.

use candle_core::{CpuStorage, Device, Storage, Tensor};
use rayon::prelude::*;

use crate::codes::BYTE_ZERO;
use crate::error::{Error, Result};
use crate::model::PackedBatch;
use crate::model::kernels::Kernels;
use crate::model::numbers;
use crate::model::token_table::{TokenRows, TokenTable};

/// Rows normed at once when a model is loaded; bounds the memory for it.
const CHUNK_ROWS: usize = 1_024;

/// What is known of a static model before any text.
#[derive(Debug)]
pub(super) struct Bag {
    /// `scale / sqrt(mean((scale * code)^2) + eps)`, what each row of the token table is
    /// multiplied by to be normed, the norm's weight apart.
    factors: Vec<f32>,
    /// The rest of the model, where nothing in it needs a product.
    rest: Option<Rest>,
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
            Some([first_norm, last_norm]) => Some(Rest {
                scales,
                first_norm: first_norm.to_vec1()?,
                last_norm: last_norm.to_vec1()?,
                eps: eps as f32,
            }),
            None => None,
        };
        Ok(Self { factors, rest })
    }

    /// The factors of rows of codes, from the codes as they are.
    fn of_codes(rows: &Tensor, scales: &[f32], eps: f32) -> Result<Vec<f32>> {
        let (storage, layout) = rows.storage_and_layout();
        let (Storage::Cpu(CpuStorage::U8(bytes)), Some((start, end))) =
            (&*storage, layout.contiguous_offsets())
        else {
            return Err(not_in_memory());
        };
        let width = rows.dim(1)?;
        // At most 128^2 times the largest hidden size, which fits.
        let square = |byte: &u8| {
            (i32::from(*byte) - i32::from(BYTE_ZERO))
                .pow(2)
                .cast_unsigned()
        };
        let rows = bytes[start..end].par_chunks(width).zip(scales);
        Ok(rows
            .map(|(row, scale)| {
                let mean = row.iter().map(square).sum::<u32>() as f32 / width as f32;
                scale / (scale * scale * mean + eps).sqrt()
            })
            .collect())
    }

    /// The factors of rows of any kind, from the tokens' vectors.
    fn of_vectors(table: &TokenTable, vocabulary: usize, eps: f64) -> Result<Vec<f32>> {
        let mut factors = Vec::with_capacity(vocabulary.div_ceil(CHUNK_ROWS));
        for first in (0..vocabulary).step_by(CHUNK_ROWS) {
            let tokens: Vec<u32> = (first..vocabulary.min(first + CHUNK_ROWS))
                .map(|token| token as u32)
                .collect();
            let rows = table.lookup(&tokens, Kernels::Fused)?;
            factors.push((rows.sqr()?.mean_keepdim(1)? + eps)?.sqrt()?.recip()?);
        }
        let factors = Tensor::cat(&factors, 0)?;
        let factors = match &table.rows {
            TokenRows::Float(_) => factors,
            TokenRows::Quantized { scales, .. } => (factors * scales)?,
        };
        Ok(factors.flatten_all()?.to_vec1()?)
    }

    /// The normed state of each text, where nothing in the model needs a product: one loop a text
    /// instead of an operation and a tensor for every step, and a row of its own for each, because
    /// one block for all of them is large enough that an allocator clears it page by page.
    pub(super) fn states(
        &self,
        table: &TokenTable,
        batch: &PackedBatch,
    ) -> Result<Option<Vec<Vec<f32>>>> {
        let Some(rest) = &self.rest else {
            return Ok(None);
        };
        self.sums(table, batch, Some(rest)).map(Some)
    }

    /// The mean normed vector of each text, `[texts, hidden]`.
    pub(super) fn means(&self, table: &TokenTable, batch: &PackedBatch) -> Result<Tensor> {
        let sums = self.sums(table, batch, None)?;
        table.widen(Tensor::new(sums, &Device::Cpu)?)
    }

    fn sums(
        &self,
        table: &TokenTable,
        batch: &PackedBatch,
        rest: Option<&Rest>,
    ) -> Result<Vec<Vec<f32>>> {
        let rows = match &table.rows {
            TokenRows::Float(rows) | TokenRows::Quantized { rows, .. } => rows,
        };
        let texts = Texts {
            batch,
            factors: &self.factors,
            rest,
        };
        let (storage, layout) = rows.storage_and_layout();
        match (&*storage, layout.contiguous_offsets()) {
            (Storage::Cpu(CpuStorage::U8(rows)), Some((start, end))) => {
                let zero = f32::from(BYTE_ZERO);
                Ok(texts.sums(&rows[start..end], |sum, factor, row| {
                    numbers::add_scaled_bytes(sum, factor, row, zero);
                }))
            }
            (Storage::Cpu(CpuStorage::F32(rows)), Some((start, end))) => {
                Ok(texts.sums(&rows[start..end], numbers::add_scaled))
            }
            _ => Err(not_in_memory()),
        }
    }
}

/// A table that loops cannot read: the short way is taken on the CPU only.
fn not_in_memory() -> Error {
    candle_core::Error::Msg("a token table is not in the CPU's memory".into()).into()
}

/// The texts of a batch that was checked: every token has a row and a factor, no text is empty.
struct Texts<'a> {
    batch: &'a PackedBatch,
    factors: &'a [f32],
    rest: Option<&'a Rest>,
}

impl Texts<'_> {
    /// For each text the mean over its tokens of row times factor, and the rest of the model
    /// behind it. `add` adds a row of the table times a factor to a sum.
    fn sums<T: Sync>(
        &self,
        rows: &[T],
        add: impl Fn(&mut [f32], f32, &[T]) + Sync,
    ) -> Vec<Vec<f32>> {
        let width = rows.len() / self.factors.len().max(1);
        let row = |token: u32| &rows[token as usize * width..][..width];
        let mut texts = Vec::with_capacity(self.batch.lengths.len());
        let mut left = self.batch.tokens.as_slice();
        for length in &self.batch.lengths {
            let (own, others) = left.split_at(*length);
            texts.push(own);
            left = others;
        }
        let sum = |tokens: &&[u32]| {
            let mut sum = vec![0.0; width];
            let share = 1.0 / tokens.len() as f32;
            for token in *tokens {
                add(&mut sum, self.factors[*token as usize] * share, row(*token));
            }
            if let (Some(rest), Some(last)) = (self.rest, tokens.last()) {
                rest.norm(&mut sum, |sum| add(sum, rest.scale(*last), row(*last)));
            }
            sum
        };
        texts.par_iter().map(sum).collect()
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

#[cfg(test)]
mod tests;
