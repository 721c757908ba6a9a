//! A smaller Qwen3 folder from a larger one, to be trained on.
//!
//! Hidden dimensions and those of the feed-forward layers are kept where calibration text makes
//! them active, the first layers are kept and the heads are left alone, as F2LLM-v2's small sizes
//! were made (arXiv 2603.19223; activation norms after Minitron, arXiv 2407.14679). The vocabulary
//! can be cut as well, to the tokens the calibration text uses most and all they are merged from,
//! and the token table can be factorised.
//!
//! A norm divides by the mean over the hidden dimensions, which is another one when dimensions are
//! gone. Its weight is scaled by what the calibration text says of that, so that what is kept keeps
//! its size; a dimension that was always zero can be dropped without any change.

pub mod activations;
pub mod calibration;
pub mod choose;
pub mod cut;
pub mod factor;
pub mod vocabulary;
pub mod write;

use std::path::Path;

use candle_core::Device;
use embedder::model::{Config, Kernels, Qwen3};
use embedder::{Checkpoint, ModelSource};

use crate::error::{Error, Result};
use crate::prune::activations::Activations;
use crate::prune::calibration::Calibration;
use crate::prune::choose::Kept;
use crate::prune::vocabulary::KeptTokens;

/// The sizes of the smaller model; what is not named stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneOptions {
    /// Dimensions of the embedding.
    pub hidden: Option<usize>,
    /// Dimensions of the feed-forward layers.
    pub intermediate: Option<usize>,
    /// Layers, from the first on.
    pub layers: Option<usize>,
    /// Tokens, special ones included.
    pub vocabulary: Option<usize>,
    /// Values of a row of the token table, which is then factorised.
    pub table_rank: Option<usize>,
}

/// What was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct PruneSummary {
    /// The larger model's config.
    pub before: Config,
    /// The smaller model's.
    pub after: Config,
    /// How much of the norms of what goes into the norms was kept, 0 to 1.
    pub hidden_share: f64,
    /// The same of the feed-forward layers, layer by layer.
    pub intermediate_shares: Vec<f64>,
    /// How much of the token table's squared length a factorised one has, 0 to 1.
    pub table_share: Option<f64>,
    /// Calibration texts and their tokens.
    pub calibration: (usize, usize),
}

/// Prunes the model folder `source` and writes the smaller one to `output`.
///
/// Errors name the file or the size, what was found and what was expected; nothing is written
/// before all of it is known.
pub fn prune(
    source: &Path,
    calibration: &Path,
    options: &PruneOptions,
    output: &Path,
) -> Result<PruneSummary> {
    if is_same(source, output) {
        let problem =
            "the smaller model cannot be written over the larger one; name another folder";
        return Err(Error::content(output, problem));
    }
    let checkpoint = Checkpoint::open(&ModelSource::Folder(source.to_path_buf()), true)?;
    let before = checkpoint.config().clone();
    let mut after = target(source, &before, options)?;
    let texts = Calibration::read(calibration, &checkpoint)?;
    let tokens = options
        .vocabulary
        .map(|size| KeptTokens::choose(source, &texts, size))
        .transpose()?;
    let seen = measure(&checkpoint, &after, &texts)?;
    let kept = Kept::choose(&seen, &after)?;
    if let Some(tokens) = &tokens {
        after.vocab_size = tokens.rows.len();
    }
    let weights = checkpoint.tensors(&Device::Cpu)?;
    let rows = tokens.as_ref().map(|tokens| tokens.rows.as_slice());
    let mut tensors = cut::cut(source, weights, &after, &kept, rows)?;
    // A factorised table stays so, where its rows are still short beside the smaller model.
    let kept_rank = before
        .embedding_size
        .filter(|&rank| rank < after.hidden_size);
    after.embedding_size = options.table_rank.or(kept_rank);
    let table_share = after
        .embedding_size
        .map(|rank| factor::factorise(&mut tensors, rank))
        .transpose()?;
    let summary = PruneSummary {
        before,
        after,
        hidden_share: kept.hidden.share,
        intermediate_shares: kept.intermediate.iter().map(|one| one.share).collect(),
        table_share,
        calibration: (texts.lists.len(), texts.tokens()),
    };
    let tokenizer = tokens.map(|tokens| tokens.json);
    write::write(source, output, &tensors, tokenizer, &summary)?;
    Ok(summary)
}

