//! The one switch between fused operations, which are fast, and differentiable ones, which train.
//!
//! Fused operations have no backward: candle's own answer `BackwardNotSupported`, and the loops
//! used on the CPU leave no trace in the graph. A test holds both forms equal.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::ops;
use candle_nn::rotary_emb::rope_thd;

use crate::model::grouped;
use crate::model::heads::Heads;
use crate::model::loops;
use crate::model::packing::{Packing, Rows};

/// Which form of the operations a model uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// For serving: loops over slices on the CPU, candle's fused operations elsewhere.
    Fused,
    /// For training: operations through which gradients flow.
    Differentiable,
}

/// The form an operation takes for a given tensor.
enum Form {
    Loops,
    Candle,
    Differentiable,
}

impl Kernels {
    fn form(self, states: &Tensor) -> Form {
        match self {
            Self::Differentiable => Form::Differentiable,
            Self::Fused if states.device().is_cpu() => Form::Loops,
            Self::Fused => Form::Candle,
        }
    }

    /// True where operations on `states` are loops over slices.
    pub(super) fn are_loops(self, states: &Tensor) -> bool {
        matches!(self.form(states), Form::Loops)
    }

    /// Rows of an int8 table, `[vocabulary, hidden]` u8 moved up by `zero`, each times its scale
    /// in `[vocabulary, 1]`. The table is not trainable in this form.
    pub(super) fn dequantize_rows(
        self,
        [rows, scales]: [&Tensor; 2],
        tokens: &[u32],
        zero: f64,
    ) -> Result<Tensor> {
        match self.form(rows) {
            Form::Loops => loops::dequantize_rows(rows, scales, tokens, zero as f32),
            Form::Candle | Form::Differentiable => {
                let indices = Tensor::new(tokens, rows.device())?;
                let bytes = rows.index_select(&indices, 0)?.to_dtype(DType::F32)?;
                bytes
                    .affine(1.0, -zero)?
                    .broadcast_mul(&scales.index_select(&indices, 0)?)
            }
        }
    }

    /// RMSNorm over the last dimension: `x / sqrt(mean(x^2) + eps) * weight`.
    pub(super) fn rms_norm(self, states: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
        match self.form(states) {
            Form::Loops => loops::rms_norm(states, weight, eps as f32),
            Form::Candle => ops::rms_norm(&states.contiguous()?, weight, eps as f32),
            Form::Differentiable => {
                let mean_square = states.sqr()?.mean_keepdim(D::Minus1)?;
                let inverse = (mean_square + eps)?.sqrt()?.recip()?;
                states.broadcast_mul(&inverse)?.broadcast_mul(weight)
            }
        }
    }

    /// RMSNorm of every head, then rotation by position.
    ///
    /// `states` is `[rows, heads, head_dim]`, `rotation` is `[rows, head_dim]`: the cosines of
    /// the row's position, then the sines.
    pub(super) fn norm_rotate(
        self,
        states: &Tensor,
        weight: &Tensor,
        rotation: &Tensor,
        eps: f64,
    ) -> Result<Tensor> {
        let half = rotation.dim(1)? / 2;
        match self.form(states) {
            Form::Loops => loops::norm_rotate(states, weight, rotation, eps as f32),
            Form::Candle => {
                let normed = self.rms_norm(states, weight, eps)?.unsqueeze(0)?;
                let cosines = rotation.narrow(1, 0, half)?.contiguous()?;
                let sines = rotation.narrow(1, half, half)?.contiguous()?;
                rope_thd(&normed, &cosines, &sines)?.squeeze(0)
            }
            Form::Differentiable => {
                let normed = self.rms_norm(states, weight, eps)?;
                let cosines = rotation.narrow(1, 0, half)?.unsqueeze(1)?;
                let sines = rotation.narrow(1, half, half)?.unsqueeze(1)?;
                let first = normed.narrow(2, 0, half)?;
                let second = normed.narrow(2, half, half)?;
                let rotated_first =
                    (first.broadcast_mul(&cosines)? - second.broadcast_mul(&sines)?)?;
                let rotated_second =
                    (second.broadcast_mul(&cosines)? + first.broadcast_mul(&sines)?)?;
                Tensor::cat(&[rotated_first, rotated_second], 2)
            }
        }
    }

    /// Softmax over the last dimension.
    pub(super) fn softmax(self, scores: &Tensor) -> Result<Tensor> {
        match self.form(scores) {
            Form::Loops | Form::Candle => ops::softmax_last_dim(&scores.contiguous()?),
            Form::Differentiable => ops::softmax(scores, D::Minus1),
        }
    }

    /// The gate of the feed-forward layer: `silu(gate) * up`.
    pub(super) fn gated_silu(self, gate: &Tensor, up: &Tensor) -> Result<Tensor> {
        match self.form(gate) {
            Form::Loops => loops::gated_silu(gate, up),
            Form::Candle | Form::Differentiable => gate.silu()? * up,
        }
    }

    /// Causal attention of each text to itself.
    ///
    /// `query` is `[rows, heads, head_dim]` with the rows that `rows` names, `key` and `value`
    /// are `[tokens, key heads, head_dim]`; the answer is `[rows, heads * head_dim]`.
    pub(super) fn attention(
        self,
        [query, key, value]: [&Tensor; 3],
        packing: &Packing,
        heads: Heads,
        rows: Rows,
    ) -> Result<Tensor> {
        match self.form(query) {
            Form::Loops => loops::attention([query, key, value], packing.lengths(), heads, rows),
            Form::Candle | Form::Differentiable => grouped::attention(
                |scores| self.softmax(scores),
                [query, key, value],
                packing.lengths(),
                heads,
                rows,
            ),
        }
    }
}

#[cfg(test)]
mod tests;
