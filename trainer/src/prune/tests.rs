//! Whole folders pruned, opened and compared.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use embedder::{Embedder, EmbedderOptions, InputKind};
use rand::Rng;
use tokenizers::Tokenizer;

use super::*;
use crate::fixture;
use crate::prune::cut::CutTensor;
use crate::seed::Seed;
use crate::vocabulary::merges::Merges;
use crate::vocabulary::prune::{END_TOKEN, write as write_tokenizer};

const TEXTS: [&str; 6] = [
    "hello world",
    "the cat and the dog",
    "a world of cats",
    "hello hello",
    "dogs",
    "a longer text with several words that say nothing at all",
];

/// Sizes of the planted model: hidden, intermediate, layers, heads, key heads, head size.
const HIDDEN: usize = 24;
const INTERMEDIATE: usize = 20;
const LAYERS: usize = 3;
/// Hidden dimensions and those of the feed-forward layers that are always zero.
const DEAD: [usize; 4] = [3, 8, 9, 21];
const DEAD_INNER: [usize; 3] = [0, 7, 19];

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embedder/tests/data/tiny")
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn calibration(&self) -> PathBuf {
        let path = self.path("texts.txt");
        std::fs::write(&path, TEXTS.join("\n")).unwrap();
        path
    }

    /// A seeded model whose dead dimensions nothing ever writes to.
    fn planted(&self) -> PathBuf {
        let merges = Merges::parse(fixture::tokenizer_json()).unwrap();
        let all: Vec<u32> = (0..merges.tokens.len() as u32).collect();
        let json = write_tokenizer(&merges, &all).unwrap().to_string();
        let vocabulary = Tokenizer::from_str(&json).unwrap().get_vocab_size(true);
        let config = Config {
            hidden_size: HIDDEN,
            intermediate_size: INTERMEDIATE,
            num_hidden_layers: LAYERS,
            num_attention_heads: 4,
            num_key_value_heads: 2,
            head_dim: 8,
            vocab_size: vocabulary,
            rope_theta: 1e4,
            rms_norm_eps: 1e-6,
            max_position_embeddings: 64,
            embedding_size: None,
        };
        let folder = self.path("planted");
        let summary = PruneSummary {
            before: config.clone(),
            after: config.clone(),
            hidden_share: 1.0,
            intermediate_shares: Vec::new(),
            table_share: None,
            calibration: (0, 0),
        };
        let tensors = tensors(&config);
        write::write(
            &folder,
            &folder,
            &tensors,
            Some(json.into_bytes()),
            &summary,
        )
        .unwrap();
        folder
    }
}

fn tensors(config: &Config) -> Vec<CutTensor> {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let mut random = Seed(11).stream("planted", 0);
    let mut tensor = |name: String, shape: &[usize], [rows, columns]: [&[usize]; 2]| {
        let width = shape.last().copied().unwrap_or(1);
        let is_norm = shape.len() == 1;
        let value = |at: usize| {
            let value: f32 = random.random_range(-0.5..0.5);
            let is_dead = rows.contains(&(at / width)) || columns.contains(&(at % width));
            if is_norm {
                1.0 + value
            } else if is_dead {
                0.0
            } else {
                value
            }
        };
        CutTensor {
            name,
            shape: shape.to_vec(),
            values: (0..shape.iter().product()).map(value).collect(),
        }
    };
    let none: &[usize] = &[];
    let mut all = vec![tensor(
        "embed_tokens.weight".to_owned(),
        &[config.vocab_size, hidden],
        [none, &DEAD],
    )];
    for layer in 0..config.num_hidden_layers {
        let mut add = |part: &str, shape: &[usize], dead: [&[usize]; 2]| {
            all.push(tensor(format!("layers.{layer}.{part}.weight"), shape, dead));
        };
        add("self_attn.q_proj", &[32, hidden], [none, none]);
        add("self_attn.k_proj", &[16, hidden], [none, none]);
        add("self_attn.v_proj", &[16, hidden], [none, none]);
        add("self_attn.o_proj", &[hidden, 32], [&DEAD, none]);
        add("self_attn.q_norm", &[8], [none, none]);
        add("self_attn.k_norm", &[8], [none, none]);
        // A gate of zero stays shut: silu(0) = 0.
        add("mlp.gate_proj", &[inner, hidden], [&DEAD_INNER, none]);
        add("mlp.up_proj", &[inner, hidden], [none, none]);
        add("mlp.down_proj", &[hidden, inner], [&DEAD, none]);
        add("input_layernorm", &[hidden], [none, none]);
        add("post_attention_layernorm", &[hidden], [none, none]);
    }
    all.push(tensor("norm.weight".to_owned(), &[hidden], [none, none]));
    all
}

