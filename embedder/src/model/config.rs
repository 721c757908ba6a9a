//! The fields of `config.json` that decide what the model computes; refuses what it cannot.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};

/// No size in a config may exceed these, so that products of sizes cannot overflow and a
/// damaged file cannot ask for all memory. The largest published model is far below.
const HIDDEN_MAX: usize = 1 << 16;
const INTERMEDIATE_MAX: usize = 1 << 18;
const LAYERS_MAX: usize = 512;
const HEADS_MAX: usize = 1024;
const HEAD_DIM_MAX: usize = 1024;
const VOCABULARY_MAX: usize = 1 << 22;
const POSITIONS_MAX: usize = 1 << 22;

/// Qwen3's value where a config does not say.
fn default_rms_norm_eps() -> f64 {
    1e-6
}

/// What a Qwen3 model computes. Field names are those of `config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Width of a token's state, and dimensions of the full embedding.
    pub hidden_size: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// Number of transformer layers.
    pub num_hidden_layers: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Key and value heads; divides the query heads.
    pub num_key_value_heads: usize,
    /// Dimensions of one head; even.
    pub head_dim: usize,
    /// Rows of the token table.
    pub vocab_size: usize,
    /// Base of the rotary frequencies.
    pub rope_theta: f64,
    /// Added to the mean square in every RMSNorm.
    #[serde(default = "default_rms_norm_eps")]
    pub rms_norm_eps: f64,
    /// Longest text in tokens.
    pub max_position_embeddings: usize,
    /// Values of a row of the token table where it is factorised: a row times one matrix of
    /// `embedding_size` x `hidden_size` is a token's vector (ALBERT, arXiv 1909.11942).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding_size: Option<usize>,
}

impl Config {
    /// Reads `config.json`.
    ///
    /// Errors: `Corrupt` for what is no JSON object or lacks a field, `Invalid` for another
    /// architecture or a variant of Qwen3 that this code does not compute.
    pub fn from_json(json: &str) -> Result<Self> {
        let corrupt = |error: serde_json::Error| Error::FileCorrupt {
            file: "config.json".to_owned(),
            reason: error.to_string(),
        };
        let mut value: Value = serde_json::from_str(json).map_err(corrupt)?;
        check_architecture(&value)?;
        adopt_rope_theta(&mut value)?;
        let config: Self = serde_json::from_value(value).map_err(corrupt)?;
        config.check()?;
        Ok(config)
    }

    /// Writes a `config.json` that this crate reads, and `transformers` where the token table is
    /// not factorised.
    pub fn to_json(&self) -> String {
        let mut value = serde_json::json!({
            "architectures": ["Qwen3Model"],
            "model_type": "qwen3",
            "attention_bias": false,
            "attention_dropout": 0.0,
            "hidden_act": "silu",
            "hidden_size": self.hidden_size,
            "intermediate_size": self.intermediate_size,
            "num_hidden_layers": self.num_hidden_layers,
            "num_attention_heads": self.num_attention_heads,
            "num_key_value_heads": self.num_key_value_heads,
            "head_dim": self.head_dim,
            "vocab_size": self.vocab_size,
            "rope_theta": self.rope_theta,
            "rms_norm_eps": self.rms_norm_eps,
            "max_position_embeddings": self.max_position_embeddings,
            "tie_word_embeddings": true,
            "use_sliding_window": false,
        });
        if let Some(size) = self.embedding_size {
            value["embedding_size"] = size.into();
        }
        format!("{value:#}\n")
    }

    /// Returns the number of weights: all tensors of the model, without a language head.
    pub fn parameters(&self) -> u64 {
        let [hidden, intermediate, head] =
            [self.hidden_size, self.intermediate_size, self.head_dim].map(|size| size as u64);
        let queries = self.num_attention_heads as u64 * head;
        let keys = self.num_key_value_heads as u64 * head;
        let attention = 2 * hidden * queries + 2 * hidden * keys + 2 * head;
        let feed_forward = 3 * hidden * intermediate;
        let layer = attention + feed_forward + 2 * hidden;
        let tokens = self.vocab_size as u64;
        let table = match self.embedding_size {
            Some(size) => (tokens + hidden) * size as u64,
            None => tokens * hidden,
        };
        table + self.num_hidden_layers as u64 * layer + hidden
    }

