//! A transformer's weights while they are trained, and the way through the embedder's model code.

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use embedder::Checkpoint;
use embedder::model::{Config, Kernels, PackedBatch, Qwen3};

use crate::data::token_lists::TokenLists;
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::transformer::adapters::Adapters;

/// The token table's name in a checkpoint, without `model.`.
pub const TABLE: &str = "embed_tokens.weight";

/// Every weight of a model, in f32.
///
/// The token table lies apart: a step looks up the rows of its batch and moves only those.
#[derive(Debug)]
pub struct Weights {
    /// The sizes.
    pub config: Config,
    /// Vectors of the tokens, `[vocabulary, hidden]`.
    pub table: Matrix,
    /// The other weights, by their name in a checkpoint without `model.`.
    pub tensors: BTreeMap<String, Var>,
    /// Where there are adapters, they alone are trained, and everything above is frozen.
    pub adapters: Option<Adapters>,
}

/// What a batch's texts became, with the way back to the weights.
#[derive(Debug)]
pub struct Forward {
    /// States of the end tokens, un-normalised, `[texts, hidden]`.
    pub states: Tensor,
    /// The rows of the token table that were read, `[tokens, hidden]`; their gradient is its.
    pub rows: Var,
    /// Which rows those are, ascending.
    pub tokens: Vec<u32>,
}

impl Weights {
    /// Reads all weights of a folder the embedder opens; codes become f32, and a factorised token
    /// table a whole one.
    pub fn open(checkpoint: &Checkpoint) -> Result<Self> {
        let config = Config {
            embedding_size: None,
            ..checkpoint.config().clone()
        };
        let mut tensors = BTreeMap::new();
        let mut table = None;
        for (name, tensor) in checkpoint.tensors(&Device::Cpu)? {
            if name == TABLE {
                let values = tensor.flatten_all()?.to_vec1()?;
                let (rows, columns) = tensor.dims2()?;
                table = Some(Matrix {
                    rows,
                    columns,
                    values,
                });
            } else {
                tensors.insert(name, Var::from_tensor(&tensor)?);
            }
        }
        let table = table.ok_or_else(|| Error::argument(format!("the model has no `{TABLE}`")))?;
        Ok(Self {
            config,
            table,
            tensors,
            adapters: None,
        })
    }

    /// What is trained beside the token table: the adapters, or every weight.
    pub fn trained(&self) -> &BTreeMap<String, Var> {
        match &self.adapters {
            Some(adapters) => &adapters.tensors,
            None => &self.tensors,
        }
    }

    /// True where the token table is trained.
    pub fn trains_table(&self) -> bool {
        self.adapters.is_none()
    }

    /// The same model without adapters: what they add is in the weights.
    pub fn merged(&self) -> Result<Self> {
        let mut tensors = BTreeMap::new();
        for (name, var) in &self.tensors {
            tensors.insert(
                name.clone(),
                Var::from_tensor(&self.used(name, var)?.detach())?,
            );
        }
        Ok(Self {
            config: self.config.clone(),
            table: self.table.clone(),
            tensors,
            adapters: None,
        })
    }

    /// A weight as the model uses it. A frozen one is cut off from the gradient.
    fn used(&self, name: &str, var: &Var) -> Result<Tensor> {
        match &self.adapters {
            Some(adapters) => adapters.apply(name, &var.as_tensor().detach()),
            None => Ok(var.as_tensor().clone()),
        }
    }

    /// Runs texts, each ended by the end token, through the model with gradients.
    pub fn forward(&self, lists: &TokenLists) -> Result<Forward> {
        let mut tokens = lists.tokens().to_vec();
        tokens.sort_unstable();
        tokens.dedup();
        if let Some(token) = tokens
            .last()
            .filter(|&&last| last as usize >= self.table.rows)
        {
            let rows = self.table.rows;
            let problem = format!("token {token} is outside the vocabulary of {rows}");
            return Err(Error::argument(problem));
        }
        let hidden = self.table.columns;
        let mut values = Vec::with_capacity(tokens.len() * hidden);
        for &token in &tokens {
            values.extend_from_slice(self.table.row(token as usize));
        }
        let rows = Var::from_vec(values, (tokens.len(), hidden), &Device::Cpu)?;
        let place: HashMap<u32, u32> = tokens.iter().copied().zip(0..).collect();
        let batch = PackedBatch {
            tokens: lists.tokens().iter().map(|token| place[token]).collect(),
            lengths: (0..lists.len())
                .map(|text| lists.list(text).len())
                .collect(),
        };
        let model = self.model(&rows, &batch)?;
        Ok(Forward {
            states: model.forward(&batch)?,
            rows,
            tokens,
        })
    }

    /// The model with a table of the batch's rows alone, and positions for its longest text.
    fn model(&self, rows: &Var, batch: &PackedBatch) -> Result<Qwen3> {
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        for (name, var) in &self.tensors {
            tensors.insert(name.clone(), self.used(name, var)?);
        }
        let table = if self.trains_table() {
            rows.as_tensor().clone()
        } else {
            rows.as_tensor().detach()
        };
        tensors.insert(TABLE.to_owned(), table);
        let longest = batch.lengths.iter().max().copied().unwrap_or(1);
        let config = Config {
            vocab_size: rows.dim(0)?,
            max_position_embeddings: longest.max(1),
            ..self.config.clone()
        };
        let weights = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        Ok(Qwen3::load(&config, weights, Kernels::Differentiable)?)
    }
}

#[cfg(test)]
mod tests;
