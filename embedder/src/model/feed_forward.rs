//! The gated feed-forward layer.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use crate::error::Result;
use crate::model::config::Config;
use crate::model::kernels::Kernels;
use crate::model::observe::Watch;
use crate::model::{load_projection, project};

/// Field names are those of the checkpoint.
#[derive(Debug)]
pub(super) struct FeedForward {
    gate_proj: Tensor,
    up_proj: Tensor,
    down_proj: Tensor,
    kernels: Kernels,
    /// True where the layer adds nothing, as it cannot be left out of a folder.
    is_nothing: bool,
}

impl FeedForward {
    pub(super) fn load(config: &Config, weights: VarBuilder<'_>, kernels: Kernels) -> Result<Self> {
        let (hidden, intermediate) = (config.hidden_size, config.intermediate_size);
        let down_proj = load_projection(&weights.pp("down_proj"), hidden, intermediate)?;
        Ok(Self {
            is_nothing: down_proj.abs()?.max_all()?.to_scalar::<f32>()? == 0.0,
            gate_proj: load_projection(&weights.pp("gate_proj"), intermediate, hidden)?,
            up_proj: load_projection(&weights.pp("up_proj"), intermediate, hidden)?,
            down_proj,
            kernels,
        })
    }

    /// True where the layer adds nothing. Training may change that.
    pub(super) fn is_nothing(&self) -> bool {
        self.is_nothing
    }

    /// `down(silu(gate(x)) * up(x))`, `[rows, hidden]` in and out.
    pub(super) fn forward(&self, states: &Tensor, watch: &mut Watch<'_>) -> Result<Tensor> {
        let gate = project(states, &self.gate_proj)?;
        let up = project(states, &self.up_proj)?;
        let gated = self.kernels.gated_silu(&gate, &up)?;
        watch.show("mlp.down_proj", &gated)?;
        Ok(project(&gated, &self.down_proj)?)
    }
}
