//! The token table: one vector a token, in f32 or as int8 rows with one scale each.

use candle_core::{DType, Tensor};
use candle_nn::{Init, VarBuilder};

use crate::error::Result;
use crate::model::INITIAL_DEVIATION;
use crate::model::config::Config;
use crate::model::kernels::Kernels;

/// The byte that stands for zero: int8 values are kept plus 128, because candle has no int8.
pub(super) const BYTE_ZERO: f64 = 128.0;

/// Vectors of all tokens.
#[derive(Debug)]
pub(super) enum TokenTable {
    /// `[vocabulary, hidden]` f32; trainable.
    Float(Tensor),
    /// Row r of `rows` (u8, value plus 128), times scale r. Only looked-up rows become f32.
    Quantized {
        /// `[vocabulary, hidden]` u8.
        rows: Tensor,
        /// `[vocabulary, 1]` f32.
        scales: Tensor,
    },
}

impl TokenTable {
    /// Reads `weight`, as codes where there is a `weight_scale`.
    pub(super) fn load(config: &Config, weights: VarBuilder<'_>) -> Result<Self> {
        let shape = (config.vocab_size, config.hidden_size);
        if weights.contains_tensor("weight_scale") {
            // Asking for u8 is the agreement with the checkpoint: see its `get`.
            let init = Init::default();
            let rows = weights.get_with_hints_dtype(shape, "weight", init, DType::U8)?;
            let scales = weights
                .get(config.vocab_size, "weight_scale")?
                .unsqueeze(1)?;
            return Ok(Self::Quantized { rows, scales });
        }
        let initial = Init::Randn {
            mean: 0.0,
            stdev: INITIAL_DEVIATION,
        };
        Ok(Self::Float(
            weights.get_with_hints(shape, "weight", initial)?,
        ))
    }

    /// Returns the vectors of `tokens`, `[tokens, hidden]` f32.
    pub(super) fn lookup(&self, tokens: &[u32], kernels: Kernels) -> Result<Tensor> {
        match self {
            Self::Float(rows) => {
                let indices = Tensor::new(tokens, rows.device())?;
                Ok(rows.index_select(&indices, 0)?)
            }
            Self::Quantized { rows, scales } => {
                Ok(kernels.dequantize_rows([rows, scales], tokens, BYTE_ZERO)?)
            }
        }
    }
}

#[cfg(test)]
mod tests;
