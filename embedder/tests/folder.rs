//! Folders in every form that must open, and broken ones that must be refused without a panic.
#![cfg(test)]

mod support;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use embedder::{EmbedderOptions, Error, ErrorKind, InputKind};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize_to_file};
use support::{cosine, open, tiny, tiny_copy};

const TEXT: &str = "A doll that nests inside another doll.";

/// A tensor that a test may change before it is written.
#[derive(Clone)]
struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Stored {
    fn floats(&self) -> Vec<f32> {
        let words = self.bytes.chunks_exact(4);
        words
            .map(|word| f32::from_le_bytes(word.try_into().expect("four bytes")))
            .collect()
    }

    fn convert(&mut self, dtype: Dtype, to_bytes: impl Fn(f32) -> Vec<u8>) {
        self.bytes = self.floats().into_iter().flat_map(to_bytes).collect();
        self.dtype = dtype;
    }
}

fn read(folder: &Path) -> HashMap<String, Stored> {
    let bytes = fs::read(folder.join("model.safetensors")).expect("weights");
    let tensors = SafeTensors::deserialize(&bytes).expect("safetensors");
    let stored = tensors.iter().map(|(name, view)| {
        let (dtype, shape) = (view.dtype(), view.shape().to_vec());
        (
            name.to_owned(),
            Stored {
                dtype,
                shape,
                bytes: view.data().to_vec(),
            },
        )
    });
    stored.collect()
}

fn write(tensors: &HashMap<String, Stored>, path: &Path) {
    let views = tensors.iter().map(|(name, stored)| {
        let view = TensorView::new(stored.dtype, stored.shape.clone(), &stored.bytes);
        (name, view.expect("view"))
    });
    serialize_to_file(views, None, path).expect("written");
}

/// Turns a matrix into rows of codes and a scale a row: I8, or U8 with two codes a byte.
fn quantize(tensors: &mut HashMap<String, Stored>, name: &str, dtype: Dtype) {
    let stored = tensors.get_mut(name).expect("tensor");
    let (rows, columns) = (stored.shape[0], stored.shape[1]);
    let largest = if dtype == Dtype::I8 { 127.0 } else { 7.0 };
    let mut codes: Vec<i8> = Vec::new();
    let mut scales = Vec::new();
    for row in stored.floats().chunks_exact(columns) {
        let scale = row.iter().fold(0.0_f32, |max, value| max.max(value.abs())) / largest;
        scales.extend(scale.to_le_bytes());
        codes.extend(row.iter().map(|value| (value / scale).round() as i8));
    }
    let half = |code: i8| (code + 8) as u8;
    let bytes: Vec<u8> = if dtype == Dtype::I8 {
        codes.iter().map(|code| *code as u8).collect()
    } else {
        let pairs = codes.chunks_exact(2);
        pairs.map(|two| half(two[0]) | half(two[1]) << 4).collect()
    };
    *stored = Stored {
        dtype,
        shape: vec![rows, bytes.len() / rows],
        bytes,
    };
    let scales = Stored {
        dtype: Dtype::F32,
        shape: vec![rows],
        bytes: scales,
    };
    tensors.insert(format!("{name}_scale"), scales);
}

fn vector(folder: &Path) -> (Vec<f32>, String) {
    let embedder = open(folder, &EmbedderOptions::default()).expect("opens");
    let embeddings = embedder
        .embed(vec![TEXT.to_owned()], InputKind::Document)
        .expect("embeds");
    (
        embeddings[0].vector.clone(),
        embedder.info().fingerprint.clone(),
    )
}

/// Changes the weights, and returns the new vector's cosine with the old and both fingerprints.
fn after(change: impl Fn(&mut HashMap<String, Stored>)) -> (f64, [String; 2]) {
    let folder = tiny_copy();
    let (before, fingerprint_before) = vector(folder.path());
    let mut tensors = read(folder.path());
    change(&mut tensors);
    write(&tensors, &folder.path().join("model.safetensors"));
    let (after, fingerprint_after) = vector(folder.path());
    (
        cosine(&before, &after),
        [fingerprint_before, fingerprint_after],
    )
}

