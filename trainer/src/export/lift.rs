//! Writes a token table as a one-layer Qwen3 that computes the same vectors.
//!
//! The end token's state is the sum of its own vector, which is all but zero, and of what attention
//! brings: with queries of zero every token gets the same weight, and with identity for values
//! and output that is the mean of the normalised token vectors. The feed-forward layer is zero.
//!
//! RMSNorm would give every token the same length and so lose its weight. It does not where
//! vectors are small: `x / sqrt(mean(x^2) + eps)` is `x / sqrt(eps)` as long as `mean(x^2)` is far
//! below `eps`. So the table is scaled until its longest row has `mean(x^2)` of [`SHARE_MAX`]
//! times `eps`: the relative error of a row is below half of that, and no dimension has to
//! be spent on a constant, which would also take the range of the codes.
//! In the final norm a length is lost for all of a text's values alike, which changes nothing.

use safetensors::tensor::Dtype;

use crate::error::{Error, Result};
use crate::export::quantize::Bits;
use crate::export::trained::quantized;
use crate::matrix::{Matrix, dot};
use crate::transformer::weights::TABLE;

/// `mean(x^2) / eps` of the longest row.
pub const SHARE_MAX: f32 = 1e-3;

/// Every value of the end token, beside the longest row's length: nothing next to a word, but an
/// empty text then has a direction instead of a vector of zeros.
const END_SHARE: f32 = 1e-6;

/// Values of one attention head; with it the heads' values just fill the hidden size.
const HEAD_DIM_MAX: usize = 64;

/// The feed-forward layer does nothing, and cannot be left out.
const INTERMEDIATE_SIZE: usize = 8;

/// A tensor to be written.
#[derive(Clone, Debug)]
pub struct LiftedTensor {
    /// Its name in the checkpoint.
    pub name: String,
    /// How a value is stored.
    pub kind: Dtype,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A model: its config and its tensors.
#[derive(Clone, Debug)]
pub struct Lifted {
    /// What `config.json` says.
    pub config: embedder::model::Config,
    /// Every tensor.
    pub tensors: Vec<LiftedTensor>,
    /// How many bits the token table's codes have, where it has codes.
    pub bits: Bits,
}

/// Lifts a table `[vocabulary, hidden]`; row `end_token` is replaced by [`END_SHARE`]. The table
/// gets codes of `bits`.
pub fn lift(table: &Matrix, end_token: usize, (tokens_max, bits): (usize, Bits)) -> Result<Lifted> {
    let hidden = table.columns;
    let head_dim = (2..=HEAD_DIM_MAX)
        .rev()
        .find(|size| size % 2 == 0 && hidden.is_multiple_of(*size));
    let head_dim = head_dim.ok_or_else(|| {
        Error::argument(format!(
            "hidden size {hidden} is odd, and attention heads are even"
        ))
    })?;
    let heads = hidden / head_dim;
    let config = embedder::model::Config {
        hidden_size: hidden,
        intermediate_size: INTERMEDIATE_SIZE,
        num_hidden_layers: 1,
        num_attention_heads: heads,
        num_key_value_heads: heads,
        head_dim,
        vocab_size: table.rows,
        rope_theta: 1e6,
        rms_norm_eps: 1e-6,
        max_position_embeddings: tokens_max,
        embedding_size: None,
    };
    let mut tensors = token_table(table, end_token, (config.rms_norm_eps as f32, bits))?;
    let layer = |name: &str| format!("model.layers.0.{name}.weight");
    let norm = |name: String, size: usize, value: f32| floats(name, vec![size], &vec![value; size]);
    // Of the identities a file needs the diagonal alone.
    for name in ["q_proj", "k_proj", "v_proj", "o_proj"] {
        let name = format!("{}_diagonal", layer(&format!("self_attn.{name}")));
        tensors.push(norm(name, hidden, 1.0));
    }
    // Zero here and not in q_proj: the norm of a zero query would have exploding gradients.
    tensors.push(norm(layer("self_attn.q_norm"), head_dim, 0.0));
    tensors.push(norm(layer("self_attn.k_norm"), head_dim, 1.0));
    tensors.push(zeros(layer("mlp.gate_proj"), [INTERMEDIATE_SIZE, hidden]));
    tensors.push(zeros(layer("mlp.up_proj"), [INTERMEDIATE_SIZE, hidden]));
    tensors.push(zeros(layer("mlp.down_proj"), [hidden, INTERMEDIATE_SIZE]));
    tensors.push(norm(layer("input_layernorm"), hidden, 1.0));
    tensors.push(norm(layer("post_attention_layernorm"), hidden, 1.0));
    tensors.push(norm("model.norm.weight".to_owned(), hidden, 1.0));
    Ok(Lifted {
        config,
        tensors,
        bits,
    })
}

fn token_table(
    table: &Matrix,
    end_token: usize,
    (eps, bits): (f32, Bits),
) -> Result<Vec<LiftedTensor>> {
    let mut table = table.clone();
    table.row_mut(end_token).fill(0.0);
    let mean_square = |row: usize| dot(table.row(row), table.row(row)) / table.columns as f32;
    let largest = (0..table.rows)
        .map(mean_square)
        .fold(f32::MIN_POSITIVE, f32::max);
    let end = END_SHARE * (largest * table.columns as f32).sqrt();
    table.row_mut(end_token).fill(end);
    let factor = (SHARE_MAX * eps / largest).sqrt();
    quantized(TABLE, &table, (bits, factor))
}

fn zeros(name: String, shape: [usize; 2]) -> LiftedTensor {
    halves(name, shape.to_vec(), &vec![0.0; shape[0] * shape[1]])
}

pub(crate) fn halves(name: String, shape: Vec<usize>, values: &[f32]) -> LiftedTensor {
    let half = |value: &f32| half::f16::from_f32(*value).to_le_bytes();
    let bytes = values.iter().flat_map(half).collect();
    LiftedTensor {
        name,
        kind: Dtype::F16,
        shape,
        bytes,
    }
}

pub(crate) fn floats(name: String, shape: Vec<usize>, values: &[f32]) -> LiftedTensor {
    let bytes = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    LiftedTensor {
        name,
        kind: Dtype::F32,
        shape,
        bytes,
    }
}
