//! Compares the model with the states that `reference/golden.py exact-80m` wrote beside it.
//!
//!     cargo run --release -p embedder --example parity -- FOLDER
#![expect(clippy::print_stdout, reason = "it is what the example is for")]

use std::path::PathBuf;
use std::process::ExitCode;

use candle_core::Device;
use embedder::model::{Kernels, PackedBatch, Qwen3};
use embedder::{Checkpoint, ModelSource};
use serde::Deserialize;

/// The least cosine that counts as the same model.
const COSINE_MIN: f64 = 0.99999;

#[derive(Deserialize)]
struct Case {
    tokens: Vec<u32>,
    state: Vec<f32>,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        println!("usage: parity FOLDER");
        return ExitCode::FAILURE;
    };
    match compare(folder.into()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(folder: PathBuf) -> Result<bool, Box<dyn std::error::Error>> {
    let cases = std::fs::read_to_string(folder.join("parity.json"))?;
    let cases: Vec<Case> = serde_json::from_str(&cases)?;
    let checkpoint = Checkpoint::open(&ModelSource::Folder(folder), true)?;
    println!("{} parameters", checkpoint.config().parameters());
    let batch = PackedBatch {
        tokens: cases
            .iter()
            .flat_map(|case| case.tokens.iter().copied())
            .collect(),
        lengths: cases.iter().map(|case| case.tokens.len()).collect(),
    };
    let mut worst = f64::INFINITY;
    for kernels in [Kernels::Fused, Kernels::Differentiable] {
        let weights = checkpoint.var_builder(&Device::Cpu);
        let model = Qwen3::load(checkpoint.config(), weights, kernels)?;
        let states = model.states(&batch)?;
        for (case, state) in cases.iter().zip(&states) {
            let found = cosine(&case.state, state);
            worst = worst.min(found);
            let (theirs, ours) = (length(&case.state), length(state));
            let tokens = case.tokens.len();
            println!(
                "{kernels:?} {tokens:4} tokens: cosine {found:.9}, lengths {theirs:.5} {ours:.5}"
            );
        }
    }
    println!("worst cosine {worst:.9}, expected at least {COSINE_MIN}");
    Ok(worst >= COSINE_MIN)
}

fn dot(left: &[f32], right: &[f32]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| f64::from(*left) * f64::from(*right))
        .sum()
}

fn length(vector: &[f32]) -> f64 {
    dot(vector, vector).sqrt()
}

fn cosine(left: &[f32], right: &[f32]) -> f64 {
    dot(left, right) / (length(left) * length(right))
}
