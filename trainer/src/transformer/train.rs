//! The loop of a transformer stage: draw, go forward and back, clip, move, write down, save.

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;
use crate::seed::Seed;
use crate::transformer::adamw::{Gradients, learning_rate};
use crate::transformer::batch::{Batch, Draw};
use crate::transformer::checkpoint::State;
use crate::transformer::losses::{LossOptions, Parts, Task};
use crate::transformer::weights::Weights;

/// How a transformer is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// How many steps.
    pub steps: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Steps over which it rises.
    pub warm_up_steps: usize,
    /// What a step goes down.
    pub loss: LossOptions,
    /// A checkpoint every so many steps.
    pub save_every_steps: usize,
}

/// Where a run keeps its state.
#[derive(Clone, Debug)]
pub struct Place {
    /// The checkpoint.
    pub checkpoint: PathBuf,
    /// One [`Line`] a step.
    pub metrics: PathBuf,
    /// The fingerprint of the recipe; another recipe's checkpoint is refused.
    pub recipe: String,
}

/// One line of the metrics file, in JSON.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Line {
    /// The step, from 0.
    pub step: usize,
    /// Where its texts were from.
    pub source: String,
    /// What kind of pairs they were.
    pub task: Task,
    /// How many texts it had.
    pub texts: usize,
    /// How many tokens.
    pub tokens: usize,
    /// The loss.
    pub loss: f64,
    /// Its contrast in the batch; null where the batch has none.
    pub loss_in_batch: Option<f64>,
    /// Its contrast with hard negatives.
    pub loss_hard: Option<f64>,
    /// Its distance to the teacher.
    pub loss_distillation: Option<f64>,
    /// Before clipping.
    pub gradient_norm: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// How fast the step was.
    pub tokens_per_second: f64,
}

/// Trains from the checkpoint, or from `start` where there is none, to the last step.
pub fn train(
    start: impl FnOnce() -> Result<Weights>,
    draw: &dyn Draw,
    (options, seed): (&TrainOptions, Seed),
    place: &Place,
) -> Result<State> {
    train_to(start, draw, (options, seed), place, options.steps)
}

/// As [`train`], but stops after step `last`, as if it had been interrupted there.
pub fn train_to(
    start: impl FnOnce() -> Result<Weights>,
    draw: &dyn Draw,
    (options, seed): (&TrainOptions, Seed),
    place: &Place,
    last: usize,
) -> Result<State> {
    let mut state = if place.checkpoint.exists() {
        State::open(&place.checkpoint, &place.recipe)?
    } else {
        State::new(start()?)
    };
    keep_lines(place, state.adamw.step)?;
    let bar = progress(options.steps, state.adamw.step);
    let last = last.min(options.steps);
    while state.adamw.step < last {
        let batch = draw.draw(seed, state.adamw.step)?;
        let line = take_step(&mut state, &batch, options, place)?;
        bar.set_message(format!("{} loss {:.4}", line.source, line.loss));
        bar.inc(1);
        append(place, &line)?;
        if state.adamw.step == last || state.adamw.step.is_multiple_of(options.save_every_steps) {
            state.save(&place.checkpoint, &place.recipe)?;
        }
    }
    bar.finish();
    Ok(state)
}

fn take_step(
    state: &mut State,
    batch: &Batch,
    options: &TrainOptions,
    place: &Place,
) -> Result<Line> {
    let started = Instant::now();
    let step = state.adamw.step;
    let forward = state.weights.forward(&batch.lists)?;
    let student = batch.split(&forward.states)?;
    let teacher = batch.teacher.as_ref().map(|teacher| batch.split(teacher));
    let parts = options
        .loss
        .of(batch.task, &student, teacher.transpose()?.as_ref())?;
    let gradients = Gradients::of(&parts.total.backward()?, &state.weights, &forward)?;
    let total = number(&parts.total)?;
    // A loss that is a number can still have a gradient that is none.
    if !total.is_finite() || !gradients.norm.is_finite() {
        return Err(Error::LossNotFinite {
            step,
            loss: total,
            checkpoint: place.checkpoint.clone(),
        });
    }
    let rate = learning_rate(
        options.learning_rate,
        options.warm_up_steps,
        options.steps,
        step,
    );
    state.adamw.step(&mut state.weights, &gradients, rate)?;
    let Parts {
        in_batch,
        hard,
        distillation,
        total: _,
    } = parts;
    let tokens = batch.lists.tokens().len();
    let part = |part: Option<candle_core::Tensor>| part.map(|part| number(&part)).transpose();
    Ok(Line {
        step,
        source: batch.source.clone(),
        task: batch.task,
        texts: batch.lists.len(),
        tokens,
        loss: total,
        loss_in_batch: part(in_batch)?,
        loss_hard: part(hard)?,
        loss_distillation: part(distillation)?,
        gradient_norm: gradients.norm,
        learning_rate: rate,
        tokens_per_second: tokens as f64 / started.elapsed().as_secs_f64().max(1e-9),
    })
}

fn number(scalar: &candle_core::Tensor) -> Result<f64> {
    Ok(f64::from(scalar.to_scalar::<f32>()?))
}

/// The lines of a metrics file, in order.
pub fn read_lines(path: &std::path::Path) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (line, number) in files::lines(path)?.lines().zip(1..) {
        let line = line.map_err(|source| files::io("read", path, source))?;
        let line = serde_json::from_str(&line).map_err(|error| Error::DataLine {
            path: path.to_path_buf(),
            line: number,
            problem: error.to_string(),
        })?;
        lines.push(line);
    }
    Ok(lines)
}

/// Drops the lines of steps that are taken again, because they came after the checkpoint.
fn keep_lines(place: &Place, step: usize) -> Result<()> {
    if !place.metrics.exists() {
        return Ok(());
    }
    let mut kept = String::new();
    for line in files::lines(&place.metrics)?.lines() {
        let line = line.map_err(|source| files::io("read", &place.metrics, source))?;
        // A line that was cut off by the interruption is one of those.
        let Ok(read) = serde_json::from_str::<Line>(&line) else {
            continue;
        };
        if read.step < step {
            kept.push_str(&line);
            kept.push('\n');
        }
    }
    files::replace(&place.metrics, kept.as_bytes())
}

fn append(place: &Place, line: &Line) -> Result<()> {
    let line = serde_json::to_string(line)
        .map_err(|error| Error::content(&place.metrics, error.to_string()))?;
    files::append_line(&place.metrics, &line)
}

fn progress(steps: usize, done: usize) -> ProgressBar {
    let bar = ProgressBar::new(steps as u64).with_position(done as u64);
    bar.reset_eta();
    let template = "{bar:30} {pos}/{len} steps, {per_sec}, {eta} left  {msg}";
    bar.with_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests;
