//! How long a training step takes, beside the same in PyTorch (`step.py`): the same shape of
//! model, batch, lengths of texts and threads.
//!
//!     cargo bench -p trainer --bench step
//!     RAYON_NUM_THREADS=2 python trainer/benches/step.py
//!
//! `step.sh` runs both in turns and prints the ratio.
//!
//! Processor time is said beside the clock's, because it does not grow when others use the machine.

#[path = "../src/allocator.rs"]
mod allocator;

use std::time::Instant;

use rand::Rng;
use trainer::Result;
use trainer::data::token_lists::TokenLists;
use trainer::matrix::Matrix;
use trainer::seed::Seed;
use trainer::transformer::adamw::Gradients;
use trainer::transformer::batch::{Batch, ended};
use trainer::transformer::checkpoint::State;
use trainer::transformer::losses::{LossOptions, Task};
use trainer::transformer::start::{Shape, lift};

const VOCABULARY: usize = 40_000;
const HIDDEN: usize = 320;
const LAYERS: usize = 2;
const QUERIES: usize = 32;
const TOKENS: usize = 64;
const STEPS: usize = 12;

fn main() -> Result<()> {
    let mut random = Seed(1).stream("bench", 0);
    let mut table = Matrix::zeros(VOCABULARY, HIDDEN);
    table
        .values
        .iter_mut()
        .for_each(|value| *value = random.random_range(-1.0..1.0));
    let shape = Shape {
        layers: LAYERS,
        head_dim: 64,
        intermediate: 512,
        tokens_max: 512,
    };
    let end = VOCABULARY as u32 - 1;
    let mut state = State::new(lift(&table, end as usize, shape, Seed(1))?);
    let options = LossOptions {
        lengths: vec![320, 256, 128, 64, 32, 16, 8],
        temperature: 0.05,
        distillation: 1.0,
    };
    let mut clock = Vec::new();
    let mut processor = Vec::new();
    for _ in 0..STEPS {
        let mut lists = TokenLists::new();
        for _ in 0..2 * QUERIES {
            let list: Vec<u32> = (0..TOKENS).map(|_| random.random_range(0..end)).collect();
            lists.push(&ended(&list, TOKENS, end));
        }
        let batch = Batch {
            source: "random".to_owned(),
            task: Task::Retrieval,
            queries: QUERIES,
            negatives: 0,
            lists,
            teacher: None,
        };
        let (started, used) = (Instant::now(), processor_seconds());
        let forward = state.weights.forward(&batch.lists)?;
        let parts = options.of(batch.task, &batch.split(&forward.states)?, None)?;
        let gradients = Gradients::of(&parts.total.backward()?, &state.weights, &forward)?;
        state.adamw.step(&mut state.weights, &gradients, 1e-5)?;
        clock.push(started.elapsed().as_secs_f64());
        processor.push(processor_seconds() - used);
    }
    let tokens = (2 * QUERIES * TOKENS) as f64;
    say("clock", &mut clock, tokens);
    say("processor", &mut processor, tokens);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a bench says what it measured")]
fn say(name: &str, seconds: &mut [f64], tokens: f64) {
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    println!(
        "{name}: median {:.1} ms a step, {:.0} tokens a second",
        1e3 * median,
        tokens / median
    );
}

/// Processor time of this process, from `/proc`; zero where there is none.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 14 and 15 are user and system time in hundredths; the name before may have spaces.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    fields.iter().sum::<f64>() / 100.0
}
