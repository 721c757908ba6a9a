use serde_json::{Value, json};

use super::Config;
use crate::error::{Error, ErrorKind};

fn sound() -> Value {
    json!({
        "model_type": "qwen3", "hidden_size": 320, "intermediate_size": 2048,
        "num_hidden_layers": 8, "num_attention_heads": 16, "num_key_value_heads": 8,
        "head_dim": 128, "vocab_size": 151_936, "rope_theta": 1_000_000, "rms_norm_eps": 1e-6,
        "max_position_embeddings": 40_960,
    })
}

fn check(change: impl Fn(&mut Value)) -> Result<Config, Error> {
    let mut config = sound();
    change(&mut config);
    Config::from_json(&config.to_string())
}

#[test]
fn the_rotary_base_is_read_from_either_place() {
    let inside = |config: &mut Value| {
        config["rope_theta"] = Value::Null;
        config["rope_parameters"] = json!({"rope_type": "default", "rope_theta": 5000.0});
    };
    assert!((check(inside).expect("inside").rope_theta - 5000.0).abs() < 1e-9);
    assert!((check(|_| ()).expect("outside").rope_theta - 1e6).abs() < 1e-9);
    let error = check(|config| config["rope_theta"] = Value::Null).expect_err("nowhere");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn the_epsilon_may_be_left_out() {
    let without = |config: &mut Value| {
        config
            .as_object_mut()
            .expect("object")
            .remove("rms_norm_eps");
    };
    assert!((check(without).expect("without").rms_norm_eps - 1e-6).abs() < 1e-12);
}

#[test]
fn fields_that_are_null_or_as_computed_change_nothing() {
    let plain = check(|_| ()).expect("plain");
    let spelled_out = check(|config| {
        config["sliding_window"] = Value::Null;
        config["rope_scaling"] = Value::Null;
        config["attention_bias"] = json!(false);
        config["hidden_act"] = json!("silu");
        config["layer_types"] = json!(["full_attention"]);
    });
    assert_eq!(spelled_out.expect("spelled out"), plain);
}

#[test]
fn variants_that_would_be_computed_wrongly_are_refused() {
    let variants = [
        ("rope_scaling", json!({"type": "yarn", "factor": 4.0})),
        ("quantization_config", json!({"bits": 4})),
        (
            "layer_types",
            json!(["full_attention", "sliding_attention"]),
        ),
        ("rope_theta", json!(-1.0)),
        ("rms_norm_eps", json!(0.0)),
        ("head_dim", json!(127)),
        ("head_dim", json!(1 << 20)),
        ("max_position_embeddings", json!(0)),
    ];
    for (field, value) in variants {
        let error = check(|config| config[field] = value.clone()).expect_err(field);
        let Error::ModelUnsupported { field: found, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(found, field);
    }
}

#[test]
fn what_is_no_object_is_refused() {
    for json in [
        "",
        "[]",
        "7",
        "null",
        "{\"model_type\": \"qwen3\", \"hidden_size\": -1}",
    ] {
        Config::from_json(json).expect_err(json);
    }
}

#[test]
fn the_largest_sizes_do_not_overflow() {
    let largest = Config {
        hidden_size: super::HIDDEN_MAX,
        intermediate_size: super::INTERMEDIATE_MAX,
        num_hidden_layers: super::LAYERS_MAX,
        num_attention_heads: super::HEADS_MAX,
        num_key_value_heads: super::HEADS_MAX,
        head_dim: super::HEAD_DIM_MAX,
        vocab_size: super::VOCABULARY_MAX,
        rope_theta: 1e6,
        rms_norm_eps: 1e-6,
        max_position_embeddings: super::POSITIONS_MAX,
        embedding_size: None,
    };
    largest.check().expect("within bounds");
    assert!(largest.parameters() > 1 << 40);
}