#[test]
fn half_precision_weights_open() {
    let half = |dtype, to_bytes: fn(f32) -> Vec<u8>| {
        after(move |tensors| {
            for stored in tensors.values_mut() {
                stored.convert(dtype, to_bytes);
            }
        })
    };
    let f16 = half(Dtype::F16, |value| {
        half::f16::from_f32(value).to_le_bytes().to_vec()
    });
    let bf16 = half(Dtype::BF16, |value| {
        half::bf16::from_f32(value).to_le_bytes().to_vec()
    });
    assert!(f16.0 > 0.9999, "{}", f16.0);
    assert!(bf16.0 > 0.99, "{}", bf16.0);
    assert_ne!(f16.1[0], f16.1[1]);
    assert_ne!(f16.1[1], bf16.1[1]);
}

#[test]
fn int8_with_a_scale_opens() {
    let table = after(|tensors| quantize(tensors, "embed_tokens.weight", Dtype::I8));
    assert!(table.0 > 0.999, "{}", table.0);
    assert_ne!(
        table.1[0], table.1[1],
        "quantization is part of the fingerprint"
    );
    let both = after(|tensors| {
        quantize(tensors, "embed_tokens.weight", Dtype::I8);
        quantize(tensors, "layers.1.mlp.up_proj.weight", Dtype::I8);
    });
    assert!(both.0 > 0.999, "{}", both.0);
}

#[test]
fn codes_of_four_bits_open() {
    let both = after(|tensors| {
        quantize(tensors, "embed_tokens.weight", Dtype::U8);
        quantize(tensors, "layers.1.mlp.up_proj.weight", Dtype::U8);
    });
    // A sixteenth of a row's largest value is rounded away; read in another order it would be noise.
    assert!(both.0 > 0.9, "{}", both.0);
    assert!(both.0 < 0.9999, "four bits round: {}", both.0);
}

#[test]
fn the_note_on_codes_is_part_of_the_fingerprint() {
    let folder = tiny_copy();
    let path = folder.path().join("model.safetensors");
    let mut tensors = read(folder.path());
    let name = "embed_tokens.weight";
    let rows = tensors[name].shape[0];
    // A row is 16 values of four bits and 32 of two, or the other way round.
    let codes = Stored {
        dtype: Dtype::U8,
        shape: vec![rows, 16],
        bytes: (0..rows * 16).map(|at| (at * 37 % 251) as u8).collect(),
    };
    let scales = Stored {
        dtype: Dtype::F32,
        shape: vec![rows, 2],
        bytes: [0.01f32, 0.02]
            .repeat(rows)
            .iter()
            .flat_map(|scale| scale.to_le_bytes())
            .collect(),
    };
    tensors.insert(name.to_owned(), codes);
    tensors.insert(format!("{name}_scale"), scales);
    let with_note = |note: &str| {
        let views = tensors.iter().map(|(name, stored)| {
            let view = TensorView::new(stored.dtype, stored.shape.clone(), &stored.bytes);
            (name, view.expect("view"))
        });
        let notes = HashMap::from([(format!("{name}.codes"), note.to_owned())]);
        serialize_to_file(views, Some(notes), &path).expect("written");
        open(folder.path(), &EmbedderOptions::default())
    };
    let [one, other] = ["16x4 32x2", "32x2 16x4"].map(|note| {
        let embedder = with_note(note).expect("opens");
        embedder.info().fingerprint.clone()
    });
    assert_ne!(one, other);
    for note in ["16x4", "16x4 32x2 8x1", "16x3 32x2"] {
        let error = with_note(note).expect_err(note);
        assert!(error.to_string().contains(note), "{error}");
    }
}

