//! The loop of the static stage: draw, go forward and back, move the table, look, save.

use std::collections::HashSet;
use std::io::BufRead;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::data::pairs::PairSampler;
use crate::data::parallels::Parallels;
use crate::data::split::Split;
use crate::data::texts::Text;
use crate::data::token_lists::TokenLists;
use crate::distill::batch::{Batch, BatchOptions, Taught};
use crate::distill::checkpoint::State;
use crate::distill::held_out::{HeldOut, HeldOutScores};
use crate::distill::objective::{Losses, Objective};
use crate::distill::targets::Targets;
use crate::error::{Error, Result};
use crate::files;
use crate::seed::Seed;
use crate::table::adam::Adam;
use crate::table::bag::{self, Occurrences};
use crate::table::start::start;

/// Steps over which the learning rate rises from zero.
const WARM_UP_STEPS: usize = 50;

/// How the static stage is run.
#[derive(Clone, Debug, PartialEq)]
pub struct DistillOptions {
    /// How many steps.
    pub steps: usize,
    /// The highest learning rate; it rises over the first steps and falls to zero on a cosine.
    pub learning_rate: f32,
    /// The length of a rare token's vector before training.
    pub start_length: f32,
    /// What a step is made of.
    pub batch: BatchOptions,
    /// What it goes down.
    pub objective: Objective,
    /// Languages are drawn in proportion to this power of their size.
    pub language_temper: f64,
    /// Longer texts are cut here for training.
    pub tokens_max: usize,
    /// The share of groups kept out of training.
    pub held_out_share: f64,
    /// A checkpoint and held-out figures every so many steps.
    pub save_every_steps: usize,
}

/// What a run reads, apart from its options.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// All texts.
    pub texts: &'a [Text],
    /// Texts in several languages, source by source.
    pub parallels: &'a [Vec<Text>],
    /// Tokens of the texts, then of the parallels, then of the lexicon, in the student's
    /// vocabulary, without special tokens.
    pub lists: &'a TokenLists,
    /// The size of that vocabulary.
    pub vocabulary: usize,
    /// The teacher's vectors for the first texts and for all of the lexicon, in the student's
    /// space.
    pub targets: &'a Targets,
    /// The student's dimensions; what the teacher has no value for starts random.
    pub dimensions: usize,
    /// The root of all randomness.
    pub seed: Seed,
}

/// Where a run keeps its state.
#[derive(Clone, Debug)]
pub struct Place {
    /// The checkpoint.
    pub checkpoint: PathBuf,
    /// One JSON object a line, a line per save.
    pub metrics: PathBuf,
    /// The fingerprint of the recipe; another recipe's checkpoint is refused.
    pub recipe: String,
}

/// One line of the metrics file.
#[derive(Debug, Deserialize, Serialize)]
struct Line {
    step: usize,
    learning_rate: f32,
    copy: f64,
    similarity: f64,
    contrastive: f64,
    held_out: Vec<HeldOutScores>,
}

/// Trains from the checkpoint, or from the start where there is none, to the last step.
pub fn run(inputs: &Inputs<'_>, options: &DistillOptions, place: &Place) -> Result<State> {
    run_to(inputs, options, place, options.steps)
}

/// As [`run`], but stops after step `last`, as if it had been interrupted there.
pub fn run_to(
    inputs: &Inputs<'_>,
    options: &DistillOptions,
    place: &Place,
    last: usize,
) -> Result<State> {
    let split = Split::of(inputs.texts, options.held_out_share, inputs.seed);
    let held_out = HeldOut::of(inputs.texts, &split, inputs.lists, inputs.seed);
    let sampler = sampler(inputs, &split, options);
    let taught = taught(&split, inputs);
    let mut state = if place.checkpoint.exists() {
        State::open(&place.checkpoint, &place.recipe)?
    } else {
        start_state(inputs, &taught, options.start_length)
    };
    let bar = progress(options.steps, state.step);
    while state.step < last.min(options.steps) {
        let batch = Batch::draw(
            inputs.lists,
            &taught,
            &sampler,
            &options.batch,
            (inputs.seed, state.step),
        );
        let losses = take_step(&mut state, &batch, inputs, options, place)?;
        bar.set_message(format!(
            "copy {:.3} similarity {:.3} contrast {:.3}",
            losses.copy, losses.similarity, losses.contrastive
        ));
        bar.inc(1);
        let is_last = state.step == last.min(options.steps);
        if is_last || state.step.is_multiple_of(options.save_every_steps) {
            save(&state, &losses, options, place, &held_out, &bar)?;
        }
    }
    bar.finish();
    Ok(state)
}

pub(crate) fn sampler<'a>(
    inputs: &Inputs<'a>,
    split: &'a Split,
    options: &DistillOptions,
) -> PairSampler<'a> {
    let temper = options.language_temper;
    let withheld = inputs.texts.iter().zip(&split.is_held_out);
    let withheld = withheld.filter(|(_, is_held_out)| **is_held_out);
    let withheld: HashSet<&str> = withheld.map(|(text, _)| text.text.as_str()).collect();
    let parallels = Parallels::of(inputs.parallels, inputs.texts.len(), &withheld);
    PairSampler::new(inputs.texts, split, inputs.lists, temper).with_parallels(parallels, temper)
}

