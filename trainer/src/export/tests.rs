//! The lifted model is the static one, through the embedder; int8 loses what it may.

use std::str::FromStr;

use candle_core::Device;
use embedder::{Checkpoint, Embedder, EmbedderOptions, InputKind, ModelSource};
use rand::Rng;
use tokenizers::Tokenizer;

use super::folder::{FolderTexts, write};
use super::lift::{Lifted, lift};
use super::quantize::{Bits, quantize};
use crate::data::token_lists::TokenLists;
use crate::fixture::{self, restored};
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

/// A lifted model as a folder, which is there as long as its handle is.
fn written(lifted: &Lifted) -> (tempfile::TempDir, ModelSource) {
    let folder = tempfile::tempdir().unwrap();
    let texts = FolderTexts {
        tokenizer: tokenizer_json().to_string().into_bytes(),
        query_prompt: String::new(),
        document_prompt: String::new(),
        card: "# A card\n".to_owned(),
    };
    write(folder.path(), lifted, &texts).unwrap();
    let source = ModelSource::Folder(folder.path().to_path_buf());
    (folder, source)
}

fn row(values: &[f32]) -> Matrix {
    Matrix {
        rows: 1,
        columns: values.len(),
        values: values.to_vec(),
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
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
    let table = restored(&quantize(&random_table(rows, 96), bits).unwrap());
    let lifted = lift(&table, end, (128, bits)).unwrap();
    assert_eq!(
        lifted.config.num_attention_heads * lifted.config.head_dim,
        96
    );
    let (_folder, source) = written(&lifted);
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
    let (_folder, source) = written(&lifted);
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
    let found = restored(&quantize(&table, Bits::Eight).unwrap());
    for row in 0..table.rows {
        let cosine = cosine(table.row(row), found.row(row));
        assert!(cosine > 0.9999, "row {row}: {cosine}");
    }
}

#[test]
fn four_bits_clip_where_that_loses_less() {
    let table = random_table(50, 320);
    let found = restored(&quantize(&table, Bits::Four).unwrap());
    for row in 0..table.rows {
        let cosine = cosine(table.row(row), found.row(row));
        assert!(cosine > 0.99, "row {row}: {cosine}");
    }
    // One large value among small ones is cut, so that the small ones are not all zero.
    let mut table = Matrix::zeros(1, 64);
    table.values.fill(0.1);
    table.values[0] = 1.0;
    let quantized = quantize(&table, Bits::Four).unwrap();
    let scale = quantized.scales[0];
    assert!((scale - 0.1).abs() < 0.02, "{scale}");
    let found = restored(&quantized);
    assert!((found.values[0] - 7.0 * scale).abs() < 1e-6);
    assert!((found.values[1] - scale).abs() < 1e-6);
}

#[test]
fn codes_lie_in_their_bytes_from_the_lowest_bits_up() {
    let four = quantize(&row(&[7.0, -7.0, 0.0, 1.0]), Bits::Four).unwrap();
    assert_eq!(four.bytes, [0x1f, 0x98]);
    let mut values = [1.0; 32];
    values[..8].copy_from_slice(&[7.0, -7.0, 0.0, 1.0, 7.0, 7.0, 7.0, 7.0]);
    values[8..16].copy_from_slice(&[3.0, 1.0, -1.0, -3.0, 3.0, 3.0, -3.0, -3.0]);
    values[17] = -1.0;
    let nested = quantize(&row(&values), Bits::Nested).unwrap();
    assert_eq!(nested.bytes[..4], [0x1f, 0x98, 0xff, 0xff]);
    assert_eq!(nested.bytes[4..6], [0b00_01_10_11, 0b00_00_11_11]);
    assert_eq!(nested.bytes[6..], [0b1111_1101, 0xff]);
    assert_eq!(restored(&nested).values, values);
}

#[test]
fn nested_codes_keep_the_first_values_best() {
    let table = random_table(50, 320);
    let found = restored(&quantize(&table, Bits::Nested).unwrap());
    for row in 0..table.rows {
        let (before, after) = (table.row(row), found.row(row));
        let (first, all) = (cosine(&before[..80], &after[..80]), cosine(before, after));
        assert!(
            first > 0.99 && all > 0.85 && all < first,
            "row {row}: {first}, {all}"
        );
    }
}

#[test]
fn a_folder_of_any_bits_is_the_table_it_was_made_from() {
    let json = tokenizer_json();
    let tokenizer = Tokenizer::from_str(&json.to_string()).unwrap();
    let end = tokenizer.token_to_id(prune::END_TOKEN).unwrap() as usize;
    let table = random_table(tokenizer.get_vocab_size(true), 32);
    for bits in [Bits::Eight, Bits::Four, Bits::Nested] {
        let lifted = lift(&table, end, (128, bits)).unwrap();
        let (_folder, source) = written(&lifted);
        let read = Checkpoint::open(&source, true).unwrap();
        let read = read.tensors(&Device::Cpu).unwrap();
        let rows: Vec<Vec<f32>> = read["embed_tokens.weight"].to_vec2().unwrap();
        let expected = restored(&quantize(&table, bits).unwrap());
        // The file's scales have a factor in them, so rows are compared by direction.
        for (row, found) in rows.iter().enumerate().filter(|(row, _)| *row != end) {
            let expected = expected.row(row);
            let cosine = cosine(expected, found);
            assert!(cosine > 0.99999, "{bits:?} row {row}: {cosine}");
        }
        let value: Vec<Vec<f32>> = read["layers.0.self_attn.v_proj.weight"].to_vec2().unwrap();
        let is_one = |row: usize, column: usize| (value[row][column] - 1.0).abs() < 1e-6;
        assert!((0..32).all(|row| is_one(row, row) && !is_one(row, 31 - row)));
    }
}

#[test]
fn the_largest_value_is_127_and_zeros_stay_zeros() {
    let table = Matrix {
        rows: 2,
        columns: 3,
        values: vec![0.5, -2.0, 1.0, 0.0, 0.0, 0.0],
    };
    let quantized = quantize(&table, Bits::Eight).unwrap();
    let codes: Vec<i8> = quantized
        .bytes
        .iter()
        .map(|byte| byte.cast_signed())
        .collect();
    assert_eq!(codes, [32, -127, 64, 0, 0, 0]);
    assert!(quantized.scales[1].abs() < f32::MIN_POSITIVE);
    // What was restored once is restored again without further loss.
    let again = quantize(&restored(&quantized), Bits::Eight).unwrap();
    assert_eq!(again.bytes, quantized.bytes);
}

#[test]
fn a_row_of_nested_codes_fills_its_bytes() {
    let error = lift(&Matrix::zeros(4, 34), 0, (128, Bits::Nested)).unwrap_err();
    assert!(error.to_string().contains("multiple of 16"), "{error}");
}

#[test]
fn an_odd_hidden_size_is_refused() {
    let error = lift(&Matrix::zeros(4, 33), 0, (128, Bits::Eight)).unwrap_err();
    assert!(error.to_string().contains("33 is odd"), "{error}");
}