#[test]
fn diagonals_are_squares_within_a_bound() {
    let folder = tiny_copy();
    let path = folder.path().join("model.safetensors");
    let diagonal = |size: usize| Stored {
        dtype: Dtype::F32,
        shape: vec![size],
        bytes: 1.0f32.to_le_bytes().repeat(size),
    };
    // Some matrix of the model, with another shape than a square of that size has.
    let name = "layers.0.self_attn.o_proj.weight";
    let mut tensors = read(folder.path());
    assert!(tensors.remove(name).is_some());
    tensors.insert(format!("{name}_diagonal"), diagonal(48));
    write(&tensors, &path);
    let error = open(folder.path(), &EmbedderOptions::default()).expect_err("64 columns");
    assert!(matches!(error, Error::TensorShape { .. }), "{error}");
    // A small file that would fill the memory.
    for layer in 0..2 {
        tensors.insert(format!("more.{layer}.weight_diagonal"), diagonal(1 << 14));
    }
    write(&tensors, &path);
    let error = open(folder.path(), &EmbedderOptions::default()).expect_err("two gigabytes");
    assert!(error.to_string().contains("at most 268435456"), "{error}");
}

#[test]
fn names_with_the_prefix_are_the_same_model() {
    let (found, [before, after]) = after(|tensors| {
        *tensors = tensors
            .drain()
            .map(|(name, stored)| (format!("model.{name}"), stored))
            .collect();
        let head = tensors["model.embed_tokens.weight"].clone();
        tensors.insert("lm_head.weight".to_owned(), head);
    });
    assert!(found > 0.999_999);
    assert_eq!(
        before, after,
        "neither the prefix nor an unused head changes a vector"
    );
}

#[test]
fn shards_are_the_same_model() {
    let folder = tiny_copy();
    let before = vector(folder.path());
    let tensors = read(folder.path());
    fs::remove_file(folder.path().join("model.safetensors")).expect("removed");
    let mut weight_map = HashMap::new();
    for (number, file) in ["model-1-of-2.safetensors", "model-2-of-2.safetensors"]
        .iter()
        .enumerate()
    {
        let is_here = |name: &str| name.contains("mlp") == (number == 1);
        let shard: HashMap<String, Stored> = tensors
            .clone()
            .into_iter()
            .filter(|(name, _)| is_here(name))
            .collect();
        write(&shard, &folder.path().join(file));
        weight_map.extend(shard.into_keys().map(|name| (name, *file)));
    }
    let index = folder.path().join("model.safetensors.index.json");
    let json = serde_json::json!({"metadata": {}, "weight_map": weight_map});
    fs::write(&index, json.to_string()).expect("index");
    let after = vector(folder.path());
    assert_eq!(before, after);

    let elsewhere = json.to_string().replace("model-2-of-2", "../model-2-of-2");
    fs::write(&index, elsewhere).expect("index");
    check_refused(folder.path(), ErrorKind::Corrupt, "no file of this folder");
    fs::write(
        &index,
        json.to_string().replace("model-2-of-2", "model-1-of-2"),
    )
    .expect("index");
    check_refused(folder.path(), ErrorKind::Corrupt, "has no tensor");
    fs::write(&index, json.to_string()).expect("index");
    fs::remove_file(folder.path().join("model-2-of-2.safetensors")).expect("removed");
    check_refused(
        folder.path(),
        ErrorKind::NotFound,
        "model-2-of-2.safetensors",
    );
}

fn check_refused(folder: &Path, kind: ErrorKind, part: &str) {
    let error = open(folder, &EmbedderOptions::default()).expect_err(part);
    assert_eq!(error.kind(), kind, "{error}");
    assert!(
        error.to_string().contains(part),
        "`{error}` does not say `{part}`"
    );
}

#[test]
fn missing_files_are_named() {
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        let folder = tiny_copy();
        fs::remove_file(folder.path().join(file)).expect("removed");
        check_refused(folder.path(), ErrorKind::NotFound, file);
    }
    check_refused(
        Path::new("./no/such/folder"),
        ErrorKind::NotFound,
        "no/such/folder",
    );
}

#[test]
fn prompts_may_be_missing() {
    let folder = tiny_copy();
    let before = vector(folder.path());
    fs::remove_file(folder.path().join("config_sentence_transformers.json")).expect("removed");
    assert_eq!(
        vector(folder.path()),
        before,
        "the tiny model has the default prompts"
    );
}

#[test]
fn another_prompt_is_another_fingerprint() {
    let folder = tiny_copy();
    let (_, before) = vector(folder.path());
    let prompts = r#"{"prompts": {"query": "Instruct: other\nQuery: "}}"#;
    fs::write(
        folder.path().join("config_sentence_transformers.json"),
        prompts,
    )
    .expect("prompts");
    assert_ne!(vector(folder.path()).1, before);
}

