//! Grouped-query attention with a norm on every query and key head.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use crate::error::Result;
use crate::model::config::Config;
use crate::model::heads::Heads;
use crate::model::kernels::Kernels;
use crate::model::packing::{Packing, Rows};
use crate::model::{load_norm, load_projection, project};

/// Field names are those of the checkpoint.
#[derive(Debug)]
pub(super) struct Attention {
    q_proj: Tensor,
    k_proj: Tensor,
    v_proj: Tensor,
    o_proj: Tensor,
    q_norm: Tensor,
    k_norm: Tensor,
    heads: Heads,
    rms_norm_eps: f64,
    kernels: Kernels,
    /// True where the norm makes every query zero, so that a token looks at all it sees alike.
    is_uniform: bool,
    /// True where value and output projection together change nothing.
    is_identity: bool,
}

impl Attention {
    pub(super) fn load(config: &Config, weights: VarBuilder<'_>, kernels: Kernels) -> Result<Self> {
        let heads = Heads {
            queries: config.num_attention_heads,
            keys: config.num_key_value_heads,
            dimensions: config.head_dim,
        };
        let hidden = config.hidden_size;
        let (queries, keys) = (
            heads.queries * heads.dimensions,
            heads.keys * heads.dimensions,
        );
        let q_norm = load_norm(&weights.pp("q_norm"), heads.dimensions)?;
        let is_uniform = q_norm.abs()?.sum_all()?.to_scalar::<f32>()? == 0.0;
        let v_proj = load_projection(&weights.pp("v_proj"), keys, hidden)?;
        let o_proj = load_projection(&weights.pp("o_proj"), hidden, queries)?;
        Ok(Self {
            is_uniform,
            is_identity: is_uniform && is_identity(&v_proj)? && is_identity(&o_proj)?,
            q_proj: load_projection(&weights.pp("q_proj"), queries, hidden)?,
            k_proj: load_projection(&weights.pp("k_proj"), keys, hidden)?,
            v_proj,
            o_proj,
            q_norm,
            k_norm: load_norm(&weights.pp("k_norm"), heads.dimensions)?,
            heads,
            rms_norm_eps: config.rms_norm_eps,
            kernels,
        })
    }

    /// `[tokens, hidden]` in, `[rows, hidden]` out. Keys and values are of all tokens, queries
    /// of the rows only.
    pub(super) fn forward(&self, states: &Tensor, packing: &Packing, rows: Rows) -> Result<Tensor> {
        let query = project(&packing.select(states, rows)?, &self.q_proj)?;
        let query = self.norm_rotate(&query, &self.q_norm, packing.rotation(rows))?;
        let key = project(states, &self.k_proj)?;
        let key = self.norm_rotate(&key, &self.k_norm, packing.rotation(Rows::All))?;
        let value = self.split_heads(&project(states, &self.v_proj)?)?;
        let mixed = self
            .kernels
            .attention([&query, &key, &value], packing, self.heads, rows)?;
        Ok(project(&mixed, &self.o_proj)?)
    }

    /// True where a token looks at all it sees alike: a static model in the form of a transformer.
    pub(super) fn is_uniform(&self) -> bool {
        self.is_uniform
    }

    /// True where it is uniform, and value and output projection change nothing.
    pub(super) fn is_identity(&self) -> bool {
        self.is_identity
    }

    /// What uniform attention makes of the mean of what a token sees, `[texts, hidden]` in and out.
    /// The mean of projected states is the projected mean: one row a text is multiplied instead of
    /// one a token.
    pub(super) fn forward_mean(&self, means: &Tensor) -> Result<Tensor> {
        if self.is_identity {
            return Ok(means.clone());
        }
        let value = self.split_heads(&project(means, &self.v_proj)?)?;
        let (texts, keys, dimensions) = value.dims3()?;
        let shared = self.heads.queries / self.heads.keys;
        let value = value
            .unsqueeze(2)?
            .broadcast_as((texts, keys, shared, dimensions))?
            .contiguous()?
            .reshape((texts, keys * shared * dimensions))?;
        Ok(project(&value, &self.o_proj)?)
    }

    fn norm_rotate(&self, states: &Tensor, weight: &Tensor, rotation: &Tensor) -> Result<Tensor> {
        let states = self.split_heads(states)?;
        Ok(self
            .kernels
            .norm_rotate(&states, weight, rotation, self.rms_norm_eps)?)
    }

    /// `[rows, heads * head_dim]` as `[rows, heads, head_dim]`.
    fn split_heads(&self, states: &Tensor) -> Result<Tensor> {
        let (rows, width) = states.dims2()?;
        let dimensions = self.heads.dimensions;
        Ok(states.reshape((rows, width / dimensions, dimensions))?)
    }
}

/// Tells whether a projection leaves every state as it is.
fn is_identity(projection: &Tensor) -> Result<bool> {
    let (rows, columns) = projection.dims2()?;
    if rows != columns {
        return Ok(false);
    }
    let identity = Tensor::eye(rows, projection.dtype(), projection.device())?;
    let difference = (projection - identity)?.abs()?.max_all()?;
    Ok(difference.to_scalar::<f32>()? <= f32::EPSILON)
}
