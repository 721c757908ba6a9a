//! The lifted model is the static one, through the embedder; int8 loses what it may.

use std::str::FromStr;

use embedder::{Embedder, EmbedderOptions, InputKind, ModelSource};
use rand::Rng;
use tokenizers::Tokenizer;

use super::folder::{FolderTexts, write};
use super::lift::lift;
use super::quantize::{Bits, quantize};
use crate::data::token_lists::TokenLists;
use crate::fixture;
use crate::matrix::{Matrix, dot, scale};
use crate::seed::Seed;
use crate::table::bag;
use crate::vocabulary::merges::Merges;
use crate::vocabulary::prune;

/// Token vectors with lengths from 0.01 to 1, as frequent and rare words have.
fn random_table(rows: usize, columns: usize) -> Matrix {
    let mut random = Seed(5).stream("table", 0);
    let mut table = Matrix::zeros(rows, columns);
    for row in 0..rows {
        let length = 10f32.powf(random.random_range(-2.0..0.0));
        let values = table.row_mut(row);
        for value in values.iter_mut() {
            *value = random.random_range(-1.0..1.0);
        }
        let norm = dot(values, values).sqrt();
        scale(values, length / norm);
    }
    table
}

fn tokenizer_json() -> serde_json::Value {
    let merges = Merges::parse(fixture::tokenizer_json()).unwrap();
    let all: Vec<u32> = (0..merges.tokens.len() as u32).collect();
    prune::write(&merges, &all).unwrap()
}

#[test]
fn the_lifted_model_equals_the_static_one() {
    lifted_equals_static(Bits::Eight);
    lifted_equals_static(Bits::Four);
}

fn lifted_equals_static(bits: Bits) {
    let json = tokenizer_json();
    let tokenizer = Tokenizer::from_str(&json.to_string()).unwrap();
    let rows = tokenizer.get_vocab_size(true);
    let end = tokenizer.token_to_id(prune::END_TOKEN).unwrap() as usize;
    // 96 columns make two heads of 48.
    let table = quantize(&random_table(rows, 96), bits).restore();
    let lifted = lift(&table, end, (128, bits)).unwrap();
    assert_eq!(
        lifted.config.num_attention_heads * lifted.config.head_dim,
        96
    );
    let folder = tempfile::tempdir().unwrap();
    let texts = FolderTexts {
        tokenizer: json.to_string().into_bytes(),
        query_prompt: String::new(),
        document_prompt: String::new(),
        card: "# A card\n".to_owned(),
    };
    write(folder.path(), &lifted, &texts).unwrap();
    let source = ModelSource::Folder(folder.path().to_path_buf());
    let embedder = Embedder::open(&source, &EmbedderOptions::default()).unwrap();
    assert_eq!(embedder.info().dimensions, 96);
    assert_eq!(embedder.info().parameters, lifted.config.parameters());
    let texts = [
        "hello world",
        "the cat and the dog",
        "a",
        "\u{e4}\u{4f60} hello hello hello",
    ];
    let owned = texts.iter().map(|&text| text.to_owned()).collect();
    let embedded = embedder.embed(owned, InputKind::Query).unwrap();
    for (text, embedding) in texts.iter().zip(embedded) {
        let mut lists = TokenLists::new();
        lists.push(tokenizer.encode(*text, false).unwrap().get_ids());
        let expected = bag::means(&table, &lists).values;
        let cosine = dot(&expected, &embedding.vector) / dot(&expected, &expected).sqrt();
        assert!(cosine >= 0.9999, "`{text}`: {cosine}");
    }
}

#[test]
fn an_empty_text_has_a_vector() {
    let json = tokenizer_json();
    let tokenizer = Tokenizer::from_str(&json.to_string()).unwrap();
    let end = tokenizer.token_to_id(prune::END_TOKEN).unwrap() as usize;
    let lifted = lift(
        &random_table(tokenizer.get_vocab_size(true), 32),
        end,
        (128, Bits::Eight),
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let texts = FolderTexts {
        tokenizer: json.to_string().into_bytes(),
        query_prompt: String::new(),
        document_prompt: String::new(),
        card: String::new(),
    };
    write(folder.path(), &lifted, &texts).unwrap();
    let source = ModelSource::Folder(folder.path().to_path_buf());
    let embedder = Embedder::open(&source, &EmbedderOptions::default()).unwrap();
    let embedded = embedder
        .embed(vec![String::new()], InputKind::Document)
        .unwrap();
    let vector = &embedded[0].vector;
    assert!((dot(vector, vector) - 1.0).abs() < 1e-4);
}

#[test]
fn int8_rows_keep_their_direction() {
    let table = random_table(50, 320);
    let restored = quantize(&table, Bits::Eight).restore();
    for row in 0..table.rows {
        let (before, after) = (table.row(row), restored.row(row));
        let cosine = dot(before, after) / (dot(before, before) * dot(after, after)).sqrt();
        assert!(cosine > 0.9999, "row {row}: {cosine}");
    }
}

#[test]
fn four_bits_clip_where_that_loses_less() {
    let table = random_table(50, 320);
    let quantized = quantize(&table, Bits::Four);
    assert!(quantized.codes.iter().all(|code| (-7..=7).contains(code)));
    let restored = quantized.restore();
    for row in 0..table.rows {
        let (before, after) = (table.row(row), restored.row(row));
        let cosine = dot(before, after) / (dot(before, before) * dot(after, after)).sqrt();
        assert!(cosine > 0.99, "row {row}: {cosine}");
    }
    // One large value among small ones is cut, so that the small ones are not all zero.
    let mut table = Matrix::zeros(1, 64);
    table.values.fill(0.1);
    table.values[0] = 1.0;
    let quantized = quantize(&table, Bits::Four);
    assert_eq!(quantized.codes[..2], [7, 1]);
    assert!(
        (quantized.scales[0] - 0.1).abs() < 0.02,
        "{:?}",
        quantized.scales
    );
}

#[test]
fn two_codes_of_four_bits_share_a_byte() {
    let table = Matrix {
        rows: 2,
        columns: 2,
        values: vec![7.0, -7.0, 0.0, 1.0],
    };
    let quantized = quantize(&table, Bits::Four);
    assert_eq!(quantized.codes[..3], [7, -7, 0]);
    assert_eq!(quantized.packed()[0], 0x1f);
    assert_eq!(quantized.packed().len(), 2);
}

#[test]
fn the_largest_value_is_127_and_zeros_stay_zeros() {
    let table = Matrix {
        rows: 2,
        columns: 3,
        values: vec![0.5, -2.0, 1.0, 0.0, 0.0, 0.0],
    };
    let quantized = quantize(&table, Bits::Eight);
    assert_eq!(quantized.codes, [32, -127, 64, 0, 0, 0]);
    assert!(quantized.scales[1].abs() < f32::MIN_POSITIVE);
    // What was restored once is restored again without further loss.
    let restored = quantized.restore();
    assert_eq!(quantize(&restored, Bits::Eight).codes, quantized.codes);
}

#[test]
fn an_odd_hidden_size_is_refused() {
    let error = lift(&Matrix::zeros(4, 33), 0, (128, Bits::Eight)).unwrap_err();
    assert!(error.to_string().contains("33 is odd"), "{error}");
}
