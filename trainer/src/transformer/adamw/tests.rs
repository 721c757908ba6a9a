//! AdamW against a run by hand, clipping, rows that stay, and the schedule.

use std::collections::BTreeMap;

use candle_core::{Device, Var};
use embedder::model::Config;

use super::*;

fn weights() -> Weights {
    let config = Config {
        hidden_size: 2,
        intermediate_size: 2,
        num_hidden_layers: 1,
        num_attention_heads: 1,
        num_key_value_heads: 1,
        head_dim: 2,
        vocab_size: 3,
        rope_theta: 1e4,
        rms_norm_eps: 1e-6,
        max_position_embeddings: 8,
        embedding_size: None,
    };
    let var = Var::from_vec(vec![1.0f32, -2.0], 2, &Device::Cpu).unwrap();
    Weights {
        config,
        table: Matrix {
            rows: 3,
            columns: 2,
            values: vec![1.0; 6],
        },
        tensors: BTreeMap::from([("norm.weight".to_owned(), var)]),
        adapters: None,
    }
}

fn gradients(norm: [f32; 2], row: [f32; 2]) -> Gradients {
    let squares: f32 = norm.iter().chain(&row).map(|slope| slope * slope).sum();
    Gradients {
        tensors: BTreeMap::from([("norm.weight".to_owned(), norm.to_vec())]),
        rows: row.to_vec(),
        tokens: vec![1],
        norm: f64::from(squares.sqrt()),
    }
}

/// The formula of the paper, in f64.
fn by_hand(mut value: f64, slopes: &[f64], rate: f64) -> f64 {
    let (mut first, mut second) = (0.0, 0.0);
    for (step, slope) in slopes.iter().enumerate() {
        first = 0.9 * first + 0.1 * slope;
        second = 0.98 * second + 0.02 * slope * slope;
        let powers = step as i32 + 1;
        let unbiased = first / (1.0 - 0.9f64.powi(powers));
        let square: f64 = second / (1.0 - 0.98f64.powi(powers));
        value -= rate * (unbiased / (square.sqrt() + 1e-8) + 0.01 * value);
    }
    value
}

#[test]
fn steps_are_those_of_the_paper_and_other_rows_stay() {
    let mut weights = weights();
    let mut adamw = AdamW::new(&weights);
    for slope in [0.3f32, -0.1, 0.2] {
        let gradients = gradients([slope, 0.5 * slope], [slope, 0.0]);
        adamw.step(&mut weights, &gradients, 0.05).unwrap();
    }
    let norm: Vec<f32> = weights.tensors["norm.weight"].to_vec1().unwrap();
    let slopes = [0.3, -0.1, 0.2];
    assert!((f64::from(norm[0]) - by_hand(1.0, &slopes, 0.05)).abs() < 1e-5);
    let halves = slopes.map(|slope| 0.5 * slope);
    assert!((f64::from(norm[1]) - by_hand(-2.0, &halves, 0.05)).abs() < 1e-5);
    assert!((f64::from(weights.table.row(1)[0]) - by_hand(1.0, &slopes, 0.05)).abs() < 1e-5);
    assert_eq!(weights.table.row(0), [1.0; 2]);
    assert_eq!(weights.table.row(2), [1.0; 2]);
}

#[test]
fn long_gradients_are_clipped_to_a_norm_of_one() {
    let mut weights = weights();
    let mut adamw = AdamW::new(&weights);
    let gradients = gradients([30.0, 0.0], [40.0, 0.0]);
    assert!((gradients.norm - 50.0).abs() < 1e-4);
    adamw.step(&mut weights, &gradients, 0.1).unwrap();
    let first = adamw.tensors["norm.weight"].first[0];
    assert!((first - 0.1 * 30.0 / 50.0).abs() < 1e-6, "{first}");
    assert!((adamw.table[0].row(1)[0] - 0.1 * 40.0 / 50.0).abs() < 1e-6);
}

#[test]
fn the_learning_rate_rises_and_falls_to_its_end() {
    let rate = |step: usize| learning_rate(4e-5, 500, 2_000, step);
    assert!((rate(0) - 4e-5 / 500.0).abs() < 1e-12);
    assert!((rate(499) - 4e-5).abs() < 1e-12);
    assert!((rate(500) - 4e-5).abs() < 1e-12);
    assert!((rate(1_999) - 1e-7).abs() < 1e-12);
    assert!((500..1_999).all(|step| rate(step + 1) <= rate(step)));
    assert!((learning_rate(1e-3, 0, 1, 0) - 1e-3).abs() < 1e-9);
}
