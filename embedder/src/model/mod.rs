//! Qwen3 as an embedding model: packed texts in, one state a text out.
//!
//! The same code serves and trains; [`Kernels`] is the one switch between the two.

pub mod config;
pub mod kernels;
pub mod observe;

mod attention;
mod bag;
mod feed_forward;
mod grouped;
mod heads;
mod layer;
mod loops;
mod numbers;
mod packing;
mod rotary;
mod token_table;

use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};

use crate::error::Result;
use crate::model::bag::Bag;
use crate::model::layer::Layer;
use crate::model::observe::Watch;
use crate::model::packing::{Packing, Rows};
use crate::model::rotary::Rotary;
use crate::model::token_table::TokenTable;

pub use crate::model::config::Config;
pub use crate::model::kernels::Kernels;
pub use crate::model::observe::Observer;

/// Qwen3's own initialization of projections and token vectors.
const INITIAL_DEVIATION: f64 = 0.02;

/// The token ids of several texts, one text after another, without padding.
///
/// Invariant, checked by [`Qwen3::forward`]: the lengths are positive and sum to the tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedBatch {
    /// Token ids of all texts.
    pub tokens: Vec<u32>,
    /// Tokens of each text; the last one of each is its end token.
    pub lengths: Vec<usize>,
}

/// The Qwen3 transformer without a language head.
#[derive(Debug)]
pub struct Qwen3 {
    config: Config,
    kernels: Kernels,
    embed_tokens: TokenTable,
    layers: Vec<Layer>,
    norm: Tensor,
    rotary: Rotary,
    /// The short way through a static model.
    bag: Option<Bag>,
}

impl Qwen3 {
    /// Builds the model from weights named as in the checkpoint, with or without `model.`.
    ///
    /// A `VarMap` behind `weights` is filled with Qwen3's initialization, without the prefix.
    /// Errors: `Invalid` for a config that is not supported, `Corrupt` for weights that are
    /// missing or have another shape.
    pub fn load(config: &Config, weights: VarBuilder<'_>, kernels: Kernels) -> Result<Self> {
        config.check()?;
        let prefixed = weights.pp("model");
        let weights = if prefixed.contains_tensor("embed_tokens.weight") {
            prefixed
        } else {
            weights
        };
        let embed_tokens = TokenTable::load(config, weights.pp("embed_tokens"))?;
        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        for index in 0..config.num_hidden_layers {
            layers.push(Layer::load(
                config,
                weights.pp("layers").pp(index),
                kernels,
            )?);
        }
        let norm = load_norm(&weights.pp("norm"), config.hidden_size)?;
        let rotary = Rotary::new(config, weights.device())?;
        let is_static = layers.len() == 1 && layers.iter().all(Layer::is_uniform);
        let bag = match layers
            .first()
            .filter(|_| is_static && kernels.are_loops(&norm))
        {
            Some(layer) => Some(Bag::new(
                &embed_tokens,
                (config.vocab_size, config.rms_norm_eps),
                layer.adds_the_mean().then(|| [layer.first_norm(), &norm]),
            )?),
            None => None,
        };
        Ok(Self {
            config: config.clone(),
            kernels,
            embed_tokens,
            layers,
            norm,
            rotary,
            bag,
        })
    }

    /// Returns the config the model was built from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// True for a static model in the form of a transformer, computed the short way.
    pub fn is_static(&self) -> bool {
        self.bag.is_some()
    }

    /// Returns the state of each text's last token after the final norm, not normalized.
    ///
    /// Shape `[texts, hidden]`, f32. Each text attends to itself only, causally, so the answer
    /// does not depend on what else is in the batch. Errors are `Invalid` for a batch that
    /// contradicts itself, has a token outside the vocabulary or a text beyond the positions.
    pub fn forward(&self, batch: &PackedBatch) -> Result<Tensor> {
        self.run(batch, Watch::new(None))
    }

    /// As [`Qwen3::forward`], a text's state as a row of its own.
    pub fn states(&self, batch: &PackedBatch) -> Result<Vec<Vec<f32>>> {
        if let Some(bag) = &self.bag {
            batch.check(&self.config)?;
            if let Some(states) = bag.states(&self.embed_tokens, batch)? {
                return Ok(states);
            }
        }
        Ok(self.forward(batch)?.to_vec2()?)
    }

    /// As [`Qwen3::forward`], and shows an observer what goes into the weights.
    pub fn forward_observed(
        &self,
        batch: &PackedBatch,
        observer: &mut dyn Observer,
    ) -> Result<Tensor> {
        self.run(batch, Watch::new(Some(observer)))
    }

    fn run(&self, batch: &PackedBatch, mut watch: Watch<'_>) -> Result<Tensor> {
        batch.check(&self.config)?;
        if let (Some(bag), [layer], false) = (&self.bag, self.layers.as_slice(), watch.is_on()) {
            if let Some(states) = bag.states(&self.embed_tokens, batch)? {
                return Ok(Tensor::new(states, self.norm.device())?);
            }
            let last = self
                .embed_tokens
                .lookup(&batch.last_tokens(), self.kernels)?;
            let means = bag.means(&self.embed_tokens, batch)?;
            let means = means.broadcast_mul(layer.first_norm())?;
            let states = layer.forward_mean(&last, &means, &mut watch)?;
            return self.normed(&states);
        }
        let packing = Packing::new(&batch.lengths, &self.rotary, self.norm.device())?;
        let mut states = self.embed_tokens.lookup(&batch.tokens, self.kernels)?; // [tokens, hidden]
        let last = self.layers.len() - 1;
        for (index, layer) in self.layers.iter().enumerate() {
            // Only the pooled token of the last layer is read, so only it is computed there.
            let rows = if index == last { Rows::Last } else { Rows::All };
            watch.layer = index;
            states = layer.forward(&states, &packing, rows, &mut watch)?;
        }
        watch.show_last(&states)?;
        self.normed(&states)
    }

    fn normed(&self, states: &Tensor) -> Result<Tensor> {
        let eps = self.config.rms_norm_eps;
        Ok(self.kernels.rms_norm(states, &self.norm, eps)?)
    }
}

/// Reads a projection `[rows, columns]` named `weight`.
fn load_projection(weights: &VarBuilder<'_>, rows: usize, columns: usize) -> Result<Tensor> {
    let initial = Init::Randn {
        mean: 0.0,
        stdev: INITIAL_DEVIATION,
    };
    Ok(weights.get_with_hints((rows, columns), "weight", initial)?)
}

/// Reads the weight of an RMSNorm over `size` values.
fn load_norm(weights: &VarBuilder<'_>, size: usize) -> Result<Tensor> {
    Ok(weights.get_with_hints(size, "weight", Init::Const(1.0))?)
}

/// Multiplies rows `[rows, columns]` with a projection `[out, columns]`.
fn project(states: &Tensor, projection: &Tensor) -> candle_core::Result<Tensor> {
    states.matmul(&projection.t()?)
}
