//! A teacher of the student's own family: a folder the embedder opens, run by the embedder's model.

use std::path::Path;

use candle_core::Device;
use embedder::model::{Kernels, PackedBatch, Qwen3 as Model};
use embedder::{Checkpoint, InputKind, ModelSource};
use indicatif::ProgressBar;
use rayon::prelude::*;

use crate::data::texts::{Role, Text};
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::teacher::buckets::buckets;
use crate::teacher::{Teacher, to_unit};
use crate::transformer::batch::ended;

/// A Qwen3 model with its tokenizer and its own prompts.
#[derive(Debug)]
pub struct Qwen3 {
    checkpoint: Checkpoint,
    model: Model,
    tokens_max: usize,
}

impl Qwen3 {
    /// Opens a folder. Texts are cut to `tokens_max` tokens, the end token included.
    pub fn open(folder: &Path, tokens_max: usize) -> Result<Self> {
        let source = ModelSource::Folder(folder.to_path_buf());
        let checkpoint = Checkpoint::open(&source, true)?;
        let positions = checkpoint.config().max_position_embeddings;
        if tokens_max > positions {
            let problem = format!(
                "`teacher.tokens_max` is {tokens_max}, and `{}` reads at most {positions}",
                folder.display()
            );
            return Err(Error::argument(problem));
        }
        let weights = checkpoint.var_builder(&Device::Cpu);
        let model = Model::load(checkpoint.config(), weights, Kernels::Fused)?;
        Ok(Self {
            checkpoint,
            model,
            tokens_max,
        })
    }

    fn tokens(&self, text: &Text) -> Result<Vec<u32>> {
        let kind = match text.role {
            Role::Query => InputKind::Query,
            Role::Passage => InputKind::Document,
        };
        let prompt = self.checkpoint.prompts().of(kind);
        let tokenizer = self.checkpoint.tokenizer();
        let list = tokenizer.encode(prompt, &text.text)?;
        Ok(ended(&list, self.tokens_max, tokenizer.end_token()))
    }
}

impl Teacher for Qwen3 {
    fn embed(&self, texts: &[Text], bar: &ProgressBar) -> Result<Matrix> {
        let lists: Result<Vec<Vec<u32>>> = texts.par_iter().map(|text| self.tokens(text)).collect();
        let lists = lists?;
        let lengths: Vec<usize> = lists.iter().map(Vec::len).collect();
        let mut all = Matrix::zeros(texts.len(), self.model.config().hidden_size);
        for batch in buckets(&lengths) {
            let packed = PackedBatch {
                tokens: batch.iter().flat_map(|&at| lists[at].clone()).collect(),
                lengths: batch.iter().map(|&at| lengths[at]).collect(),
            };
            let states: Vec<Vec<f32>> = self.model.states(&packed)?;
            for (&at, state) in batch.iter().zip(states) {
                all.row_mut(at).copy_from_slice(&state);
            }
            bar.inc(batch.len() as u64);
        }
        to_unit(&mut all, texts)?;
        Ok(all)
    }
}

#[cfg(test)]
mod tests;