fn start_state(inputs: &Inputs<'_>, taught: &Taught, start_length: f32) -> State {
    let mut target_of = vec![None; inputs.lists.len()];
    for &(text, target) in taught.texts.iter().chain(&taught.words) {
        target_of[text as usize] = Some(target);
    }
    let vectors = &inputs.targets.vectors;
    let table = start(
        inputs.lists,
        inputs.vocabulary,
        vectors,
        &target_of,
        (inputs.dimensions, start_length, inputs.seed),
    );
    let adam = Adam::new(table.rows, table.columns);
    State {
        step: 0,
        table,
        adam,
    }
}

pub(crate) fn taught(split: &Split, inputs: &Inputs<'_>) -> Taught {
    let texts = 0..inputs.targets.of_texts as u32;
    let texts = texts.filter(|&row| !split.is_held_out[row as usize]);
    // The lexicon is the last of the lists and of the targets.
    let words = inputs.targets.vectors.rows - inputs.targets.of_texts;
    let (list, row) = (inputs.lists.len() - words, inputs.targets.of_texts);
    Taught {
        texts: texts.map(|row| (row, row)).collect(),
        words: (0..words)
            .map(|word| ((list + word) as u32, (row + word) as u32))
            .collect(),
    }
}

fn take_step(
    state: &mut State,
    batch: &Batch,
    inputs: &Inputs<'_>,
    options: &DistillOptions,
    place: &Place,
) -> Result<Losses> {
    let vectors = bag::means(&state.table, &batch.lists);
    let (losses, gradient) = options
        .objective
        .of(&vectors, batch, &inputs.targets.vectors)?;
    // A loss that is a number can still have a gradient that is none.
    let slopes: f32 = gradient.values.iter().map(|value| value.abs()).sum();
    if !losses.total.is_finite() || !slopes.is_finite() {
        return Err(Error::LossNotFinite {
            step: state.step,
            loss: losses.total,
            checkpoint: place.checkpoint.clone(),
        });
    }
    let occurrences = Occurrences::of(&batch.lists, state.table.rows);
    let rate = learning_rate(options, state.step);
    state
        .adam
        .step(&mut state.table, &occurrences, &gradient, rate);
    state.step += 1;
    Ok(losses)
}

/// The learning rate of a step: a linear rise, then a cosine to zero.
pub fn learning_rate(options: &DistillOptions, step: usize) -> f32 {
    let rise = ((step + 1) as f32 / WARM_UP_STEPS as f32).min(1.0);
    let done = step as f32 / options.steps.max(1) as f32;
    options.learning_rate * rise * 0.5 * (1.0 + (done * std::f32::consts::PI).cos())
}

fn save(
    state: &State,
    losses: &Losses,
    options: &DistillOptions,
    place: &Place,
    held_out: &HeldOut,
    bar: &ProgressBar,
) -> Result<()> {
    let lengths: Vec<usize> = options
        .objective
        .lengths
        .iter()
        .map(|&(length, _)| length)
        .collect();
    let scores = held_out.scores(&state.table, &lengths)?;
    for score in &scores {
        bar.println(format!(
            "step {} length {}: held-out nDCG@10 titles {:.4} translations {:.4} pieces {:.4} mean {:.4}",
            state.step, score.length, score.titles, score.translations, score.crops, score.mean()
        ));
    }
    state.save(&place.checkpoint, &place.recipe)?;
    append_metrics(state, losses, options, place, &scores)
}

fn append_metrics(
    state: &State,
    losses: &Losses,
    options: &DistillOptions,
    place: &Place,
    scores: &[HeldOutScores],
) -> Result<()> {
    let line = Line {
        step: state.step,
        learning_rate: learning_rate(options, state.step),
        copy: losses.copy,
        similarity: losses.similarity,
        contrastive: losses.contrastive,
        held_out: scores.to_vec(),
    };
    let line = serde_json::to_string(&line)
        .map_err(|error| Error::content(&place.metrics, error.to_string()))?;
    files::append_line(&place.metrics, &line)
}

fn progress(steps: usize, done: usize) -> ProgressBar {
    let bar = ProgressBar::new(steps as u64).with_position(done as u64);
    bar.reset_eta();
    let template = "{bar:30} {pos}/{len} steps, {per_sec}, {eta} left  {msg}";
    bar.with_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()))
}

/// The held-out figures of the last save.
pub fn last_scores(place: &Place) -> Result<Vec<HeldOutScores>> {
    let mut last = None;
    for (line, number) in files::lines(&place.metrics)?.lines().zip(1..) {
        let line = line.map_err(|source| files::io("read", &place.metrics, source))?;
        let read: Line = serde_json::from_str(&line).map_err(|error| Error::DataLine {
            path: place.metrics.clone(),
            line: number,
            problem: error.to_string(),
        })?;
        last = Some(read.held_out);
    }
    Ok(last.unwrap_or_default())
}
