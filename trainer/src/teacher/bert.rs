//! A teacher of the BERT family: mean over the tokens of a text, then unit length. The only file
//! that names candle-transformers.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};
use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::Deserialize;
use tokenizers::{Tokenizer, TruncationParams};

use crate::data::texts::Text;
use crate::data::token_lists::refused;
use crate::error::{Error, Result};
use crate::files;
use crate::matrix::Matrix;
use crate::teacher::buckets::buckets;
use crate::teacher::{RolePrompts, Teacher, to_unit};

/// A config is a page; a tokenizer of a million tokens has 64 MB.
const TEXT_BYTES_MAX: u64 = 256 << 20;

/// Weights are read into memory.
const WEIGHT_BYTES_MAX: u64 = 16 << 30;

/// What `config.json` of a BERT folder has to say; the rest of it is about training.
#[derive(Debug, Deserialize)]
struct Sizes {
    model_type: Option<String>,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: HiddenAct,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f64,
    #[serde(default)]
    pad_token_id: usize,
    #[serde(default)]
    position_embedding_type: PositionEmbeddingType,
}

/// A BERT model with its tokenizer and prompts.
pub struct Bert {
    folder: PathBuf,
    model: BertModel,
    tokenizer: Tokenizer,
    pad: u32,
    prompts: RolePrompts,
}

impl Bert {
    /// Opens `config.json`, `tokenizer.json` and `model.safetensors` of a folder. Texts are cut to
    /// `tokens_max` tokens, special ones included.
    ///
    /// Errors: a missing file, a config of another family, weights that do not have the config's
    /// shapes, pooling other than the mean, more tokens than the model has positions.
    pub fn open(folder: &Path, prompts: RolePrompts, tokens_max: usize) -> Result<Self> {
        let config = config(folder)?;
        check_pooling(folder)?;
        if tokens_max > config.max_position_embeddings {
            let problem = format!(
                "`teacher.tokens_max` is {tokens_max}, and `{}` reads at most {}",
                folder.display(),
                config.max_position_embeddings
            );
            return Err(Error::argument(problem));
        }
        let path = folder.join("model.safetensors");
        let weights = files::read(&path, WEIGHT_BYTES_MAX)?;
        let wrong = |error: candle_core::Error| Error::content(&path, error.to_string());
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu);
        let model = BertModel::load(weights.map_err(wrong)?, &config).map_err(wrong)?;
        let path = folder.join("tokenizer.json");
        let bytes = files::read(&path, TEXT_BYTES_MAX)?;
        let mut tokenizer = Tokenizer::from_bytes(bytes)
            .map_err(|error| Error::content(&path, error.to_string()))?;
        let tokens = tokenizer.get_vocab_size(true);
        if tokens > config.vocab_size {
            let problem = format!(
                "it has {tokens} tokens and `config.json` beside it {}; they do not belong together",
                config.vocab_size
            );
            return Err(Error::content(&path, problem));
        }
        let cut = TruncationParams {
            max_length: tokens_max,
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(cut)).map_err(refused)?;
        tokenizer.with_padding(None);
        Ok(Self {
            folder: folder.to_path_buf(),
            model,
            tokenizer,
            pad: config.pad_token_id as u32,
            prompts,
        })
    }

    /// The mean state of every list of tokens, in their order: `[lists, hidden]`.
    fn means(&self, lists: &[&[u32]]) -> candle_core::Result<Tensor> {
        let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
        let shape = (lists.len(), longest);
        let mut tokens = Vec::with_capacity(lists.len() * longest);
        let mut mask = Vec::with_capacity(lists.len() * longest);
        for list in lists {
            let padding = longest - list.len();
            tokens.extend_from_slice(list);
            tokens.extend(std::iter::repeat_n(self.pad, padding));
            mask.extend(std::iter::repeat_n(1.0f32, list.len()));
            mask.extend(std::iter::repeat_n(0.0f32, padding));
        }
        let tokens = Tensor::from_vec(tokens, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let states = self
            .model
            .forward(&tokens, &tokens.zeros_like()?, Some(&mask))?;
        // [texts, 1, tokens] x [texts, tokens, hidden]: the sum of the states that are no padding.
        let sums = mask.unsqueeze(1)?.matmul(&states)?.squeeze(1)?;
        sums.broadcast_div(&mask.sum_keepdim(1)?)
    }
}

