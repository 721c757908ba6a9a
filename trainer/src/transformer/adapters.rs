//! Low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685): a frozen matrix `W` is used as
//! `W + alpha / rank * B A`, and only `A` `[rank, in]` and `B` `[out, rank]` are trained.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};
use rand::Rng;

use crate::error::{Error, Result};
use crate::seed::Seed;
use crate::transformer::weights::Weights;

/// What is adapted in every layer: attention and the feed-forward layer.
const ADAPTED: [&str; 7] = [
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
];

const DOWN: &str = "lora_a";
const UP: &str = "lora_b";

/// How large adapters are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoraOptions {
    /// The rank of what is added to a matrix.
    pub rank: usize,
    /// What is added is scaled by `alpha / rank`.
    pub alpha: f64,
}

/// The adapters of a model; everything else of it is frozen.
#[derive(Debug)]
pub struct Adapters {
    /// Their size.
    pub options: LoraOptions,
    /// `A` and `B` by the matrix's name and `lora_a` or `lora_b`.
    pub tensors: BTreeMap<String, Var>,
}

impl Adapters {
    /// Adapters that change nothing yet: `A` is random, uniform within `1 / sqrt(in)`, `B` is zero.
    pub fn new(weights: &Weights, options: LoraOptions, seed: Seed) -> Result<Self> {
        let mut tensors = BTreeMap::new();
        for (name, var) in &weights.tensors {
            if !is_adapted(name) {
                continue;
            }
            let (rows, columns) = var.dims2()?;
            if options.rank > rows.min(columns) {
                let problem = format!(
                    "`finetune.lora.rank` is {}, and `{name}` is [{rows}, {columns}]; a rank \
                     above the smaller of them adds nothing",
                    options.rank
                );
                return Err(Error::argument(problem));
            }
            let mut random = seed.stream(name, 0);
            let bound = 1.0 / (columns as f32).sqrt();
            let values: Vec<f32> = (0..options.rank * columns)
                .map(|_| random.random_range(-bound..bound))
                .collect();
            let down = Var::from_vec(values, (options.rank, columns), &Device::Cpu)?;
            let up = vec![0.0f32; rows * options.rank];
            let up = Var::from_vec(up, (rows, options.rank), &Device::Cpu)?;
            tensors.insert(format!("{name}.{DOWN}"), down);
            tensors.insert(format!("{name}.{UP}"), up);
        }
        Ok(Self { options, tensors })
    }

    /// The matrix called `name` with what is added to it, or as it is where nothing is.
    pub fn apply(&self, name: &str, matrix: &Tensor) -> Result<Tensor> {
        let part = |part: &str| self.tensors.get(&format!("{name}.{part}"));
        let (Some(down), Some(up)) = (part(DOWN), part(UP)) else {
            return Ok(matrix.clone());
        };
        let scale = self.options.alpha / self.options.rank as f64;
        Ok((matrix + (up.as_tensor().matmul(down.as_tensor())? * scale)?)?)
    }
}

fn is_adapted(name: &str) -> bool {
    let part = name.strip_suffix(".weight");
    part.is_some_and(|part| ADAPTED.iter().any(|adapted| part.ends_with(adapted)))
}

#[cfg(test)]
mod tests;
