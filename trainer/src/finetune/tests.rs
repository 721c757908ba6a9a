//! From the tiny model's folder and a file of examples to a folder that the embedder opens.

use embedder::{Embedder, EmbedderOptions, InputKind};
use tempfile::TempDir;

use super::*;
use crate::error::ErrorKind;
use crate::fixture;
use crate::matrix::dot;
use crate::transformer::train::read_lines;
use crate::transformer::weights::Weights;

const RECIPE: &str = r#"
name = "tuned"
seed = 1

[inputs]
model = "tiny"
examples = ["pairs.jsonl"]
teacher = "tiny"

[finetune]
steps = 6
learning_rate = 1e-3
warm_up_steps = 2
batch = 4
tokens_max = [16, 64]
lengths = [48, 32, 8]
temperature = 0.05
distillation = 1.0
save_every_steps = 4

[export]
quantize = true
card = "card.md"
"#;

fn workplace(recipe: &str) -> (Workplace, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..12)
        .map(|at| {
            format!(
                "{{\"query\":\"what is thing {at}?\",\"positive\":\"Thing {at} is a thing.\",\
                 \"negatives\":[\"Thing {} is.\",\"Nothing {at}.\"]}}",
                at + 1
            )
        })
        .collect();
    std::fs::write(folder.path().join("pairs.jsonl"), lines.join("\n")).unwrap();
    std::fs::write(folder.path().join("card.md"), "# tuned\n\nA test.\n").unwrap();
    let workplace = Workplace {
        recipe: FinetuneRecipe::parse(recipe).unwrap(),
        folder: folder.path().to_path_buf(),
        inputs: vec![
            folder.path().to_path_buf(),
            fixture::tiny_model().parent().unwrap().to_path_buf(),
        ],
        work: folder.path().join("work"),
    };
    (workplace, folder)
}

#[test]
fn a_folder_goes_in_and_a_trained_folder_comes_out() {
    let (workplace, folder) = workplace(RECIPE);
    let output = folder.path().join("out");
    finetune_to(&workplace, 3).unwrap();
    let message = export(&workplace, &output, &[]).unwrap_err().to_string();
    assert!(message.contains("step 3 of 6"), "{message}");
    let state = finetune(&workplace).unwrap();
    export(&workplace, &output, &[]).unwrap();
    let card = std::fs::read_to_string(output.join("README.md")).unwrap();
    assert!(
        card.contains("A test.") && card.contains("| steps | 6 |"),
        "{card}"
    );
    let lines = read_lines(&workplace.place().metrics).unwrap();
    let parts = |line: &crate::transformer::train::Line| {
        line.loss_in_batch.unwrap() + line.loss_hard.unwrap() + line.loss_distillation.unwrap()
    };
    assert_eq!(lines.len(), 6);
    assert!(
        lines
            .iter()
            .all(|line| (line.loss - parts(line)).abs() < 1e-3 * line.loss)
    );
    // The teacher is the start itself: the first step has nothing to copy.
    assert!(lines[0].loss_distillation.unwrap() < 1e-6);
    assert!(lines[5].loss_distillation.unwrap() > 1e-6);
    // What was written says what was trained, but for the rounding of int8 and f16.
    let source = ModelSource::Folder(output);
    let checkpoint = Checkpoint::open(&source, true).unwrap();
    let mut lists = crate::data::token_lists::TokenLists::new();
    let text = "A doll that nests inside another doll.";
    lists.push(&checkpoint.tokenizer().encode("", text).unwrap());
    let state = state.weights.forward(&lists).unwrap().states;
    let state: Vec<f32> = state.flatten_all().unwrap().to_vec1().unwrap();
    let embedder = Embedder::open(&source, &EmbedderOptions::default()).unwrap();
    let found = embedder
        .embed(vec![text.to_owned()], InputKind::Document)
        .unwrap();
    let cosine = dot(&state, &found[0].vector) / dot(&state, &state).sqrt();
    assert!(cosine > 0.999, "{cosine}");
}