fn vectors(folder: &Path) -> Vec<Vec<f32>> {
    let source = ModelSource::Folder(folder.to_path_buf());
    let embedder = Embedder::open(&source, &EmbedderOptions::default()).unwrap();
    let texts = TEXTS.map(str::to_owned).to_vec();
    let found = embedder.embed(texts, InputKind::Document).unwrap();
    found.into_iter().map(|one| one.vector).collect()
}

fn assert_close(found: &[Vec<f32>], expected: &[Vec<f32>], most: f32) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= most, "{a} is not {b}");
        }
    }
}

#[test]
fn pruning_nothing_gives_the_same_vectors() {
    let place = Place::new();
    let output = place.path("same");
    let none = PruneOptions::default();
    let summary = prune(&tiny(), &place.calibration(), &none, &output).unwrap();
    assert_eq!(summary.after, summary.before);
    assert!((summary.hidden_share - 1.0).abs() < 1e-12);
    assert_close(&vectors(&output), &vectors(&tiny()), 0.0);
}

#[test]
fn planted_dead_dimensions_are_the_ones_dropped_and_nothing_changes() {
    let place = Place::new();
    let (source, output) = (place.planted(), place.path("smaller"));
    let options = PruneOptions {
        hidden: Some(HIDDEN - DEAD.len()),
        intermediate: Some(INTERMEDIATE - DEAD_INNER.len()),
        ..PruneOptions::default()
    };
    let summary = prune(&source, &place.calibration(), &options, &output).unwrap();
    assert!((summary.hidden_share - 1.0).abs() < 1e-12, "{summary:?}");
    assert!(
        summary
            .intermediate_shares
            .iter()
            .all(|share| (share - 1.0).abs() < 1e-12)
    );
    let alive = |vector: &Vec<f32>| -> Vec<f32> {
        let kept = vector
            .iter()
            .enumerate()
            .filter(|(at, _)| !DEAD.contains(at));
        kept.map(|(_, &value)| value).collect()
    };
    let expected: Vec<Vec<f32>> = vectors(&source).iter().map(alive).collect();
    assert_close(&vectors(&output), &expected, 2e-5);
}

#[test]
fn the_smaller_model_has_the_sizes_and_the_parameters_asked_for() {
    let place = Place::new();
    let (source, output) = (place.planted(), place.path("smaller"));
    let options = PruneOptions {
        hidden: Some(10),
        intermediate: Some(6),
        layers: Some(2),
        ..PruneOptions::default()
    };
    let summary = prune(&source, &place.calibration(), &options, &output).unwrap();
    // Tokens 273 * 10. A layer: q and o 32 * 10 each, k and v 16 * 10 each, head norms 2 * 8,
    // feed-forward 3 * 10 * 6, norms 2 * 10. The last norm 10.
    let layer = 2 * 320 + 2 * 160 + 16 + 180 + 20;
    let total = 273 * 10 + 2 * layer + 10;
    assert_eq!(summary.after.parameters(), total);
    let embedder = Embedder::open(
        &ModelSource::Folder(output.clone()),
        &EmbedderOptions::default(),
    )
    .unwrap();
    assert_eq!(
        (embedder.info().dimensions, embedder.info().parameters),
        (10, total)
    );
    let bytes = std::fs::read(output.join("model.safetensors")).unwrap();
    let stored = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let counts = stored
        .tensors()
        .into_iter()
        .map(|(_, view)| view.data().len() as u64 / 4);
    assert_eq!(counts.sum::<u64>(), total);
    assert!(
        summary.table().contains("| layers | 3 | 2 |"),
        "{}",
        summary.table()
    );
}