impl Teacher for Bert {
    fn embed(&self, texts: &[Text], bar: &ProgressBar) -> Result<Matrix> {
        let lists: Result<Vec<Vec<u32>>> = texts
            .par_iter()
            .map(|text| {
                let encoding = self.tokenizer.encode_fast(self.prompts.apply(text), true);
                Ok(encoding.map_err(refused)?.get_ids().to_vec())
            })
            .collect();
        let lists = lists?;
        let lengths: Vec<usize> = lists.iter().map(Vec::len).collect();
        if lengths.contains(&0) {
            let problem = "its tokenizer makes no token of a text; it has no special tokens";
            return Err(Error::content(&self.folder, problem));
        }
        // A batch a thread: what is beside the matrix products runs on one.
        let rows: Result<Vec<(Vec<usize>, Matrix)>> = buckets(&lengths)
            .into_par_iter()
            .map(|batch| {
                let own: Vec<&[u32]> = batch.iter().map(|&at| lists[at].as_slice()).collect();
                let means = self.means(&own)?;
                let (rows, columns) = means.dims2()?;
                let values = means.flatten_all()?.to_vec1()?;
                bar.inc(batch.len() as u64);
                let matrix = Matrix {
                    rows,
                    columns,
                    values,
                };
                Ok((batch, matrix))
            })
            .collect();
        let rows = rows?;
        let columns = rows.first().map_or(0, |(_, matrix)| matrix.columns);
        let mut all = Matrix::zeros(texts.len(), columns);
        for (batch, matrix) in rows {
            for (row, at) in batch.into_iter().enumerate() {
                all.row_mut(at).copy_from_slice(matrix.row(row));
            }
        }
        to_unit(&mut all, texts)?;
        Ok(all)
    }
}

fn config(folder: &Path) -> Result<Config> {
    let path = folder.join("config.json");
    let sizes: Sizes = serde_json::from_slice(&files::read(&path, TEXT_BYTES_MAX)?)
        .map_err(|error| Error::content(&path, error.to_string()))?;
    let family = sizes.model_type.as_deref().unwrap_or("bert");
    if family != "bert" {
        let problem = format!("`model_type` is `{family}`, expected `bert`");
        return Err(Error::content(&path, problem));
    }
    let heads = sizes.num_attention_heads;
    if heads == 0 || !sizes.hidden_size.is_multiple_of(heads) {
        let problem = format!(
            "{heads} heads do not divide a hidden size of {}",
            sizes.hidden_size
        );
        return Err(Error::content(&path, problem));
    }
    Ok(Config {
        vocab_size: sizes.vocab_size,
        hidden_size: sizes.hidden_size,
        num_hidden_layers: sizes.num_hidden_layers,
        num_attention_heads: heads,
        intermediate_size: sizes.intermediate_size,
        hidden_act: sizes.hidden_act,
        hidden_dropout_prob: 0.0,
        max_position_embeddings: sizes.max_position_embeddings,
        type_vocab_size: sizes.type_vocab_size,
        initializer_range: 0.02,
        layer_norm_eps: sizes.layer_norm_eps,
        pad_token_id: sizes.pad_token_id,
        position_embedding_type: sizes.position_embedding_type,
        use_cache: false,
        classifier_dropout: None,
        model_type: Some(family.to_owned()),
    })
}

/// Refuses a folder that says it pools otherwise than by the mean.
fn check_pooling(folder: &Path) -> Result<()> {
    let path = folder.join("1_Pooling").join("config.json");
    if !path.exists() {
        return Ok(());
    }
    let pooling: serde_json::Value = serde_json::from_slice(&files::read(&path, TEXT_BYTES_MAX)?)
        .map_err(|error| Error::content(&path, error.to_string()))?;
    let is_mean = pooling
        .get("pooling_mode_mean_tokens")
        .is_none_or(|value| value == true)
        && pooling
            .get("pooling_mode")
            .is_none_or(|value| value == "mean");
    if is_mean {
        return Ok(());
    }
    let problem = format!("it is {pooling}, expected `pooling_mode_mean_tokens`: true");
    Err(Error::content(&path, problem))
}

#[cfg(test)]
mod tests;