#[test]
fn another_architecture_is_refused() {
    let changes = [
        ("\"qwen3\"", "\"bert\"", "model_type"),
        (
            "\"attention_bias\": false",
            "\"attention_bias\": true",
            "attention_bias",
        ),
        (
            "\"use_sliding_window\": false",
            "\"use_sliding_window\": true",
            "use_sliding_window",
        ),
        ("\"silu\"", "\"gelu\"", "hidden_act"),
        (
            "\"rope_type\": \"default\"",
            "\"rope_type\": \"yarn\"",
            "rope_type",
        ),
        (
            "\"num_key_value_heads\": 2",
            "\"num_key_value_heads\": 3",
            "num_key_value_heads",
        ),
        ("\"hidden_size\": 48", "\"hidden_size\": 0", "hidden_size"),
        (
            "\"vocab_size\": 384",
            "\"vocab_size\": 300",
            "largest token",
        ),
        (
            "\"num_hidden_layers\": 3",
            "\"num_hidden_layers\": 99999999999",
            "num_hidden_layers",
        ),
    ];
    for (found, replacement, part) in changes {
        let folder = tiny_copy();
        let path = folder.path().join("config.json");
        let config = fs::read_to_string(&path).expect("config");
        assert!(config.contains(found), "{found}");
        fs::write(&path, config.replace(found, replacement)).expect("config");
        check_refused(folder.path(), ErrorKind::Invalid, part);
    }
    let folder = tiny_copy();
    fs::create_dir(folder.path().join("1_Pooling")).expect("folder");
    let pooling = r#"{"pooling_mode_mean_tokens": true, "pooling_mode_lasttoken": false}"#;
    fs::write(folder.path().join("1_Pooling/config.json"), pooling).expect("pooling");
    check_refused(folder.path(), ErrorKind::Invalid, "pooling_mode_lasttoken");
}

#[test]
fn damaged_configs_are_refused() {
    let damaged = [
        ("config.json", "{"),
        ("config.json", "{\"model_type\":\"qwen3\"}"),
    ];
    for (file, content) in damaged {
        let folder = tiny_copy();
        fs::write(folder.path().join(file), content).expect("written");
        check_refused(folder.path(), ErrorKind::Corrupt, "config.json");
    }
    for file in ["tokenizer.json", "config_sentence_transformers.json"] {
        for content in ["", "[1, 2]", "{\"prompts\": 7}"] {
            let folder = tiny_copy();
            fs::write(folder.path().join(file), content).expect("written");
            check_refused(folder.path(), ErrorKind::Corrupt, file);
        }
    }
}

#[test]
fn tensors_that_do_not_fit_the_config_are_refused() {
    let check = |change: &dyn Fn(&mut HashMap<String, Stored>), kind, part: &str| {
        let folder = tiny_copy();
        let mut tensors = read(folder.path());
        change(&mut tensors);
        write(&tensors, &folder.path().join("model.safetensors"));
        check_refused(folder.path(), kind, part);
    };
    let name = "layers.2.mlp.down_proj.weight";
    check(
        &|tensors| drop(tensors.remove(name)),
        ErrorKind::Corrupt,
        name,
    );
    let reshape = |tensors: &mut HashMap<String, Stored>| {
        tensors.get_mut(name).expect("tensor").shape.reverse();
    };
    check(&reshape, ErrorKind::Corrupt, "[96, 48]");
    for quantized in [name, "embed_tokens.weight"] {
        let without_scale = |tensors: &mut HashMap<String, Stored>| {
            quantize(tensors, quantized, Dtype::I8);
            tensors.remove(&format!("{quantized}_scale"));
        };
        check(
            &without_scale,
            ErrorKind::Corrupt,
            &format!("{quantized}_scale"),
        );
        let short_scale = |tensors: &mut HashMap<String, Stored>| {
            quantize(tensors, quantized, Dtype::I8);
            let scale = tensors
                .get_mut(&format!("{quantized}_scale"))
                .expect("scale");
            scale.bytes.truncate(8);
            scale.shape = vec![2];
        };
        check(
            &short_scale,
            ErrorKind::Corrupt,
            &format!("{quantized}_scale"),
        );
    }
    let integers = |tensors: &mut HashMap<String, Stored>| {
        tensors.get_mut(name).expect("tensor").dtype = Dtype::I32;
    };
    check(&integers, ErrorKind::Corrupt, "I32");
}

