//! What trains is what serves, and gradients are those of finite differences.

use embedder::{Embedder, EmbedderOptions, InputKind, ModelSource};

use super::*;
use crate::fixture;
use crate::loss::prefix::UnitPrefix;
use crate::matrix::dot;

const TEXTS: [&str; 3] = [
    "A doll that nests.",
    "x",
    "One sentence follows another, and no end.",
];

fn opened() -> (Checkpoint, Weights, TokenLists) {
    let source = ModelSource::Folder(fixture::tiny_model());
    let checkpoint = Checkpoint::open(&source, true).unwrap();
    let weights = Weights::open(&checkpoint).unwrap();
    let mut lists = TokenLists::new();
    for text in TEXTS {
        lists.push(&checkpoint.tokenizer().encode("", text).unwrap());
    }
    (checkpoint, weights, lists)
}

#[test]
fn the_trained_form_gives_the_vectors_of_the_embedder() {
    let (_, weights, lists) = opened();
    let states = weights.forward(&lists).unwrap().states;
    let (rows, columns) = states.dims2().unwrap();
    let values = states.flatten_all().unwrap().to_vec1().unwrap();
    let states = Matrix {
        rows,
        columns,
        values,
    };
    let found = UnitPrefix::of(&states, 0..rows, columns).unit;
    let source = ModelSource::Folder(fixture::tiny_model());
    let embedder = Embedder::open(&source, &EmbedderOptions::default()).unwrap();
    let texts = TEXTS.map(str::to_owned).to_vec();
    let expected = embedder.embed(texts, InputKind::Document).unwrap();
    for (row, expected) in expected.iter().enumerate() {
        let cosine = dot(found.row(row), &expected.vector);
        assert!(cosine > 0.99999, "text {row}: {cosine}");
    }
}

#[test]
fn gradients_of_every_kind_of_weight_are_finite_differences() {
    let (_, mut weights, lists) = opened();
    let loss = |weights: &Weights| -> f64 {
        let states = weights.forward(&lists).unwrap().states;
        let sum = (states.sqr().unwrap() * 0.05).unwrap().sum_all().unwrap();
        f64::from(sum.to_scalar::<f32>().unwrap())
    };
    let forward = weights.forward(&lists).unwrap();
    let sum = (forward.states.sqr().unwrap() * 0.05)
        .unwrap()
        .sum_all()
        .unwrap();
    let store = sum.backward().unwrap();
    let names: Vec<String> = weights.tensors.keys().cloned().collect();
    for name in names.iter().filter(|name| !name.starts_with("layers.2")) {
        let var = weights.tensors[name].clone();
        let gradient: Vec<f32> = store
            .get(&var)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap();
        let values: Vec<f32> = var.flatten_all().unwrap().to_vec1().unwrap();
        let largest = (0..values.len())
            .max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs()))
            .unwrap();
        let moved = |by: f32| {
            let mut values = values.clone();
            values[largest] += by;
            let tensor = Tensor::from_vec(values, var.shape(), &Device::Cpu).unwrap();
            var.set(&tensor).unwrap();
            loss(&weights)
        };
        let slope = (moved(2e-3) - moved(-2e-3)) / 4e-3;
        moved(0.0);
        let found = f64::from(gradient[largest]);
        let difference = (found - slope).abs();
        assert!(
            difference < 0.02 * slope.abs().max(0.05),
            "{name}: {found} {slope}"
        );
    }
    // The table: the end token's row, which every text has.
    let rows: Vec<f32> = store
        .get(&forward.rows)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    let end = *forward.tokens.last().unwrap() as usize;
    let column = 5;
    let found = f64::from(rows[(forward.tokens.len() - 1) * weights.table.columns + column]);
    let mut moved = |by: f32| {
        weights.table.row_mut(end)[column] += by;
        let loss = loss(&weights);
        weights.table.row_mut(end)[column] -= by;
        loss
    };
    let slope = (moved(2e-3) - moved(-2e-3)) / 4e-3;
    assert!(
        (found - slope).abs() < 0.02 * slope.abs().max(0.05),
        "{found} {slope}"
    );
}

#[test]
fn a_token_outside_the_vocabulary_is_refused() {
    let (_, weights, mut lists) = opened();
    lists.push(&[weights.table.rows as u32]);
    let message = weights.forward(&lists).unwrap_err().to_string();
    assert!(
        message.contains("outside the vocabulary of 384"),
        "{message}"
    );
}
