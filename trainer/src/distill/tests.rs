//! The whole static stage on a few texts: it learns, resumes exactly and stops in time.

use std::collections::HashMap;

use rand::Rng;
use tempfile::TempDir;

use super::batch::{Batch, BatchOptions, Taught};
use super::checkpoint::State;
use super::objective::Objective;
use super::run::{DistillOptions, Inputs, Place, last_scores, run, run_to};
use super::targets::Targets;
use super::transformer::{self as layers, TransformerOptions};
use crate::data::pairs::{CropOptions, PairSampler};
use crate::data::split::Split;
use crate::data::texts::Text;
use crate::data::token_lists::TokenLists;
use crate::error::{Error, ErrorKind};
use crate::fixture;
use crate::loss::prefix::UnitPrefix;
use crate::matrix::Matrix;
use crate::seed::Seed;
use crate::table::bag;
use crate::transformer::{self, losses::LossOptions, start::Shape, train::TrainOptions};

const DIMENSIONS: usize = 16;
const VOCABULARY: usize = 1_000;

struct World {
    texts: Vec<Text>,
    lists: TokenLists,
    targets: Targets,
    folder: TempDir,
}

impl World {
    /// Words are numbered as they come; a text's target is the sum of random directions of its
    /// words, so that a table can copy it.
    fn new() -> Self {
        let texts = fixture::texts(60);
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut lists = TokenLists::new();
        let mut vectors = Matrix::zeros(texts.len(), DIMENSIONS);
        for (row, text) in texts.iter().enumerate() {
            let words = text.text.split(' ').map(|word| {
                let next = numbers.len() as u32;
                *numbers.entry(word.to_owned()).or_insert(next)
            });
            let list: Vec<u32> = words.collect();
            for &word in &list {
                let mut random = Seed(11).stream("word", u64::from(word));
                for value in vectors.row_mut(row) {
                    *value += random.random_range(-1.0f32..1.0);
                }
            }
            lists.push(&list);
        }
        let vectors = UnitPrefix::of(&vectors, 0..texts.len(), DIMENSIONS).unit;
        assert!(numbers.len() <= VOCABULARY);
        let targets = Targets {
            of_texts: vectors.rows,
            vectors,
            share: 1.0,
        };
        Self {
            texts,
            lists,
            targets,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            texts: &self.texts,
            parallels: &[],
            lists: &self.lists,
            dimensions: DIMENSIONS,
            vocabulary: VOCABULARY,
            targets: &self.targets,
            seed: Seed(1),
        }
    }

    fn place(&self, name: &str) -> Place {
        Place {
            checkpoint: self.folder.path().join(format!("{name}.safetensors")),
            metrics: self.folder.path().join(format!("{name}.jsonl")),
            recipe: "r1".to_owned(),
        }
    }
}

fn options(steps: usize) -> DistillOptions {
    let crop = CropOptions {
        tokens_min: 2,
        tokens_max: 8,
        keep_share: 0.3,
        drop_share: 0.1,
    };
    DistillOptions {
        steps,
        learning_rate: 0.02,
        start_length: 1.0,
        batch: BatchOptions {
            texts: 32,
            words: 0,
            titles: 16,
            translations: 16,
            parallels: 16,
            crops: 16,
            crop,
        },
        objective: Objective {
            lengths: vec![(16, 1.0), (8, 0.5)],
            copy: 1.0,
            similarity: 0.1,
            contrastive: 0.3,
            temperature: 0.05,
        },
        language_temper: 0.5,
        tokens_max: 64,
        held_out_share: 0.1,
        save_every_steps: 10,
    }
}

#[test]
fn the_objective_has_the_gradient_of_its_total() {
    let world = World::new();
    let split = Split::of(&world.texts, 0.0, Seed(1));
    let sampler = PairSampler::new(&world.texts, &split, &world.lists, 0.5);
    let options = options(1);
    let taught = Taught {
        texts: (0..15).map(|row| (row, row)).collect(),
        words: (15..20).map(|row| (row, row)).collect(),
    };
    let batch_options = BatchOptions {
        texts: 4,
        words: 3,
        titles: 4,
        translations: 4,
        parallels: 0,
        crops: 4,
        ..options.batch
    };
    let batch = Batch::draw(
        &world.lists,
        &taught,
        &sampler,
        &batch_options,
        (Seed(3), 0),
    );
    assert_eq!(batch.targets.len(), 7);
    assert!(batch.targets[..4].iter().all(|row| *row < 15));
    assert!(batch.targets[4..].iter().all(|row| *row >= 15));
    let mut random = Seed(3).stream("table", 0);
    let mut table = Matrix::zeros(VOCABULARY, DIMENSIONS);
    table
        .values
        .iter_mut()
        .for_each(|value| *value = random.random_range(-1.0..1.0));
    let vectors = bag::means(&table, &batch.lists);
    let mut objective = options.objective;
    // Sharp contrasts bend too much for differences of f32.
    objective.temperature = 0.5;
    let of = |vectors: &Matrix| {
        objective
            .of(vectors, &batch, &world.targets.vectors)
            .unwrap()
    };
    let (_, gradient) = of(&vectors);
    for at in (0..vectors.values.len()).step_by(7) {
        let step = 2e-3f32;
        let moved = |by: f32| {
            let mut moved = vectors.clone();
            moved.values[at] += by;
            of(&moved).0.total
        };
        let slope = (moved(step) - moved(-step)) / f64::from(2.0 * step);
        let found = f64::from(gradient.values[at]);
        assert!(
            (slope - found).abs() < 5e-3 * (1.0 + slope.abs()),
            "{at}: {slope} and {found}"
        );
    }
}

