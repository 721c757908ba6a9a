//! What tests of several modules need: a small byte-level tokenizer, and texts.

use serde_json::{Map, Value, json};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use crate::data::texts::{Role, Text};
use crate::export::quantize::QuantizedRows;
use crate::matrix::Matrix;

/// Merges of the small tokenizer, in order of rank.
pub(crate) const MERGES: &[(&str, &str)] = &[
    ("h", "e"),
    ("l", "l"),
    ("he", "ll"),
    ("hell", "o"),
    ("\u{120}", "w"),
    ("o", "r"),
    ("\u{120}w", "or"),
    ("l", "d"),
    ("\u{120}wor", "ld"),
    ("\u{c3}", "\u{a4}"),
    ("c", "a"),
    ("ca", "t"),
    ("d", "o"),
    ("do", "g"),
    // The two bytes of the Greek alpha.
    ("\u{ce}", "\u{b1}"),
];

/// A byte-level BPE tokenizer: 256 bytes, then [`MERGES`], then two special tokens.
pub(crate) fn tokenizer_json() -> Value {
    // The library's own alphabet, so that ours is tested against it.
    let mut alphabet: Vec<char> = ByteLevel::alphabet().into_iter().collect();
    alphabet.sort_unstable();
    let products = MERGES.iter().map(|(left, right)| format!("{left}{right}"));
    let tokens = alphabet.iter().map(char::to_string).chain(products);
    let vocabulary: Map<String, Value> = tokens
        .enumerate()
        .map(|(id, token)| (token, json!(id)))
        .collect();
    let first = vocabulary.len();
    let merges: Vec<Value> = MERGES
        .iter()
        .map(|(left, right)| json!([left, right]))
        .collect();
    let special = |id: usize, content: &str| {
        json!({
            "id": id, "content": content, "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true,
        })
    };
    let bytes = json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true,
    });
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(first, "<|endoftext|>"), special(first + 1, "<|im_end|>")],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": bytes, "post_processor": bytes, "decoder": bytes,
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null,
            "continuing_subword_prefix": "", "end_of_word_suffix": "",
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocabulary, "merges": merges,
        },
    })
}

/// The folder of the embedder's tiny model: three layers of 48 values with seeded weights.
pub(crate) fn tiny_model() -> std::path::PathBuf {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../embedder/tests/data/tiny")
}

/// `groups` titles with bodies in two languages: keys `g0en`, `g0de`, `g1en`, ...
pub(crate) fn texts(groups: usize) -> Vec<Text> {
    let mut texts = Vec::new();
    for group in 0..groups {
        for lang in ["en", "de"] {
            let words: Vec<String> = (0..30)
                .map(|word| format!("{lang}{group}w{}", word % (3 + group % 5)))
                .collect();
            for role in [Role::Query, Role::Passage] {
                let text = match role {
                    Role::Query => format!("{lang}{group} {}", words[0]),
                    Role::Passage => words.join(" "),
                };
                let pair = Some(format!("g{group}{lang}"));
                texts.push(Text {
                    text,
                    lang: lang.to_owned(),
                    role,
                    pair,
                });
            }
        }
    }
    texts
}

/// A passage that is no part of a pair.
pub(crate) fn text(text: &str, lang: &str) -> Text {
    Text {
        text: text.to_owned(),
        lang: lang.to_owned(),
        role: Role::Passage,
        pair: None,
    }
}

/// What codes stand for, worked out apart from the program that reads them.
pub(crate) fn restored(rows: &QuantizedRows) -> Matrix {
    let mut matrix = Matrix::zeros(rows.rows(), rows.columns());
    let mut bits = rows
        .bytes
        .iter()
        .flat_map(|byte| (0..8).map(move |at| byte >> at & 1));
    let mut values = matrix.values.iter_mut();
    for scales in rows.scales.chunks(rows.parts.len()) {
        for (part, scale) in rows.parts.iter().zip(scales) {
            for _ in 0..part.values {
                let bits = bits.by_ref().take(part.bits).zip(0..);
                let code = bits.fold(0i32, |code, (bit, at)| code | i32::from(bit) << at);
                let code = match part.bits {
                    8 if code > 127 => code - 256,
                    8 => code,
                    4 => code - 8,
                    2 => 2 * code - 3,
                    _ => 2 * code - 1,
                };
                *values.next().unwrap() = code as f32 * scale;
            }
        }
    }
    matrix
}
