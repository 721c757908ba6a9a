//! The token table: one vector a token, in f32 or as rows of codes with one scale each, whole or
//! factorised.

use candle_core::{DType, Tensor};
use candle_nn::{Init, VarBuilder};

use crate::codes::BYTE_ZERO;
use crate::error::Result;
use crate::model::INITIAL_DEVIATION;
use crate::model::config::Config;
use crate::model::kernels::Kernels;

/// Vectors of all tokens.
#[derive(Debug)]
pub(super) struct TokenTable {
    /// `[vocabulary, hidden]`, or `[vocabulary, embedding size]` where there is a basis.
    pub(super) rows: TokenRows,
    /// `[embedding size, hidden]` f32: what a row is multiplied by.
    basis: Option<Tensor>,
}

/// How the rows are kept.
#[derive(Debug)]
pub(super) enum TokenRows {
    /// f32; trainable.
    Float(Tensor),
    /// Row r of `rows` (u8, code plus 128), times scale r. Only looked-up rows become f32.
    Quantized {
        /// u8, as many values a row as the table has.
        rows: Tensor,
        /// `[vocabulary, 1]` f32.
        scales: Tensor,
    },
}

impl TokenTable {
    /// Reads `weight`, as codes where there is a `weight_scale`, and `weight_basis` where the
    /// config says that the table is factorised.
    pub(super) fn load(config: &Config, weights: VarBuilder<'_>) -> Result<Self> {
        let width = config.embedding_size.unwrap_or(config.hidden_size);
        let initial = Init::Randn {
            mean: 0.0,
            stdev: INITIAL_DEVIATION,
        };
        let basis = config.embedding_size.map(|size| {
            let shape = (size, config.hidden_size);
            weights.get_with_hints(shape, "weight_basis", initial)
        });
        Ok(Self {
            rows: TokenRows::load((config.vocab_size, width), weights, initial)?,
            basis: basis.transpose()?,
        })
    }

    /// Returns the vectors of `tokens`, `[tokens, hidden]` f32.
    pub(super) fn lookup(&self, tokens: &[u32], kernels: Kernels) -> Result<Tensor> {
        let rows = match &self.rows {
            TokenRows::Float(rows) => rows.index_select(&Tensor::new(tokens, rows.device())?, 0)?,
            TokenRows::Quantized { rows, scales } => {
                kernels.dequantize_rows([rows, scales], tokens, f64::from(BYTE_ZERO))?
            }
        };
        self.widen(rows)
    }

    /// True where a row is a token's vector as it is.
    pub(super) fn is_whole(&self) -> bool {
        self.basis.is_none()
    }

    /// `[rows, hidden]` from rows as the table has them, or sums of such.
    pub(super) fn widen(&self, rows: Tensor) -> Result<Tensor> {
        match &self.basis {
            Some(basis) => Ok(rows.matmul(basis)?),
            None => Ok(rows),
        }
    }
}

impl TokenRows {
    fn load(shape: (usize, usize), weights: VarBuilder<'_>, initial: Init) -> Result<Self> {
        if !weights.contains_tensor("weight_scale") {
            let rows = weights.get_with_hints(shape, "weight", initial)?;
            return Ok(Self::Float(rows));
        }
        // Asking for u8 is the agreement with the checkpoint: see its `get`.
        let rows = weights.get_with_hints_dtype(shape, "weight", Init::default(), DType::U8)?;
        let scales = weights.get(shape.0, "weight_scale")?.unsqueeze(1)?;
        Ok(Self::Quantized { rows, scales })
    }
}

#[cfg(test)]
mod tests;
