//! The transformer stage: a few layers over the static table, which start as nothing and learn
//! from the same texts.

use candle_core::{Device, Tensor};
use rand::Rng;

use crate::data::pairs::{PairBatch, PairSampler};
use crate::data::split::Split;
use crate::data::token_lists::TokenLists;
use crate::distill::batch::BatchOptions;
use crate::distill::run::{DistillOptions, Inputs, sampler, taught};
use crate::error::Result;
use crate::matrix::Matrix;
use crate::seed::Seed;
use crate::transformer::batch::{Batch, Draw, ended};
use crate::transformer::checkpoint::State;
use crate::transformer::losses::Task;
use crate::transformer::start::{Shape, lift};
use crate::transformer::train::{Place, TrainOptions, train};
use crate::transformer::weights::Weights;

/// How the stage is run.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformerOptions {
    /// Layers, heads, widths.
    pub shape: Shape,
    /// Steps, learning rate, loss.
    pub train: TrainOptions,
    /// Pairs of a batch, or half its texts where states are copied.
    pub batch: usize,
    /// Lengths that texts are cut to; a step draws one.
    pub tokens_max: Vec<usize>,
}

/// What pairs and texts the static stage has, drawn kind by kind.
struct PairDraw<'a> {
    sampler: &'a PairSampler<'a>,
    lists: &'a TokenLists,
    with_target: &'a [(u32, u32)],
    targets: &'a Matrix,
    kinds: BatchOptions,
    options: &'a TransformerOptions,
    end_token: u32,
}

/// Lifts the table of the static stage and trains it on; takes up a checkpoint where there is one.
pub fn run(
    inputs: &Inputs<'_>,
    (statics, options): (&DistillOptions, &TransformerOptions),
    (table, end_token): (&Matrix, u32),
    place: &Place,
) -> Result<State> {
    let split = Split::of(inputs.texts, statics.held_out_share, inputs.seed);
    let sampler = sampler(inputs, &split, statics);
    let taught = taught(&split, inputs);
    let draw = PairDraw {
        sampler: &sampler,
        lists: inputs.lists,
        with_target: &taught.texts,
        targets: &inputs.targets.vectors,
        kinds: statics.batch,
        options,
        end_token,
    };
    let start = || {
        let weights = lift(table, end_token as usize, options.shape, inputs.seed)?;
        calibrate(weights, &draw.draw(inputs.seed, 0)?)
    };
    train(start, &draw, (&options.train, inputs.seed), place)
}

/// Scales the final norm so that states have a mean square of one, as the teacher's then have.
fn calibrate(weights: Weights, batch: &Batch) -> Result<Weights> {
    let states = weights.forward(&batch.lists)?.states.detach();
    let square: f32 = states.sqr()?.mean_all()?.to_scalar()?;
    if let Some(norm) = weights.tensors.get("norm.weight") {
        let factor = 1.0 / f64::from(square.max(f32::MIN_POSITIVE)).sqrt();
        norm.set(&(norm.as_tensor() * factor)?.detach())?;
    }
    Ok(weights)
}

impl Draw for PairDraw<'_> {
    fn draw(&self, seed: Seed, step: usize) -> Result<Batch> {
        let mut random = seed.stream("transformer", step as u64);
        let at = random.random_range(0..self.options.tokens_max.len().max(1));
        let tokens_max = self.options.tokens_max.get(at).copied();
        let tokens_max = tokens_max.unwrap_or(usize::MAX);
        let (kinds, count) = (self.kinds, self.options.batch);
        let counts = [
            kinds.titles,
            kinds.translations,
            kinds.parallels,
            kinds.crops,
            kinds.texts,
        ];
        let mut at = random.random_range(0..counts.iter().sum::<usize>().max(1));
        let kind = counts.iter().position(|&own| {
            let is_here = at < own;
            at = at.saturating_sub(own);
            is_here
        });
        let (source, pairs) = match kind {
            Some(0) => ("titles", self.sampler.titles(count, &mut random)),
            Some(1) => (
                "translations",
                self.sampler.translations(count, &mut random),
            ),
            Some(2) => ("parallels", self.sampler.parallels(count, &mut random)),
            Some(3) => ("crops", self.sampler.crops(count, kinds.crop, &mut random)),
            _ => ("texts", PairBatch::default()),
        };
        if pairs.groups.len() < 2 {
            return self.copies(tokens_max, &mut random);
        }
        Ok(self.contrasted(source, pairs, tokens_max))
    }
}

impl PairDraw<'_> {
    /// Pairs; of two that say the same the second is left out, because it is no negative.
    fn contrasted(&self, source: &str, pairs: PairBatch, tokens_max: usize) -> Batch {
        let mut lists = TokenLists::new();
        let is_first = |at: &usize| !pairs.groups[..*at].contains(&pairs.groups[*at]);
        let kept: Vec<usize> = (0..pairs.groups.len()).filter(is_first).collect();
        for side in [&pairs.queries, &pairs.passages] {
            for &at in &kept {
                lists.push(&ended(&side[at], tokens_max, self.end_token));
            }
        }
        Batch {
            source: source.to_owned(),
            task: Task::Retrieval,
            queries: kept.len(),
            negatives: 0,
            lists,
            teacher: None,
        }
    }

    /// Texts whose teacher's vectors are copied. They are no pairs: a task without contrast.
    fn copies(&self, tokens_max: usize, random: &mut impl Rng) -> Result<Batch> {
        let (count, width) = (2 * self.options.batch, self.targets.columns);
        let mut lists = TokenLists::new();
        let mut values = Vec::with_capacity(count * width);
        // A unit vector has a mean square of one over its dimensions.
        let length = (width as f32).sqrt();
        for _ in 0..count {
            let at = random.random_range(0..self.with_target.len().max(1));
            let (text, target) = self.with_target.get(at).copied().unwrap_or_default();
            let list = self.lists.list(text as usize);
            lists.push(&ended(list, tokens_max, self.end_token));
            let row = self.targets.row(target as usize);
            values.extend(row.iter().map(|value| value * length));
        }
        Ok(Batch {
            source: "texts".to_owned(),
            task: Task::Clustering,
            queries: self.options.batch,
            negatives: 0,
            lists,
            teacher: Some(Tensor::from_vec(values, (count, width), &Device::Cpu)?),
        })
    }
}
