//! The short way gives what the long way gives.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::{Config, Kernels, PackedBatch, Qwen3};

const VOCABULARY: usize = 3_000;
const HIDDEN: usize = 32;

fn config() -> Config {
    Config {
        hidden_size: HIDDEN,
        intermediate_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        head_dim: 8,
        vocab_size: VOCABULARY,
        rope_theta: 1e6,
        rms_norm_eps: 1e-6,
        max_position_embeddings: 64,
        embedding_size: None,
    }
}

/// Random weights whose queries are zero behind their norm.
fn weights(seed: u64) -> HashMap<String, Tensor> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut tensor = |shape: &[usize]| {
        let values: Vec<f32> = (0..shape.iter().product::<usize>())
            .map(|_| random.random_range(-0.5..0.5))
            .collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    };
    let shapes: [(&str, &[usize]); 12] = [
        ("embed_tokens.weight", &[VOCABULARY, HIDDEN]),
        ("norm.weight", &[HIDDEN]),
        ("layers.0.input_layernorm.weight", &[HIDDEN]),
        ("layers.0.post_attention_layernorm.weight", &[HIDDEN]),
        ("layers.0.self_attn.q_proj.weight", &[32, HIDDEN]),
        ("layers.0.self_attn.k_proj.weight", &[16, HIDDEN]),
        ("layers.0.self_attn.v_proj.weight", &[16, HIDDEN]),
        ("layers.0.self_attn.o_proj.weight", &[HIDDEN, 32]),
        ("layers.0.self_attn.k_norm.weight", &[8]),
        ("layers.0.mlp.gate_proj.weight", &[8, HIDDEN]),
        ("layers.0.mlp.up_proj.weight", &[8, HIDDEN]),
        ("layers.0.mlp.down_proj.weight", &[HIDDEN, 8]),
    ];
    let named = shapes.map(|(name, shape)| (name.to_owned(), tensor(shape)));
    let mut weights: HashMap<String, Tensor> = named.into_iter().collect();
    let zeros = Tensor::zeros(8, DType::F32, &Device::Cpu).unwrap();
    weights.insert("layers.0.self_attn.q_norm.weight".to_owned(), zeros);
    weights
}

/// Holds the short way and the long way equal.
fn assert_equal(config: &Config, weights: &HashMap<String, Tensor>) {
    let [short, long] = [Kernels::Fused, Kernels::Differentiable].map(|kernels| {
        let weights = VarBuilder::from_tensors(weights.clone(), DType::F32, &Device::Cpu);
        let model = Qwen3::load(config, weights, kernels).unwrap();
        assert_eq!(model.bag.is_some(), kernels == Kernels::Fused);
        let batch = PackedBatch {
            tokens: vec![1, 2, 3, 2_999, 7, 7, 0],
            lengths: vec![4, 1, 2],
        };
        let states = model.forward(&batch).unwrap();
        states.flatten_all().unwrap().to_vec1::<f32>().unwrap()
    });
    for (short, long) in short.iter().zip(&long) {
        assert!((short - long).abs() < 1e-4, "{short} and {long}");
    }
}

#[test]
fn the_short_way_gives_what_the_long_way_gives() {
    assert_equal(&config(), &weights(3));
}

#[test]
fn an_identity_is_left_out_and_changes_nothing() {
    let mut weights = weights(4);
    let eye = Tensor::eye(HIDDEN, DType::F32, &Device::Cpu).unwrap();
    // Value heads as many as query heads make both projections square.
    let mut config = config();
    config.num_key_value_heads = 4;
    let keys = weights["layers.0.self_attn.q_proj.weight"].clone();
    weights.insert("layers.0.self_attn.k_proj.weight".to_owned(), keys);
    for name in ["v_proj", "o_proj"] {
        weights.insert(format!("layers.0.self_attn.{name}.weight"), eye.clone());
    }
    assert_equal(&config, &weights);
    // Without a feed-forward layer the whole model is one sum and two norms.
    let nothing = Tensor::zeros((HIDDEN, 8), DType::F32, &Device::Cpu).unwrap();
    weights.insert("layers.0.mlp.down_proj.weight".to_owned(), nothing);
    assert_equal(&config, &weights);
    // The same with a table of codes.
    let mut stream = ChaCha8Rng::seed_from_u64(6);
    let bytes: Vec<u8> = (0..VOCABULARY * HIDDEN).map(|_| stream.random()).collect();
    let rows = Tensor::from_vec(bytes, (VOCABULARY, HIDDEN), &Device::Cpu).unwrap();
    weights.insert("embed_tokens.weight".to_owned(), rows);
    let scales: Vec<f32> = (0..VOCABULARY)
        .map(|_| stream.random_range(1e-5..1e-3))
        .collect();
    let scales = Tensor::from_vec(scales, VOCABULARY, &Device::Cpu).unwrap();
    weights.insert("embed_tokens.weight_scale".to_owned(), scales);
    assert_equal(&config, &weights);
}

#[test]
fn a_factorised_table_is_widened_after_the_mean() {
    let mut weights = weights(5);
    let rows = weights["embed_tokens.weight"].narrow(1, 0, 6).unwrap();
    let basis = weights["embed_tokens.weight"].narrow(0, 0, 6).unwrap();
    weights.insert("embed_tokens.weight".to_owned(), rows.contiguous().unwrap());
    weights.insert(
        "embed_tokens.weight_basis".to_owned(),
        basis.contiguous().unwrap(),
    );
    let config = Config {
        embedding_size: Some(6),
        ..config()
    };
    assert_equal(&config, &weights);
}