    /// Refuses sizes that contradict each other or are beyond reason.
    pub fn check(&self) -> Result<()> {
        let sizes = [
            ("hidden_size", self.hidden_size, HIDDEN_MAX),
            (
                "intermediate_size",
                self.intermediate_size,
                INTERMEDIATE_MAX,
            ),
            ("num_hidden_layers", self.num_hidden_layers, LAYERS_MAX),
            ("num_attention_heads", self.num_attention_heads, HEADS_MAX),
            ("num_key_value_heads", self.num_key_value_heads, HEADS_MAX),
            ("head_dim", self.head_dim, HEAD_DIM_MAX),
            ("vocab_size", self.vocab_size, VOCABULARY_MAX),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                POSITIONS_MAX,
            ),
        ];
        for (field, size, max) in sizes {
            if size == 0 || size > max {
                return Err(unsupported(field, size, &format!("1 to {max}")));
            }
        }
        if !self
            .num_attention_heads
            .is_multiple_of(self.num_key_value_heads)
        {
            let expected = format!("a divisor of {} heads", self.num_attention_heads);
            return Err(unsupported(
                "num_key_value_heads",
                self.num_key_value_heads,
                &expected,
            ));
        }
        if let Some(size) = self.embedding_size
            && (size == 0 || size > self.hidden_size)
        {
            let expected = format!("1 to `hidden_size`, {}", self.hidden_size);
            return Err(unsupported("embedding_size", size, &expected));
        }
        if !self.head_dim.is_multiple_of(2) {
            return Err(unsupported("head_dim", self.head_dim, "an even number"));
        }
        if !(self.rope_theta.is_finite() && self.rope_theta >= 1.0) {
            return Err(unsupported(
                "rope_theta",
                self.rope_theta,
                "a number of at least 1",
            ));
        }
        if !(self.rms_norm_eps.is_finite() && self.rms_norm_eps > 0.0) {
            return Err(unsupported(
                "rms_norm_eps",
                self.rms_norm_eps,
                "a positive number",
            ));
        }
        Ok(())
    }
}

fn unsupported(field: &str, found: impl ToString, expected: &str) -> Error {
    Error::ModelUnsupported {
        field: field.to_owned(),
        found: found.to_string(),
        expected: expected.to_owned(),
    }
}

/// Refuses another architecture, and variants of this one that would be computed wrongly.
fn check_architecture(config: &Value) -> Result<()> {
    let model_type = config.get("model_type").unwrap_or(&Value::Null);
    if model_type != "qwen3" {
        return Err(unsupported("model_type", model_type, "\"qwen3\""));
    }
    // A field that is absent or null has the value this code computes.
    let fixed = [
        ("hidden_act", Value::from("silu")),
        ("attention_bias", Value::from(false)),
        ("use_sliding_window", Value::from(false)),
        ("rope_scaling", Value::Null),
        ("quantization_config", Value::Null),
    ];
    for (field, expected) in fixed {
        let found = config.get(field).unwrap_or(&Value::Null);
        if !found.is_null() && *found != expected {
            return Err(unsupported(field, found, &expected.to_string()));
        }
    }
    let layer_types = config.get("layer_types").and_then(Value::as_array);
    for layer_type in layer_types.into_iter().flatten() {
        if layer_type != "full_attention" {
            return Err(unsupported("layer_types", layer_type, "\"full_attention\""));
        }
    }
    Ok(())
}

/// Newer configs keep the rotary base inside `rope_parameters`.
fn adopt_rope_theta(config: &mut Value) -> Result<()> {
    let Some(parameters) = config
        .get("rope_parameters")
        .filter(|value| !value.is_null())
    else {
        return Ok(());
    };
    let rope_type = parameters.get("rope_type").unwrap_or(&Value::Null);
    if !rope_type.is_null() && rope_type != "default" {
        return Err(unsupported(
            "rope_parameters.rope_type",
            rope_type,
            "\"default\"",
        ));
    }
    if config.get("rope_theta").is_none_or(Value::is_null) {
        config["rope_theta"] = parameters.get("rope_theta").cloned().unwrap_or(Value::Null);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
