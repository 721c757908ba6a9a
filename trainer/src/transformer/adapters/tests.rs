use embedder::{Checkpoint, ModelSource};

use super::*;
use crate::data::token_lists::TokenLists;
use crate::fixture;
use crate::transformer::adamw::Gradients;

const OPTIONS: LoraOptions = LoraOptions {
    rank: 4,
    alpha: 8.0,
};

fn opened() -> (Weights, TokenLists) {
    let source = ModelSource::Folder(fixture::tiny_model());
    let checkpoint = Checkpoint::open(&source, true).unwrap();
    let weights = Weights::open(&checkpoint).unwrap();
    let mut lists = TokenLists::new();
    for text in ["A doll that nests.", "One sentence follows another."] {
        lists.push(&checkpoint.tokenizer().encode("", text).unwrap());
    }
    (weights, lists)
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Adapters with something in `B`, so that everything has a gradient.
fn adapted() -> (Weights, TokenLists) {
    let (mut weights, lists) = opened();
    let adapters = Adapters::new(&weights, OPTIONS, Seed(1)).unwrap();
    for (name, var) in &adapters.tensors {
        if name.ends_with(UP) {
            let shape = var.shape().clone();
            let spread = (0..shape.elem_count()).map(|at| 0.05 * (at as f32 * 0.7).sin());
            let tensor = Tensor::from_vec(spread.collect::<Vec<f32>>(), shape, &Device::Cpu);
            var.set(&tensor.unwrap()).unwrap();
        }
    }
    weights.adapters = Some(adapters);
    (weights, lists)
}

#[test]
fn new_adapters_change_nothing_and_are_on_every_matrix_of_a_layer() {
    let (mut weights, lists) = opened();
    let before = values(&weights.forward(&lists).unwrap().states);
    let layers = weights.config.num_hidden_layers;
    let adapters = Adapters::new(&weights, OPTIONS, Seed(1)).unwrap();
    assert_eq!(adapters.tensors.len(), layers * ADAPTED.len() * 2);
    weights.adapters = Some(adapters);
    assert_eq!(values(&weights.forward(&lists).unwrap().states), before);
    let (weights, _) = adapted();
    assert_ne!(values(&weights.forward(&lists).unwrap().states), before);
}

#[test]
fn gradients_are_finite_differences_and_of_adapters_alone() {
    let (weights, lists) = adapted();
    let loss = |weights: &Weights| {
        let states = weights.forward(&lists).unwrap().states;
        (states.sqr().unwrap() * 0.05).unwrap().sum_all().unwrap()
    };
    let forward = weights.forward(&lists).unwrap();
    let sum = (forward.states.sqr().unwrap() * 0.05).unwrap();
    let store = sum.sum_all().unwrap().backward().unwrap();
    let vars = &weights.adapters.as_ref().unwrap().tensors;
    for (name, var) in vars.iter().filter(|(name, _)| name.starts_with("layers.0")) {
        let gradient = values(store.get(var).unwrap());
        let before = values(var);
        let largest = (0..before.len())
            .max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs()))
            .unwrap();
        let moved = |by: f32| {
            let mut values = before.clone();
            values[largest] += by;
            let tensor = Tensor::from_vec(values, var.shape(), &Device::Cpu).unwrap();
            var.set(&tensor).unwrap();
            f64::from(loss(&weights).to_scalar::<f32>().unwrap())
        };
        let slope = (moved(2e-3) - moved(-2e-3)) / 4e-3;
        moved(0.0);
        let found = f64::from(gradient[largest]);
        assert!(
            (found - slope).abs() < 0.02 * slope.abs().max(0.05),
            "{name}: {found} {slope}"
        );
    }
    for (name, var) in &weights.tensors {
        assert!(store.get(var).is_none(), "`{name}` is not frozen");
    }
    assert!(
        store.get(&forward.rows).is_none(),
        "the table is not frozen"
    );
    let gradients = Gradients::of(&store, &weights, &forward).unwrap();
    assert!(gradients.norm > 0.0);
}

#[test]
fn merged_weights_give_the_adapted_states() {
    let (weights, lists) = adapted();
    let expected = values(&weights.forward(&lists).unwrap().states);
    let merged = weights.merged().unwrap();
    assert!(merged.adapters.is_none());
    let found = values(&merged.forward(&lists).unwrap().states);
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0));
    }
    // Only what is adapted differs from the start.
    let (start, _) = opened();
    for (name, var) in &start.tensors {
        let is_same = values(var) == values(&merged.tensors[name]);
        assert_eq!(is_same, !is_adapted(name), "{name}");
    }
}

#[test]
fn a_rank_beyond_a_matrix_is_refused() {
    let (weights, _) = opened();
    let options = LoraOptions {
        rank: 1_000,
        alpha: 1.0,
    };
    let error = Adapters::new(&weights, options, Seed(1)).unwrap_err();
    assert!(
        error.to_string().contains("`finetune.lora.rank` is 1000"),
        "{error}"
    );
}
