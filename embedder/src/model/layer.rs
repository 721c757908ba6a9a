//! One transformer block: attention, then the feed-forward layer, each around a residual.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use crate::error::Result;
use crate::model::attention::Attention;
use crate::model::config::Config;
use crate::model::feed_forward::FeedForward;
use crate::model::kernels::Kernels;
use crate::model::load_norm;
use crate::model::observe::Watch;
use crate::model::packing::{Packing, Rows};

/// A block with its two norms. Field names are those of the checkpoint.
#[derive(Debug)]
pub(super) struct Layer {
    self_attn: Attention,
    mlp: FeedForward,
    input_layernorm: Tensor,
    post_attention_layernorm: Tensor,
    rms_norm_eps: f64,
    kernels: Kernels,
}

impl Layer {
    pub(super) fn load(config: &Config, weights: VarBuilder<'_>, kernels: Kernels) -> Result<Self> {
        let norm = |name: &str| load_norm(&weights.pp(name), config.hidden_size);
        Ok(Self {
            self_attn: Attention::load(config, weights.pp("self_attn"), kernels)?,
            mlp: FeedForward::load(config, weights.pp("mlp"), kernels)?,
            input_layernorm: norm("input_layernorm")?,
            post_attention_layernorm: norm("post_attention_layernorm")?,
            rms_norm_eps: config.rms_norm_eps,
            kernels,
        })
    }

    /// `[tokens, hidden]` in, `[rows, hidden]` out: all tokens, or the last of each text.
    pub(super) fn forward(
        &self,
        states: &Tensor,
        packing: &Packing,
        rows: Rows,
        watch: &mut Watch<'_>,
    ) -> Result<Tensor> {
        watch.show("input_layernorm", states)?;
        let normed = self
            .kernels
            .rms_norm(states, &self.input_layernorm, self.rms_norm_eps)?;
        let attended = self.self_attn.forward(&normed, packing, rows)?;
        self.feed((packing.select(states, rows)? + attended)?, watch)
    }

    /// True where attention is uniform: see [`Layer::forward_mean`].
    pub(super) fn is_uniform(&self) -> bool {
        self.self_attn.is_uniform()
    }

    /// True where the block adds the mean of what a token sees and nothing else.
    pub(super) fn adds_the_mean(&self) -> bool {
        self.self_attn.is_identity() && self.mlp.is_nothing()
    }

    /// The weight of the first norm.
    pub(super) fn first_norm(&self) -> &Tensor {
        &self.input_layernorm
    }

    /// As [`Layer::forward`] where attention is uniform: from the last tokens' states and the means
    /// of the texts' normed states, both `[texts, hidden]`.
    pub(super) fn forward_mean(
        &self,
        last: &Tensor,
        means: &Tensor,
        watch: &mut Watch<'_>,
    ) -> Result<Tensor> {
        let states = (last + self.self_attn.forward_mean(means)?)?;
        if self.mlp.is_nothing() {
            return Ok(states);
        }
        self.feed(states, watch)
    }

    /// The half of the block behind attention.
    fn feed(&self, states: Tensor, watch: &mut Watch<'_>) -> Result<Tensor> {
        watch.show("post_attention_layernorm", &states)?;
        let weight = &self.post_attention_layernorm;
        let normed = self.kernels.rms_norm(&states, weight, self.rms_norm_eps)?;
        Ok((states + self.mlp.forward(&normed, watch)?)?)
    }
}
