//! A transformer that starts equal to a static table, and can learn from there.
//!
//! RMSNorm would give every token the same length and so lose its weight. With an epsilon far
//! above the mean square of every row it does not: `x / sqrt(mean(x^2) + eps)` is then
//! `x / sqrt(eps)`. So the start has a large epsilon, and the norms are all but linear.
//!
//! Layers before the last begin as nothing: their outputs are zero, while their queries, keys,
//! values and gates are random, so that the outputs have something to learn from. In the last one
//! attention begins uniform (queries times a norm of zero), values and outputs are the identity,
//! and the end token's state is the mean of the token vectors: the static model.

use std::collections::BTreeMap;

use candle_core::{Device, Var};
use embedder::model::Config;
use rand::Rng;

use crate::error::{Error, Result};
use crate::matrix::{Matrix, dot};
use crate::seed::Seed;
use crate::transformer::weights::Weights;

/// Epsilon over the mean square of the longest row: the relative error of a row is below half of
/// the inverse.
const EPSILON_SHARE: f32 = 1e3;

/// The spread of what begins random, as Qwen3's.
const DEVIATION: f32 = 0.02;

/// Every value of the end token beside the longest row's: an empty text then has a direction.
const END_SHARE: f32 = 1e-6;

/// The shape of a transformer that starts from a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Layers, 1 or more.
    pub layers: usize,
    /// Values of one attention head; even, and a divisor of the hidden size.
    pub head_dim: usize,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// The longest text in tokens.
    pub tokens_max: usize,
}

/// Lifts a table `[vocabulary, hidden]` to a transformer that computes the same vectors.
pub fn lift(table: &Matrix, end_token: usize, shape: Shape, seed: Seed) -> Result<Weights> {
    let hidden = table.columns;
    let is_fitting = shape.layers > 0
        && shape.head_dim > 0
        && shape.head_dim.is_multiple_of(2)
        && hidden.is_multiple_of(shape.head_dim);
    if !is_fitting {
        let problem = format!(
            "{} layers with heads of {} do not fit a hidden size of {hidden}; \
             there is at least one layer, and heads are even and divide the hidden size",
            shape.layers, shape.head_dim
        );
        return Err(Error::argument(problem));
    }
    let mut table = table.clone();
    table.row_mut(end_token).fill(0.0);
    let squares = |row: usize| dot(table.row(row), table.row(row)) / hidden as f32;
    let largest = (0..table.rows)
        .map(squares)
        .fold(f32::MIN_POSITIVE, f32::max);
    // Rows of about unit mean square take the learning rates that transformers are used to.
    let factor = 1.0 / largest.sqrt();
    table.values.iter_mut().for_each(|value| *value *= factor);
    table.row_mut(end_token).fill(END_SHARE);
    let heads = hidden / shape.head_dim;
    let config = Config {
        hidden_size: hidden,
        intermediate_size: shape.intermediate,
        num_hidden_layers: shape.layers,
        num_attention_heads: heads,
        num_key_value_heads: heads,
        head_dim: shape.head_dim,
        vocab_size: table.rows,
        rope_theta: 1e6,
        rms_norm_eps: f64::from(EPSILON_SHARE),
        max_position_embeddings: shape.tokens_max,
        embedding_size: None,
    };
    let mut start = Start {
        tensors: BTreeMap::new(),
        seed,
    };
    for layer in 0..shape.layers {
        start.layer(&config, layer, layer + 1 == shape.layers)?;
    }
    // Undoes both norms, so that a state is about as long as a token.
    start.constant("norm.weight", hidden, EPSILON_SHARE)?;
    Ok(Weights {
        config,
        table,
        tensors: start.tensors,
        adapters: None,
    })
}

struct Start {
    tensors: BTreeMap<String, Var>,
    seed: Seed,
}

impl Start {
    fn layer(&mut self, config: &Config, layer: usize, is_last: bool) -> Result<()> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let name = |part: &str| format!("layers.{layer}.{part}.weight");
        for part in ["q_proj", "k_proj"] {
            self.random(&name(&format!("self_attn.{part}")), [hidden, hidden])?;
        }
        if is_last {
            self.identity(&name("self_attn.v_proj"), hidden)?;
            self.identity(&name("self_attn.o_proj"), hidden)?;
        } else {
            self.random(&name("self_attn.v_proj"), [hidden, hidden])?;
            self.zeros(&name("self_attn.o_proj"), [hidden, hidden])?;
        }
        // Zero here and not in q_proj: the norm of a zero query would have exploding gradients.
        let query = if is_last { 0.0 } else { 1.0 };
        self.constant(&name("self_attn.q_norm"), config.head_dim, query)?;
        self.constant(&name("self_attn.k_norm"), config.head_dim, 1.0)?;
        self.random(&name("mlp.gate_proj"), [inner, hidden])?;
        self.random(&name("mlp.up_proj"), [inner, hidden])?;
        self.zeros(&name("mlp.down_proj"), [hidden, inner])?;
        self.constant(&name("input_layernorm"), hidden, 1.0)?;
        // The feed-forward layer should see values of about one.
        let undo = EPSILON_SHARE.sqrt();
        self.constant(&name("post_attention_layernorm"), hidden, undo)
    }

    fn insert(&mut self, name: &str, values: Vec<f32>, shape: &[usize]) -> Result<()> {
        let var = Var::from_vec(values, shape, &Device::Cpu)?;
        self.tensors.insert(name.to_owned(), var);
        Ok(())
    }

    fn constant(&mut self, name: &str, size: usize, value: f32) -> Result<()> {
        self.insert(name, vec![value; size], &[size])
    }

    fn zeros(&mut self, name: &str, shape: [usize; 2]) -> Result<()> {
        self.insert(name, vec![0.0; shape[0] * shape[1]], &shape)
    }

    fn identity(&mut self, name: &str, size: usize) -> Result<()> {
        let mut values = vec![0.0; size * size];
        (0..size).for_each(|axis| values[axis * size + axis] = 1.0);
        self.insert(name, values, &[size, size])
    }

    fn random(&mut self, name: &str, shape: [usize; 2]) -> Result<()> {
        let mut random = self.seed.stream(name, 0);
        // Uniform on [-s, s) has the deviation s / sqrt(3).
        let spread = DEVIATION * 3f32.sqrt();
        let values = (0..shape[0] * shape[1]).map(|_| random.random_range(-spread..spread));
        self.insert(name, values.collect(), &shape)
    }
}

#[cfg(test)]
mod tests;