#[test]
fn damaged_weight_files_are_refused() {
    let folder = tiny_copy();
    let path = folder.path().join("model.safetensors");
    let sound = fs::read(&path).expect("weights");
    let with_length = |length: u64| [&length.to_le_bytes()[..], &sound[8..]].concat();
    let length = u64::from_le_bytes(sound[..8].try_into().expect("eight bytes"));
    let header = String::from_utf8(sound[8..8 + length as usize].to_vec()).expect("header");
    let with_header = |header: &str| {
        let data = &sound[8 + length as usize..];
        [
            &(header.len() as u64).to_le_bytes()[..],
            header.as_bytes(),
            data,
        ]
        .concat()
    };
    let damaged = [
        Vec::new(),
        sound[..4].to_vec(),
        sound[..8].to_vec(),
        sound[..sound.len() / 2].to_vec(),
        with_length(u64::MAX),
        with_length(1 << 37),
        with_length(length - 1),
        with_length(0),
        with_header("{}"),
        with_header(&header.replace("\"F32\"", "\"F99\"")),
        with_header(&header.replace("[384,48]", "[4611686018427387904,48]")),
        with_header(&header.replace("[384,48]", "[18446744073709551615,18446744073709551615]")),
        with_header(&header.replace("\"data_offsets\":[0,", "\"data_offsets\":[9,")),
        with_header(&header.replace("\"data_offsets\":[0,", "\"data_offsets\":[-1,")),
        with_header(&header.replace("\"shape\"", "\"form\"")),
    ];
    for (number, bytes) in damaged.into_iter().enumerate() {
        assert_ne!(bytes, sound, "damage {number} changes nothing");
        fs::write(&path, bytes).expect("written");
        let error = open(folder.path(), &EmbedderOptions::default()).expect_err("damaged");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "damage {number}: {error}");
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_refused() {
    let folder = tiny_copy();
    fs::remove_file(folder.path().join("config.json")).expect("removed");
    fs::create_dir(folder.path().join("config.json")).expect("folder");
    check_refused(folder.path(), ErrorKind::Corrupt, "not a file");
}

#[test]
fn a_model_that_answers_no_number_is_an_error() {
    let folder = tiny_copy();
    let mut tensors = read(folder.path());
    for value in [f32::NAN, f32::INFINITY] {
        let stored = tensors
            .get_mut("layers.0.mlp.up_proj.weight")
            .expect("tensor");
        stored.bytes[..4].copy_from_slice(&value.to_le_bytes());
        write(&tensors, &folder.path().join("model.safetensors"));
        let embedder = open(folder.path(), &EmbedderOptions::default()).expect("opens");
        let error = embedder
            .embed(vec![TEXT.to_owned()], InputKind::Query)
            .expect_err("no number");
        assert!(matches!(error, Error::OutputNotFinite { .. }), "{error}");
    }
}

#[test]
fn a_tokenizer_that_adds_no_end_gets_one_and_others_not_two() {
    let folder = tiny_copy();
    let path = folder.path().join("tokenizer.json");
    let sound = vector(folder.path()).0;
    let mut json: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).expect("tokenizer")).expect("json");
    json["post_processor"] = serde_json::Value::Null;
    json["truncation"] = serde_json::json!({
        "direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0
    });
    fs::write(&path, json.to_string()).expect("tokenizer");
    let appended = vector(folder.path()).0;
    assert_eq!(
        sound, appended,
        "the end token is appended, and nothing is cut to 4 tokens"
    );

    let embedder = tiny(&EmbedderOptions::default());
    let count = |text: &str| {
        embedder
            .count_tokens(text, InputKind::Document)
            .expect("count")
    };
    assert_eq!(count(""), 1, "an empty text is its end token");
    assert_eq!(
        count("<|im_end|>"),
        2,
        "an end token in the text is not the end"
    );
}
