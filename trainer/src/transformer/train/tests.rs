//! The loop on the tiny model: it learns, resumes exactly, stops in time and writes it down.

use candle_core::Tensor;
use embedder::{Checkpoint, ModelSource};
use rand::Rng;
use tempfile::TempDir;

use super::*;
use crate::data::token_lists::TokenLists;
use crate::error::ErrorKind;
use crate::fixture;
use crate::transformer::batch::ended;

const QUERIES: usize = 6;
const NEGATIVES: usize = 2;
const END: u32 = 2;

/// Queries that share their first token with their positive, and a teacher that may break.
struct Pairs {
    breaks_at: Option<usize>,
}

impl Draw for Pairs {
    fn draw(&self, seed: Seed, step: usize) -> Result<Batch> {
        let mut random = seed.stream("pairs", step as u64);
        let names: Vec<u32> = (0..QUERIES).map(|_| random.random_range(50..300)).collect();
        let mut lists = TokenLists::new();
        let mut push = |name: u32, length: usize| {
            let mut list = vec![name];
            list.extend((0..length).map(|_| random.random_range(50..300u32)));
            lists.push(&ended(&list, 12, END));
        };
        for &name in &names {
            push(name, 1);
        }
        for &name in &names {
            push(name, 9);
        }
        for at in 0..QUERIES * NEGATIVES {
            push(names[(at + 1) % QUERIES] + 1, 9);
        }
        let value = if self.breaks_at == Some(step) {
            f32::NAN
        } else {
            0.1
        };
        let teacher = Tensor::full(value, (lists.len(), 64), &candle_core::Device::Cpu)?;
        Ok(Batch {
            source: "pairs".to_owned(),
            task: Task::Retrieval,
            queries: QUERIES,
            negatives: NEGATIVES,
            lists,
            teacher: Some(teacher),
        })
    }
}

fn start() -> Result<Weights> {
    let source = ModelSource::Folder(fixture::tiny_model());
    Weights::open(&Checkpoint::open(&source, true)?)
}

fn options(steps: usize) -> TrainOptions {
    TrainOptions {
        steps,
        learning_rate: 2e-3,
        warm_up_steps: 3,
        loss: LossOptions {
            lengths: vec![48, 16, 8],
            temperature: 0.05,
            distillation: 0.1,
        },
        save_every_steps: 5,
    }
}

fn place(folder: &TempDir, name: &str) -> Place {
    Place {
        checkpoint: folder.path().join(format!("{name}.safetensors")),
        metrics: folder.path().join(format!("{name}.jsonl")),
        recipe: "r1".to_owned(),
    }
}

const GOOD: Pairs = Pairs { breaks_at: None };

#[test]
fn training_lowers_the_loss() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder, "learn");
    train(start, &GOOD, (&options(40), Seed(1)), &place).unwrap();
    let lines = read_lines(&place.metrics).unwrap();
    assert_eq!(lines.len(), 40);
    let mean = |lines: &[Line]| lines.iter().map(|line| line.loss).sum::<f64>() / 8.0;
    let (first, last) = (mean(&lines[..8]), mean(&lines[32..]));
    assert!(last < 0.9 * first, "{first} {last}");
    assert!(
        lines
            .iter()
            .all(|line| line.gradient_norm > 0.0 && line.tokens_per_second > 0.0)
    );
    assert_eq!(
        (lines[7].step, lines[7].texts),
        (7, QUERIES * (2 + NEGATIVES))
    );
}

#[test]
fn stopping_and_resuming_gives_the_same_weights_and_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, parts) = (place(&folder, "whole"), place(&folder, "parts"));
    train(start, &GOOD, (&options(14), Seed(1)), &whole).unwrap();
    // Steps 6 and 7 come after the checkpoint that survives; they are taken again.
    train_to(start, &GOOD, (&options(14), Seed(1)), &parts, 5).unwrap();
    let saved = std::fs::read(&parts.checkpoint).unwrap();
    train_to(start, &GOOD, (&options(14), Seed(1)), &parts, 7).unwrap();
    std::fs::write(&parts.checkpoint, saved).unwrap();
    train(start, &GOOD, (&options(14), Seed(1)), &parts).unwrap();
    let [unbroken, resumed] =
        [&whole, &parts].map(|place| State::open(&place.checkpoint, "r1").unwrap());
    assert!(unbroken.adamw == resumed.adamw, "the moments differ");
    assert!(
        unbroken.weights.table == resumed.weights.table,
        "the tables differ"
    );
    for (name, var) in &unbroken.weights.tensors {
        let values =
            |var: &candle_core::Var| -> Vec<f32> { var.flatten_all().unwrap().to_vec1().unwrap() };
        let other = &resumed.weights.tensors[name];
        assert!(values(var) == values(other), "`{name}` differs");
    }
    let lines = |place: &Place| -> Vec<(usize, f64)> {
        let lines = read_lines(&place.metrics).unwrap();
        lines.iter().map(|line| (line.step, line.loss)).collect()
    };
    assert_eq!(lines(&whole), lines(&parts));
}

#[test]
fn a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder, "broken");
    let broken = Pairs { breaks_at: Some(8) };
    let error = train(start, &broken, (&options(14), Seed(1)), &place).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged);
    let Error::LossNotFinite {
        step, checkpoint, ..
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!((*step, checkpoint), (8, &place.checkpoint));
    assert_eq!(State::open(&place.checkpoint, "r1").unwrap().adamw.step, 5);
}