#[test]
fn a_recipe_that_does_not_fit_its_model_says_so() {
    for (from, to, problem) in [
        (
            "lengths = [48, 32, 8]",
            "lengths = [64, 8]",
            "starts with 64, and the model has 48",
        ),
        (
            "tokens_max = [16, 64]",
            "tokens_max = [16, 4096]",
            "has 4096, and the model reads 2048",
        ),
        (
            "examples = [\"pairs",
            "examples = [\"missing",
            "`missing.jsonl` is in none",
        ),
        (
            "model = \"tiny\"",
            "model = \"large\"",
            "`large` is in none",
        ),
    ] {
        let (workplace, _folder) = workplace(&RECIPE.replace(from, to));
        let error = finetune(&workplace).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
    let (workplace, _folder) = workplace(RECIPE);
    let student = workplace.open("tiny").unwrap();
    let error = Teacher::open(student, 64).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(
        error
            .to_string()
            .contains("48 dimensions and the student 64"),
        "{error}"
    );
}

#[test]
fn all_problems_of_a_recipe_are_reported_at_once_with_their_keys() {
    let bad = RECIPE
        .replace("batch = 4", "batch = 1")
        .replace("[48, 32, 8]", "[8, 48]")
        .replace("examples = [\"pairs.jsonl\"]", "examples = []")
        .replace("warm_up_steps = 2", "warm_up_steps = 7")
        .replace("quantize = true", "quantise = true");
    let problems = FinetuneRecipe::parse(&bad).unwrap_err();
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let expected = [
        "`inputs.examples`: must name a file",
        "`finetune.batch`: is 1, expected a whole number from 2",
        "`finetune.lengths`: must descend",
        "`finetune.warm_up_steps`: is 7, expected a whole number from 0 to 6",
        "`export.quantize`: is missing",
        "`export.quantise`: is not a key",
    ];
    for expected in expected {
        assert!(
            problems.iter().any(|one| one.starts_with(expected)),
            "{expected}: {problems:#?}"
        );
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

#[test]
fn adapters_resume_to_the_same_values_and_are_merged_into_the_folder() {
    let lora = "[finetune.lora]\nrank = 4\nalpha = 8.0\n\n[export]";
    let recipe = RECIPE
        .replace("[export]", lora)
        .replace("quantize = true", "quantize = false");
    let (whole, folder) = workplace(&recipe);
    let mut parts = whole.clone();
    parts.work = folder.path().join("parts");
    let unbroken = finetune(&whole).unwrap();
    finetune_to(&parts, 3).unwrap();
    finetune(&parts).unwrap();
    let resumed = State::open(&parts.place().checkpoint, &parts.recipe.fingerprint).unwrap();
    assert!(unbroken.adamw == resumed.adamw, "the moments differ");
    let values =
        |var: &candle_core::Var| -> Vec<f32> { var.flatten_all().unwrap().to_vec1().unwrap() };
    let [one, other] = [&unbroken, &resumed].map(|state| state.weights.adapters.as_ref().unwrap());
    assert_eq!(one.options, other.options);
    assert_eq!(one.tensors.len(), other.tensors.len());
    for (name, var) in &one.tensors {
        assert!(
            values(var) == values(&other.tensors[name]),
            "`{name}` differs"
        );
        let is_moved = values(var).iter().any(|value| *value != 0.0);
        assert!(is_moved, "`{name}` was not trained");
    }
    // What is not an adapter stays as it was.
    let start = Weights::open(&whole.open("tiny").unwrap()).unwrap();
    assert!(start.table == resumed.weights.table, "the table moved");
    for (name, var) in &start.tensors {
        assert!(
            values(var) == values(&resumed.weights.tensors[name]),
            "`{name}` moved"
        );
    }
    let output = folder.path().join("out");
    export(&parts, &output, &[]).unwrap();
    let source = ModelSource::Folder(output);
    let opened = Checkpoint::open(&source, true).unwrap();
    let merged = Weights::open(&opened).unwrap();
    let mut lists = crate::data::token_lists::TokenLists::new();
    let text = "A doll that nests inside another doll.";
    lists.push(&opened.tokenizer().encode("", text).unwrap());
    let state = |weights: &Weights| -> Vec<f32> {
        let states = weights.forward(&lists).unwrap().states;
        states.flatten_all().unwrap().to_vec1().unwrap()
    };
    let (found, expected) = (state(&merged), state(&resumed.weights));
    let cosine =
        |one: &[f32], other: &[f32]| dot(one, other) / (dot(one, one) * dot(other, other)).sqrt();
    assert!(cosine(&found, &expected) > 0.999_999);
    assert!(cosine(&state(&start), &expected) < 0.999_9);
}

#[test]
fn adapters_without_a_size_are_recipe_problems() {
    let bad = RECIPE.replace("[export]", "[finetune.lora]\nrank = 0\n\n[export]");
    let problems = FinetuneRecipe::parse(&bad).unwrap_err();
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(
        problems[0].starts_with("`finetune.lora.rank`: is 0"),
        "{problems:#?}"
    );
    assert!(
        problems[1].starts_with("`finetune.lora.alpha`: is missing"),
        "{problems:#?}"
    );
}