#[test]
fn a_smaller_vocabulary_keeps_the_rows_of_its_tokens() {
    let place = Place::new();
    let (source, output) = (place.planted(), place.path("smaller"));
    // 300 is the least a vocabulary is cut to, and the planted one has fewer.
    let checkpoint = Checkpoint::open(&ModelSource::Folder(source.clone()), true).unwrap();
    let texts = Calibration::read(&place.calibration(), &checkpoint).unwrap();
    let message = KeptTokens::choose(&source, &texts, 260).unwrap_err();
    assert!(message.to_string().contains("at least 300"), "{message}");
    let message = prune_vocabulary(&source, &place, 301, &output).unwrap_err();
    assert!(
        message.to_string().contains("the model has 273 tokens"),
        "{message}"
    );
    let kept = KeptTokens::choose(&source, &texts, 300).unwrap();
    // All 271 tokens and the two special ones, which come last as before.
    assert_eq!(kept.rows, (0..273).collect::<Vec<u32>>());
    let tokenizer = Tokenizer::from_str(std::str::from_utf8(&kept.json).unwrap()).unwrap();
    assert_eq!(tokenizer.token_to_id(END_TOKEN), Some(272));
    // Rows that are asked for in another order come in that order.
    let weights = checkpoint.tensors(&Device::Cpu).unwrap();
    let table = weights["embed_tokens.weight"].to_vec2::<f32>().unwrap();
    let seen = measure(&checkpoint, checkpoint.config(), &texts).unwrap();
    let all = Kept::choose(&seen, checkpoint.config()).unwrap();
    let cut = cut::cut(&source, weights, checkpoint.config(), &all, Some(&[7, 2])).unwrap();
    assert_eq!(cut[0].shape, [2, HIDDEN]);
    assert_eq!(cut[0].values, [table[7].clone(), table[2].clone()].concat());
}

fn prune_vocabulary(
    source: &Path,
    place: &Place,
    tokens: usize,
    output: &Path,
) -> Result<PruneSummary> {
    let options = PruneOptions {
        vocabulary: Some(tokens),
        ..PruneOptions::default()
    };
    prune(source, &place.calibration(), &options, output)
}

#[test]
fn a_target_larger_than_its_source_is_refused_with_every_size() {
    let place = Place::new();
    let output = place.path("larger");
    let options = PruneOptions {
        hidden: Some(49),
        intermediate: Some(0),
        layers: Some(4),
        vocabulary: Some(385),
        ..PruneOptions::default()
    };
    let error = prune(&tiny(), &place.calibration(), &options, &output).unwrap_err();
    let message = error.to_string();
    for expected in [
        "tiny",
        "`hidden` is 49, expected 1 to 48",
        "`intermediate` is 0, expected 1 to 96",
        "`layers` is 4, expected 1 to 3",
        "`vocabulary` is 385, the model has 384 tokens",
    ] {
        assert!(message.contains(expected), "{message} lacks {expected}");
    }
    assert!(!output.exists());
}

/// A copy of the tiny model, changed.
fn broken(place: &Place, file: &str, content: Option<&[u8]>) -> PathBuf {
    let folder = place.path("broken");
    std::fs::create_dir(&folder).unwrap();
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        std::fs::copy(tiny().join(name), folder.join(name)).unwrap();
    }
    match content {
        Some(bytes) => std::fs::write(folder.join(file), bytes).unwrap(),
        None => std::fs::remove_file(folder.join(file)).unwrap(),
    }
    folder
}

/// The message with what lies beneath it.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(one) = source {
        text = format!("{text}: {one}");
        source = one.source();
    }
    text
}

#[test]
fn missing_and_broken_checkpoints_name_what_is_wrong() {
    let weights = std::fs::read(tiny().join("model.safetensors")).unwrap();
    let config = std::fs::read_to_string(tiny().join("config.json")).unwrap();
    let deeper = config.replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");
    let wider = config.replace("\"hidden_size\": 48", "\"hidden_size\": 64");
    let cases: [(&str, Option<&[u8]>, &str); 5] = [
        ("config.json", None, "config.json"),
        ("model.safetensors", None, "model.safetensors"),
        (
            "model.safetensors",
            Some(&weights[..weights.len() - 9]),
            "model.safetensors",
        ),
        ("config.json", Some(deeper.as_bytes()), "layers.3."),
        ("config.json", Some(wider.as_bytes()), "[384, 48]"),
    ];
    for (file, content, expected) in cases {
        let place = Place::new();
        let folder = broken(&place, file, content);
        let none = PruneOptions::default();
        let output = place.path("out");
        let error = prune(&folder, &place.calibration(), &none, &output).unwrap_err();
        let message = chain(&error);
        assert!(message.contains(expected), "{message} lacks {expected}");
        assert!(!output.exists());
    }
    let place = Place::new();
    let none = PruneOptions::default();
    let nowhere = place.path("nowhere");
    let error = prune(&nowhere, &place.calibration(), &none, &place.path("out")).unwrap_err();
    assert!(chain(&error).contains("nowhere"), "{}", chain(&error));
}