fn is_same(source: &Path, output: &Path) -> bool {
    match (source.canonicalize(), output.canonicalize()) {
        (Ok(source), Ok(output)) => source == output,
        _ => source == output,
    }
}

/// The smaller model's config, with the vocabulary not yet cut; all that is wrong is said at once.
fn target(source: &Path, before: &Config, options: &PruneOptions) -> Result<Config> {
    let mut after = before.clone();
    let sizes = [
        ("hidden", options.hidden, &mut after.hidden_size),
        (
            "intermediate",
            options.intermediate,
            &mut after.intermediate_size,
        ),
        ("layers", options.layers, &mut after.num_hidden_layers),
    ];
    let mut problems = Vec::new();
    for (name, wanted, size) in sizes {
        let Some(wanted) = wanted else {
            continue;
        };
        if wanted == 0 || wanted > *size {
            problems.push(format!("`{name}` is {wanted}, expected 1 to {size}"));
        }
        *size = wanted;
    }
    if let Some(wanted) = options.vocabulary
        && wanted > before.vocab_size
    {
        let has = before.vocab_size;
        problems.push(format!(
            "`vocabulary` is {wanted}, the model has {has} tokens"
        ));
    }
    after.embedding_size = None;
    if let Some(rank) = options.table_rank
        && (rank == 0 || rank >= after.hidden_size)
    {
        let largest = after.hidden_size.saturating_sub(1);
        problems.push(format!("`table-rank` is {rank}, expected 1 to {largest}"));
    }
    if problems.is_empty() {
        return Ok(after);
    }
    Err(Error::content(source, problems.join("; ")))
}

/// Runs the kept layers on the calibration texts.
fn measure(checkpoint: &Checkpoint, after: &Config, texts: &Calibration) -> Result<Activations> {
    let config = Config {
        num_hidden_layers: after.num_hidden_layers,
        ..checkpoint.config().clone()
    };
    let weights = checkpoint.var_builder(&Device::Cpu);
    let model = Qwen3::load(&config, weights, Kernels::Fused)?;
    let mut activations = Activations::new(config.rms_norm_eps);
    let progress = crate::embed::bar(texts.lists.len(), "calibration");
    for batch in texts.batches() {
        model.forward_observed(&batch, &mut activations)?;
        progress.inc(batch.lengths.len() as u64);
    }
    progress.finish_and_clear();
    activations.check()?;
    Ok(activations)
}

impl PruneSummary {
    /// The summary as a Markdown table.
    pub fn table(&self) -> String {
        let (before, after) = (&self.before, &self.after);
        let sizes = [
            ("hidden dimensions", before.hidden_size, after.hidden_size),
            (
                "feed-forward dimensions",
                before.intermediate_size,
                after.intermediate_size,
            ),
            ("layers", before.num_hidden_layers, after.num_hidden_layers),
            ("tokens", before.vocab_size, after.vocab_size),
        ];
        let mut lines = vec![
            "| size | before | after |".to_owned(),
            "|---|---|---|".to_owned(),
        ];
        lines.extend(sizes.map(|(name, before, after)| format!("| {name} | {before} | {after} |")));
        if let Some(rank) = after.embedding_size {
            let whole = before.embedding_size.unwrap_or(before.hidden_size);
            lines.push(format!("| values of a token's row | {whole} | {rank} |"));
        }
        let (old, new) = (before.parameters(), after.parameters());
        lines.push(format!("| parameters | {old} | {new} |"));
        let least = self.intermediate_shares.iter().copied().fold(1.0, f64::min);
        let (texts, tokens) = self.calibration;
        lines.push(format!(
            "\nOf the activation norms {:.1}% are kept in the hidden dimensions, and at least \
             {least:.1}% in each feed-forward layer ({texts} texts, {tokens} tokens).",
            100.0 * self.hidden_share,
            least = 100.0 * least
        ));
        if let Some(share) = self.table_share {
            lines.push(format!(
                "The factorised token table has {:.1}% of the whole one's squared length.",
                100.0 * share
            ));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests;
