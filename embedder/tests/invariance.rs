//! A text's vector must not depend on its company, on padding, or on the form of the operations.
#![cfg(test)]

mod support;

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use embedder::model::{Config, Kernels, PackedBatch, Qwen3};
use embedder::{Checkpoint, EmbedderOptions, InputKind, ModelSource};
use support::{cases, cosine, tiny, tiny_path};

const COSINE_MIN: f64 = 0.99999;

fn checkpoint() -> Checkpoint {
    Checkpoint::open(&ModelSource::Folder(tiny_path()), true).expect("checkpoint")
}

fn model(kernels: Kernels) -> Qwen3 {
    let checkpoint = checkpoint();
    let weights = checkpoint.var_builder(&Device::Cpu);
    Qwen3::load(checkpoint.config(), weights, kernels).expect("model")
}

fn pack(texts: &[Vec<u32>]) -> PackedBatch {
    PackedBatch {
        tokens: texts.concat(),
        lengths: texts.iter().map(Vec::len).collect(),
    }
}

fn states(model: &Qwen3, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
    let states = model.forward(&pack(texts)).expect("states");
    assert_eq!(states.dims(), [texts.len(), model.config().hidden_size]);
    states.to_vec2().expect("values")
}

/// Texts around every boundary the loops have: one token, a block of query rows, the first
/// rotary table.
fn texts() -> Vec<Vec<u32>> {
    let lengths = [
        1, 2, 3, 4, 5, 20, 63, 64, 65, 128, 129, 200, 511, 512, 513, 700,
    ];
    let token = |text: usize, position: usize| ((text * 131 + position * 37) % 384) as u32;
    let text = |(number, length): (usize, &usize)| (0..*length).map(|p| token(number, p)).collect();
    lengths.iter().enumerate().map(text).collect()
}

#[test]
fn alone_is_as_in_a_batch() {
    for kernels in [Kernels::Fused, Kernels::Differentiable] {
        let model = model(kernels);
        let texts = texts();
        let together = states(&model, &texts);
        let mut reversed = texts.clone();
        reversed.reverse();
        let mut other_order = states(&model, &reversed);
        other_order.reverse();
        for (index, text) in texts.iter().enumerate() {
            let alone = &states(&model, std::slice::from_ref(text))[0];
            for company in [&together[index], &other_order[index]] {
                let found = cosine(alone, company);
                assert!(
                    found >= COSINE_MIN,
                    "{kernels:?}, {} tokens: {found}",
                    text.len()
                );
            }
        }
    }
}

#[test]
fn fused_is_as_differentiable() {
    let texts = texts();
    let fused = states(&model(Kernels::Fused), &texts);
    let differentiable = states(&model(Kernels::Differentiable), &texts);
    for (index, (fused, differentiable)) in fused.iter().zip(&differentiable).enumerate() {
        let found = cosine(fused, differentiable);
        assert!(found >= 0.999_999, "text {index}: {found}");
        let largest = differentiable
            .iter()
            .fold(0.0_f32, |max, value| max.max(value.abs()));
        for (fused, differentiable) in fused.iter().zip(differentiable) {
            let difference = (fused - differentiable).abs();
            assert!(
                difference <= 1e-4 * largest,
                "text {index}: {fused}, {differentiable}"
            );
        }
    }
}

/// The second oracle: candle-transformers' Qwen3, on a padded batch, its state read at the last
/// token. Padding goes to the right, where the causal mask hides it.
#[test]
fn packed_is_as_padded_by_another_implementation() {
    use candle_transformers::models::qwen3;

    let config = checkpoint().config().clone();
    let json = serde_json::to_string(&other_config(&config)).expect("json");
    let other: qwen3::Config = serde_json::from_str(&json).expect("their config");
    let tensors = checkpoint().tensors(&Device::Cpu).expect("tensors");
    let tensors: HashMap<String, Tensor> = tensors
        .into_iter()
        .map(|(name, tensor)| (format!("model.{name}"), tensor))
        .collect();
    let weights = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let mut oracle = qwen3::Model::new(&other, weights).expect("their model");

    let texts: Vec<Vec<u32>> = texts()
        .into_iter()
        .filter(|text| text.len() <= 200)
        .collect();
    let longest = texts.iter().map(Vec::len).max().expect("texts");
    let mut padded = Vec::new();
    for text in &texts {
        padded.extend(text);
        padded.resize(padded.len() + longest - text.len(), 0_u32);
    }
    let input = Tensor::from_vec(padded, (texts.len(), longest), &Device::Cpu).expect("input");
    let output = oracle.forward(&input, 0).expect("their states");
    let ours = states(&model(Kernels::Fused), &texts);
    for (index, text) in texts.iter().enumerate() {
        let theirs = output
            .get(index)
            .and_then(|text_states| text_states.get(text.len() - 1));
        let theirs = theirs
            .and_then(|state| state.to_vec1::<f32>())
            .expect("their state");
        let found = cosine(&ours[index], &theirs);
        assert!(found >= COSINE_MIN, "{} tokens: {found}", text.len());
    }
}