#[test]
fn empty_calibration_and_writing_over_the_source_are_refused() {
    let place = Place::new();
    let none = PruneOptions::default();
    let empty = place.path("empty.txt");
    std::fs::write(&empty, "\n  \n").unwrap();
    let error = prune(&tiny(), &empty, &none, &place.path("out")).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("empty.txt") && message.contains("no text"),
        "{message}"
    );
    let lines = place.path("lines.jsonl");
    std::fs::write(&lines, "{\"text\": \"a\"}\n{\"body\": 1}\n").unwrap();
    let message = prune(&tiny(), &lines, &none, &place.path("out"))
        .unwrap_err()
        .to_string();
    assert!(message.contains("lines.jsonl` line 2"), "{message}");
    let error = prune(&tiny(), &place.calibration(), &none, &tiny()).unwrap_err();
    assert!(error.to_string().contains("another folder"), "{error}");
}

#[test]
fn special_tokens_inside_the_vocabulary_are_refused() {
    let place = Place::new();
    let error = prune_vocabulary(&tiny(), &place, 320, &place.path("out")).unwrap_err();
    assert!(
        error.to_string().contains("in `model.vocab` as well"),
        "{error}"
    );
}

#[test]
fn long_texts_are_read_to_their_limit_with_the_end_token_last() {
    let place = Place::new();
    let source = place.planted();
    let checkpoint = Checkpoint::open(&ModelSource::Folder(source), true).unwrap();
    let path = place.path("long.jsonl");
    let long = "x ".repeat(300);
    std::fs::write(
        &path,
        format!("{{\"text\": \"{long}\"}}\n{{\"text\": \"b\"}}\n"),
    )
    .unwrap();
    let texts = Calibration::read(&path, &checkpoint).unwrap();
    let end = checkpoint.tokenizer().end_token();
    // The planted model reads 64 tokens.
    assert_eq!(texts.lists.list(0).len(), 64);
    assert_eq!(texts.lists.list(0).last(), Some(&end));
    assert_eq!(texts.lists.list(1).len(), 2);
    let lengths: BTreeMap<usize, usize> = texts
        .batches()
        .map(|batch| (batch.lengths.len(), batch.tokens.len()))
        .collect();
    assert_eq!(lengths, BTreeMap::from([(2, 66)]));
}

#[test]
fn a_factorised_table_of_enough_rank_changes_nothing() {
    let place = Place::new();
    // Nothing writes to the dead dimensions, so the table has at most this rank.
    let rank = HIDDEN - DEAD.len();
    let (source, output) = (place.planted(), place.path("factorised"));
    let options = PruneOptions {
        table_rank: Some(rank),
        ..PruneOptions::default()
    };
    let summary = prune(&source, &place.calibration(), &options, &output).unwrap();
    let share = summary.table_share.unwrap();
    assert!((share - 1.0).abs() < 1e-4, "{share}");
    assert_eq!(summary.after.embedding_size, Some(rank));
    assert_close(&vectors(&output), &vectors(&source), 1e-4);
    let source_of = ModelSource::Folder(output.clone());
    let embedder = Embedder::open(&source_of, &EmbedderOptions::default()).unwrap();
    assert_eq!(embedder.info().parameters, summary.after.parameters());
    // Pruned again without a rank, it stays as it is.
    let again = place.path("again");
    let none = PruneOptions::default();
    let summary = prune(&output, &place.calibration(), &none, &again).unwrap();
    assert_eq!(summary.after.embedding_size, Some(rank));
    assert_close(&vectors(&again), &vectors(&source), 1e-4);
}

#[test]
fn a_table_of_less_rank_says_what_is_left_and_a_wrong_rank_is_refused() {
    let place = Place::new();
    let (source, output) = (place.planted(), place.path("factorised"));
    let options = |rank| PruneOptions {
        table_rank: Some(rank),
        ..PruneOptions::default()
    };
    let summary = prune(&source, &place.calibration(), &options(8), &output).unwrap();
    let share = summary.table_share.unwrap();
    assert!(share > 0.3 && share < 0.95, "{share}");
    assert!(
        summary
            .table()
            .contains("| values of a token's row | 24 | 8 |")
    );
    for rank in [0, HIDDEN] {
        let error = prune(&source, &place.calibration(), &options(rank), &output).unwrap_err();
        assert!(error.to_string().contains("expected 1 to 23"), "{error}");
    }
}
