use candle_core::{Device, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Heads, Kernels};
use crate::model::Config;
use crate::model::packing::{Packing, Rows};
use crate::model::rotary::Rotary;

const SEED: u64 = 11;
const EPS: f64 = 1e-6;

/// Every shape of heads: one key head a query head, shared ones, and odd widths.
const HEADS: [Heads; 3] = [
    Heads {
        queries: 4,
        keys: 2,
        dimensions: 16,
    },
    Heads {
        queries: 3,
        keys: 1,
        dimensions: 6,
    },
    Heads {
        queries: 2,
        keys: 2,
        dimensions: 64,
    },
];

fn random(shape: &[usize]) -> Tensor {
    let mut random = ChaCha8Rng::seed_from_u64(SEED + shape.iter().sum::<usize>() as u64);
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|_| random.random_range(-3.0..3.0)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("tensor")
}

fn packing(lengths: &[usize], dimensions: usize) -> Packing {
    let json = serde_json::json!({
        "model_type": "qwen3", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": dimensions,
        "vocab_size": 8, "rope_theta": 1e4, "max_position_embeddings": 4096,
    });
    let config = Config::from_json(&json.to_string()).expect("config");
    let rotary = Rotary::new(&config, &Device::Cpu).expect("rotary");
    Packing::new(lengths, &rotary, &Device::Cpu).expect("packing")
}

fn check_equal(what: &str, fused: &Tensor, differentiable: &Tensor) {
    assert_eq!(fused.dims(), differentiable.dims(), "{what}");
    let flat = |tensor: &Tensor| -> Vec<f32> {
        tensor
            .flatten_all()
            .and_then(|tensor| tensor.to_vec1())
            .expect("values")
    };
    for (fused, differentiable) in flat(fused).into_iter().zip(flat(differentiable)) {
        let difference = (fused - differentiable).abs();
        assert!(
            difference <= 2e-5 * differentiable.abs().max(1.0),
            "{what}: {fused}, {differentiable}"
        );
    }
}

#[test]
fn norms_agree() {
    for (rows, width) in [(1, 1), (3, 48), (1000, 320)] {
        let (states, weight) = (random(&[rows, width]), random(&[width]));
        let form = |kernels: Kernels| kernels.rms_norm(&states, &weight, EPS).expect("norm");
        check_equal(
            "norm",
            &form(Kernels::Fused),
            &form(Kernels::Differentiable),
        );
    }
}

#[test]
fn rotations_agree() {
    for heads in HEADS {
        let packing = packing(&[5, 600, 1], heads.dimensions);
        let states = random(&[606, heads.queries, heads.dimensions]);
        let weight = random(&[heads.dimensions]);
        let form = |kernels: Kernels| {
            let rotation = packing.rotation(Rows::All);
            kernels
                .norm_rotate(&states, &weight, rotation, EPS)
                .expect("rotation")
        };
        check_equal(
            "rotation",
            &form(Kernels::Fused),
            &form(Kernels::Differentiable),
        );
    }
}

#[test]
fn gates_agree() {
    let (gate, up) = (
        (random(&[37, 700]) * 20.0).expect("gate"),
        random(&[37, 700]),
    );
    let form = |kernels: Kernels| kernels.gated_silu(&gate, &up).expect("gate");
    check_equal(
        "gate",
        &form(Kernels::Fused),
        &form(Kernels::Differentiable),
    );
}

#[test]
fn softmaxes_agree() {
    let scores = random(&[2, 3, 50]);
    let form = |kernels: Kernels| kernels.softmax(&scores).expect("softmax");
    check_equal(
        "softmax",
        &form(Kernels::Fused),
        &form(Kernels::Differentiable),
    );
}

#[test]
fn attentions_agree() {
    let lengths = [1, 70, 3, 64, 65, 2, 300, 4, 128];
    let tokens = lengths.iter().sum();
    for heads in HEADS {
        for rows in [Rows::All, Rows::Last] {
            let packing = packing(&lengths, heads.dimensions);
            let query = random(&[tokens, heads.queries, heads.dimensions]);
            let query = packing.select(&query, rows).expect("rows");
            let key = random(&[tokens, heads.keys, heads.dimensions]);
            let value = (random(&[tokens, heads.keys, heads.dimensions]) + 1.0).expect("value");
            let form = |kernels: Kernels| {
                let states = [&query, &key, &value];
                kernels
                    .attention(states, &packing, heads, rows)
                    .expect("attention")
            };
            check_equal(
                "attention",
                &form(Kernels::Fused),
                &form(Kernels::Differentiable),
            );
        }
    }
}

#[test]
fn fused_operations_refuse_what_does_not_fit() {
    let fused = Kernels::Fused;
    fused
        .rms_norm(&random(&[3, 8]), &random(&[7]), EPS)
        .expect_err("another width");
    fused
        .gated_silu(&random(&[3, 8]), &random(&[3, 7]))
        .expect_err("another width");
    let rotation = random(&[3, 8]);
    fused
        .norm_rotate(&random(&[4, 2, 8]), &random(&[8]), &rotation, EPS)
        .expect_err("rows");
    let heads = HEADS[0];
    let states = random(&[5, 2, 16]);
    let packing = packing(&[2, 3], 16);
    let states = [&states, &states, &states];
    fused
        .attention(states, &packing, heads, Rows::All)
        .expect_err("heads are missing");
    let transposed = random(&[8, 3]).t().expect("transposed");
    fused
        .rms_norm(&transposed, &random(&[8]), EPS)
        .expect_err("not contiguous");
}