#[test]
fn training_lowers_the_loss_and_finds_held_out_texts() {
    let world = World::new();
    let place = world.place("learn");
    let mut options = options(80);
    // The fixture's pairs share few words, so contrast would pull away from the teacher.
    options.objective.contrastive = 0.01;
    options.objective.similarity = 0.01;
    run(&world.inputs(), &options, &place).unwrap();
    let lines = std::fs::read_to_string(&place.metrics).unwrap();
    let copies: Vec<f64> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["copy"]
                .as_f64()
                .unwrap()
        })
        .collect();
    assert_eq!(copies.len(), 8);
    assert!(copies[7] < 0.5 * copies[0], "{copies:?}");
    assert_eq!(last_scores(&place).unwrap().len(), 2);
}

#[test]
fn stopping_and_resuming_gives_the_same_weights() {
    let world = World::new();
    let (whole, parts) = (world.place("whole"), world.place("parts"));
    let unbroken = run(&world.inputs(), &options(30), &whole).unwrap();
    let first = run_to(&world.inputs(), &options(30), &parts, 13).unwrap();
    assert_eq!(first.step, 13);
    let resumed = run(&world.inputs(), &options(30), &parts).unwrap();
    assert_eq!(resumed, unbroken);
    assert_eq!(State::open(&parts.checkpoint, "r1").unwrap(), unbroken);
}

#[test]
fn threads_do_not_change_the_weights() {
    let world = World::new();
    let train = |threads: usize, name: &str| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            run(&world.inputs(), &options(12), &world.place(name))
                .unwrap()
                .table
        })
    };
    assert_eq!(train(1, "one"), train(2, "two"));
}

#[test]
fn a_loss_that_is_no_number_stops_and_keeps_the_last_checkpoint() {
    let mut world = World::new();
    let place = world.place("broken");
    let good = run_to(&world.inputs(), &options(30), &place, 10).unwrap();
    world.targets.vectors.values.fill(f32::NAN);
    let error = run(&world.inputs(), &options(30), &place).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged);
    let Error::LossNotFinite {
        step, checkpoint, ..
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!((*step, checkpoint), (10, &place.checkpoint));
    assert_eq!(State::open(&place.checkpoint, "r1").unwrap(), good);
}

#[test]
fn a_checkpoint_of_another_recipe_or_a_broken_one_is_refused() {
    let world = World::new();
    let place = world.place("kept");
    run_to(&world.inputs(), &options(30), &place, 2).unwrap();
    let other = Place {
        recipe: "r2".to_owned(),
        ..place.clone()
    };
    let message = run(&world.inputs(), &options(30), &other)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("recipe r1") && message.contains("r2"),
        "{message}"
    );
    let bytes = std::fs::read(&place.checkpoint).unwrap();
    std::fs::write(&place.checkpoint, &bytes[..bytes.len() / 2]).unwrap();
    let error = run(&world.inputs(), &options(30), &place).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("kept.safetensors"), "{error}");
}

#[test]
fn a_save_that_fails_is_an_error_and_the_old_checkpoint_opens() {
    let world = World::new();
    let place = world.place("full");
    let first = run_to(&world.inputs(), &options(30), &place, 10).unwrap();
    // A folder where the new checkpoint would be written: what a full disk does to the write.
    std::fs::create_dir(place.checkpoint.with_extension("partial")).unwrap();
    let error = run(&world.inputs(), &options(30), &place).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(State::open(&place.checkpoint, "r1").unwrap(), first);
}

#[test]
fn the_transformer_stage_starts_at_the_table_learns_and_resumes() {
    let world = World::new();
    let mut statics = options(20);
    statics.batch.parallels = 0;
    let table = run(&world.inputs(), &statics, &world.place("static"))
        .unwrap()
        .table;
    let layers = TransformerOptions {
        shape: Shape {
            layers: 2,
            head_dim: 8,
            intermediate: 16,
            tokens_max: 64,
        },
        train: TrainOptions {
            steps: 12,
            learning_rate: 1e-3,
            warm_up_steps: 2,
            loss: LossOptions {
                lengths: vec![16, 8],
                temperature: 0.05,
                distillation: 1.0,
            },
            save_every_steps: 6,
        },
        batch: 8,
        tokens_max: vec![8, 64],
    };
    let place = transformer::train::Place {
        checkpoint: world.folder.path().join("transformer.safetensors"),
        metrics: world.folder.path().join("transformer.jsonl"),
        recipe: "r1".to_owned(),
    };
    let end = VOCABULARY as u32 - 1;
    let stages = (&statics, &layers);
    let state = layers::run(&world.inputs(), stages, (&table, end), &place).unwrap();
    assert_eq!(state.adamw.step, 12);
    let lines = transformer::train::read_lines(&place.metrics).unwrap();
    let sources: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line.source.as_str()).collect();
    assert!(sources.len() > 1, "{sources:?}");
    // Texts whose vectors are copied have no contrast, pairs have nothing else.
    for line in &lines {
        assert_eq!(line.loss_distillation.is_some(), line.source == "texts");
        assert_eq!(line.loss_in_batch.is_none(), line.source == "texts");
    }
    // A finished run is opened and not trained again.
    let again = layers::run(&world.inputs(), stages, (&table, end), &place).unwrap();
    assert!(again.weights.table == state.weights.table);
}