fn other_config(config: &Config) -> serde_json::Value {
    serde_json::json!({
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.num_hidden_layers,
        "num_attention_heads": config.num_attention_heads,
        "head_dim": config.head_dim,
        "attention_bias": false,
        "num_key_value_heads": config.num_key_value_heads,
        "max_position_embeddings": config.max_position_embeddings,
        "sliding_window": null,
        "max_window_layers": 0,
        "tie_word_embeddings": true,
        "rope_theta": config.rope_theta,
        "rms_norm_eps": config.rms_norm_eps,
        "use_sliding_window": false,
        "hidden_act": "silu",
    })
}

#[test]
fn every_weight_has_a_gradient() {
    let checkpoint = checkpoint();
    let tensors = checkpoint.tensors(&Device::Cpu).expect("tensors");
    let variables: HashMap<String, Var> = tensors
        .into_iter()
        .map(|(name, tensor)| (name, Var::from_tensor(&tensor).expect("variable")))
        .collect();
    let tensors = variables
        .iter()
        .map(|(name, var)| (name.clone(), var.as_tensor().clone()));
    let weights = VarBuilder::from_tensors(tensors.collect(), DType::F32, &Device::Cpu);
    let model = Qwen3::load(checkpoint.config(), weights, Kernels::Differentiable).expect("model");
    let texts = texts();
    let states = model.forward(&pack(&texts[..8])).expect("states");
    // Not a plain sum of squares: the norm makes that nearly constant.
    let loss = states
        .sin()
        .and_then(|states| states.sum_all())
        .expect("loss");
    let gradients = loss.backward().expect("gradients");
    assert_eq!(
        variables.len(),
        2 + 11 * checkpoint.config().num_hidden_layers
    );
    for (name, variable) in &variables {
        let gradient = gradients.get(variable.as_tensor());
        let gradient = gradient.unwrap_or_else(|| panic!("no gradient for {name}"));
        let norm = gradient.sqr().and_then(|squares| squares.sum_all());
        let norm = norm.and_then(|norm| norm.to_scalar::<f32>()).expect("norm");
        assert!(
            norm.is_finite() && norm > 0.0,
            "the gradient of {name} has norm {norm}"
        );
    }
}

/// The gradient against a difference quotient, through every operation of the model.
#[test]
fn gradients_are_right() {
    let checkpoint = checkpoint();
    let texts = texts();
    let batch = pack(&texts[2..6]);
    let tensors = checkpoint.tensors(&Device::Cpu).expect("tensors");
    let loss = |tensors: HashMap<String, Tensor>| {
        let weights = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        let model = Qwen3::load(checkpoint.config(), weights, Kernels::Differentiable);
        let states = model
            .and_then(|model| model.forward(&batch))
            .expect("states");
        states
            .sin()
            .and_then(|states| states.sum_all())
            .expect("loss")
    };
    for name in [
        "layers.0.self_attn.q_norm.weight",
        "layers.1.mlp.gate_proj.weight",
        "norm.weight",
    ] {
        let variable = Var::from_tensor(&tensors[name]).expect("variable");
        let mut with_variable = tensors.clone();
        with_variable.insert(name.to_owned(), variable.as_tensor().clone());
        let gradients = loss(with_variable).backward().expect("gradients");
        let gradient = gradients.get(variable.as_tensor()).expect("gradient");
        let norm = gradient
            .sqr()
            .and_then(|g| g.sum_all())
            .and_then(|g| g.to_scalar::<f32>());
        let norm = norm.expect("norm").sqrt();
        // A step along the gradient changes the loss by the gradient's norm times the step.
        let step = 1e-3_f64;
        let moved = |sign: f64| {
            let change = (gradient * (sign * step / f64::from(norm))).expect("change");
            let mut tensors = tensors.clone();
            tensors.insert(name.to_owned(), (&tensors[name] + change).expect("moved"));
            loss(tensors).to_scalar::<f32>().expect("value")
        };
        let quotient = f64::from(moved(1.0) - moved(-1.0)) / (2.0 * step);
        let ratio = quotient / f64::from(norm);
        assert!(
            (ratio - 1.0).abs() < 0.05,
            "{name}: quotient {quotient}, gradient {norm}"
        );
    }
}

#[test]
fn answers_come_in_order_and_do_not_depend_on_the_batch_budget() {
    let cases = cases();
    let documents = cases
        .iter()
        .filter(|case| case.kind() == InputKind::Document);
    let texts: Vec<String> = documents.clone().map(|case| case.text.clone()).collect();
    for batch_tokens_max in [1, 64, 1 << 20] {
        let options = EmbedderOptions {
            batch_tokens_max,
            ..EmbedderOptions::default()
        };
        let embedder = tiny(&options);
        // Many times over, so that the request is cut into pieces and batches.
        let many: Vec<String> = texts
            .iter()
            .cycle()
            .take(texts.len() * 40)
            .cloned()
            .collect();
        let embeddings = embedder
            .embed(many, InputKind::Document)
            .expect("embeddings");
        assert_eq!(embeddings.len(), texts.len() * 40);
        for (embedding, case) in embeddings.iter().zip(documents.clone().cycle()) {
            let found = cosine(&embedding.vector, &case.vector);
            assert!(
                found >= COSINE_MIN,
                "{batch_tokens_max}: {found} for {:?}",
                case.text
            );
        }
    }
}
