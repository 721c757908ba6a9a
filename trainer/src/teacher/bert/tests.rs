//! Against transformers' BertModel; see trainer/reference/bert.py.

use serde::Deserialize;

use super::*;
use crate::data::texts::Role;
use crate::error::ErrorKind;
use crate::matrix::dot;

#[derive(Deserialize)]
struct Golden {
    tokens_max: usize,
    prompts: GoldenPrompts,
    texts: Vec<GoldenText>,
    vectors: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct GoldenPrompts {
    query: String,
    passage: String,
}

#[derive(Deserialize)]
struct GoldenText {
    role: Role,
    text: String,
}

fn golden() -> (Golden, Vec<Text>) {
    let content = std::fs::read(folder().join("golden.json")).unwrap();
    let golden: Golden = serde_json::from_slice(&content).unwrap();
    let texts = golden.texts.iter().map(|text| Text {
        text: text.text.clone(),
        lang: "en".to_owned(),
        role: text.role,
        pair: None,
    });
    let texts = texts.collect();
    (golden, texts)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bert")
}

fn prompts(golden: &Golden) -> RolePrompts {
    RolePrompts {
        query: golden.prompts.query.clone(),
        passage: golden.prompts.passage.clone(),
    }
}

#[test]
fn vectors_are_those_of_the_original_implementation() {
    let (golden, texts) = golden();
    let bert = Bert::open(&folder(), prompts(&golden), golden.tokens_max).unwrap();
    let bar = ProgressBar::hidden();
    let found = bert.embed(&texts, &bar).unwrap();
    assert_eq!(bar.position(), texts.len() as u64);
    for (row, expected) in golden.vectors.iter().enumerate() {
        let largest = found
            .row(row)
            .iter()
            .zip(expected)
            .map(|(found, expected)| (found - expected).abs())
            .fold(0.0, f32::max);
        assert!(largest < 2e-6, "text {row} is off by {largest}");
    }
    // Texts differ enough for the comparison to mean something.
    assert!(dot(&golden.vectors[0], &golden.vectors[1]) < 0.99);
}

#[test]
fn padding_and_company_change_nothing_and_prompts_do() {
    let (golden, texts) = golden();
    let bert = Bert::open(&folder(), prompts(&golden), golden.tokens_max).unwrap();
    let bar = ProgressBar::hidden();
    let together = bert.embed(&texts, &bar).unwrap();
    let alone = bert.embed(&texts[2..3], &bar).unwrap();
    assert!(dot(together.row(2), alone.row(0)) > 0.999_999);
    let bare = Bert::open(&folder(), RolePrompts::default(), golden.tokens_max).unwrap();
    let bare = bare.embed(&texts[2..3], &bar).unwrap();
    assert!(dot(bare.row(0), alone.row(0)) < 0.999);
}

/// Copies the folder and lets `change` spoil it.
fn spoiled(change: impl FnOnce(&Path)) -> Error {
    let copy = tempfile::tempdir().unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(folder().join(name), copy.path().join(name)).unwrap();
    }
    change(copy.path());
    Bert::open(copy.path(), RolePrompts::default(), 16)
        .err()
        .unwrap()
}

fn replace(folder: &Path, name: &str, from: &str, to: &str) {
    let path = folder.join(name);
    let content = std::fs::read_to_string(&path).unwrap();
    assert!(content.contains(from), "{content}");
    std::fs::write(path, content.replace(from, to)).unwrap();
}

#[test]
fn a_folder_that_is_no_such_teacher_says_why() {
    let change_config = |from: &'static str, to: &'static str| {
        move |folder: &Path| replace(folder, "config.json", from, to)
    };
    let remove =
        |name: &'static str| move |folder: &Path| std::fs::remove_file(folder.join(name)).unwrap();
    let pooling = |folder: &Path| {
        std::fs::create_dir(folder.join("1_Pooling")).unwrap();
        let content = r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#;
        std::fs::write(folder.join("1_Pooling/config.json"), content).unwrap();
    };
    let cases = [
        (
            spoiled(change_config("\"bert\"", "\"roberta\"")),
            "`model_type` is `roberta`, expected `bert`",
        ),
        (
            spoiled(change_config("\"hidden_size\": 24", "\"hidden_size\": 48")),
            "model.safetensors",
        ),
        (
            spoiled(change_config("\"hidden_size\": 24", "\"hidden_size\": 25")),
            "3 heads do not divide a hidden size of 25",
        ),
        (
            spoiled(change_config("\"vocab_size\": 6", "\"vocab_size\": 1")),
            "not usable",
        ),
        (
            spoiled(change_config("\"hidden_size\"", "\"hidden\"")),
            "missing field `hidden_size`",
        ),
        (
            spoiled(change_config(
                "\"max_position_embeddings\": 32",
                "\"max_position_embeddings\": 8",
            )),
            "`teacher.tokens_max` is 16",
        ),
        (spoiled(pooling), "expected `pooling_mode_mean_tokens`"),
    ];
    for (error, expected) in cases {
        assert!(error.to_string().contains(expected), "{error}: {expected}");
    }
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let error = spoiled(remove(name));
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}
