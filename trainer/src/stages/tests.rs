//! One command from texts to a folder, with the small BERT folder as the teacher.

use tempfile::TempDir;

use super::*;
use crate::fixture;

const RECIPE: &str = r#"
name = "small"
seed = 1

[inputs]
texts = "texts.jsonl"
parallels = []
words = ""
teacher_codes = "codes.npy"
teacher_scales = "scales.npy"
tokenizer = "tiny/tokenizer.json"

[inputs.lexicon]
words = "words.jsonl"
codes = "word-codes.npy"
scales = "word-scales.npy"

[teacher]
kind = "bert"
folder = "bert"
query_prompt = "query: "
passage_prompt = "passage: "
tokens_max = 16
texts = 50

[vocabulary]
tokens = 320
language_temper = 0.5
scripts = {}
join_marks = false
learned = {}

[student]
dimensions = 8
lengths = [8, 4]
length_weights = [1.0, 0.5]

[distill]
steps = 2
learning_rate = 0.01
start_length = 1.0
texts = 8
words = 4
titles = 4
translations = 2
parallels = 0
crops = 4
copy = 1.0
similarity = 0.02
contrastive = 0.5
temperature = 0.05
language_temper = 0.5
tokens_max = 64
held_out_share = 0.1
save_every_steps = 2

[distill.crop]
tokens_min = 2
tokens_max = 8
keep_share = 0.3
drop_share = 0.1

[export]
tokens_max = 512
bits = 8
flatten = 0.5
query_prompt = ""
card = "card.md"

[export.weigh]
length = 0.5
rarity = 0.75
"#;

fn workplace() -> (Workplace, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    // The small teacher knows letters and no digits.
    let lettered = |text: &str| -> String {
        let letter = |c: char| {
            c.to_digit(10)
                .map_or(c, |digit| (b'k' + digit as u8) as char)
        };
        text.chars().map(letter).collect()
    };
    let line = |text: &Text| {
        let role = match text.role {
            texts::Role::Query => "query",
            texts::Role::Passage => "passage",
        };
        let line = serde_json::json!({
            "text": lettered(&text.text), "lang": text.lang, "role": role, "pair": text.pair,
        });
        format!("{line}\n")
    };
    let texts: String = fixture::texts(20).iter().map(line).collect();
    std::fs::write(folder.path().join("texts.jsonl"), texts).unwrap();
    let words: String = ["doll", "nest", "inside", "another", "one", "that"]
        .iter()
        .map(|word| {
            format!("{{\"text\":\"{word}\",\"lang\":\"en\",\"role\":\"query\",\"pair\":null}}\n")
        })
        .collect();
    std::fs::write(folder.path().join("words.jsonl"), words).unwrap();
    std::fs::write(folder.path().join("card.md"), "# small\n").unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let workplace = Workplace {
        recipe: Recipe::parse(RECIPE).unwrap(),
        folder: folder.path().to_path_buf(),
        inputs: vec![
            folder.path().to_path_buf(),
            data,
            fixture::tiny_model().parent().unwrap().to_path_buf(),
        ],
        work: folder.path().join("work"),
        teacher_key: None,
    };
    (workplace, folder)
}

#[test]
fn a_recipe_with_a_teacher_needs_texts_alone() {
    let (workplace, folder) = workplace();
    distill(&workplace).unwrap();
    let output = folder.path().join("model");
    export(&workplace, &output, &[]).unwrap();
    let source = ModelSource::Folder(output);
    let embedder = Embedder::open(&source, &EmbedderOptions::default()).unwrap();
    assert_eq!(embedder.info().dimensions, 8);
    // The first texts and all words have a vector, and none is computed twice.
    assert_eq!(embed(&workplace).unwrap(), 50 + 6);
    let paths = ["teacher-i8.npy", "teacher-scale.npy"].map(|name| workplace.work.join(name));
    let vectors = TeacherVectors::read(&paths[0], &paths[1]).unwrap();
    assert_eq!((vectors.rows(), vectors.dimensions), (50, 24));
    // Given as inputs they are taken from there.
    for (file, name) in paths.iter().zip(["codes.npy", "scales.npy"]) {
        files::put(file, &folder.path().join(name)).unwrap();
    }
    assert_eq!(embed(&workplace).unwrap(), 50 + 6);
    assert!(!paths[0].exists());
}

#[test]
fn one_file_of_two_and_no_teacher_are_errors() {
    let (mut workplace, folder) = workplace();
    std::fs::write(folder.path().join("scales.npy"), "scales").unwrap();
    let message = embed(&workplace).unwrap_err().to_string();
    assert!(message.contains("scales.npy"), "{message}");
    assert!(message.contains("`codes.npy` is in none"), "{message}");
    workplace.recipe.teacher = None;
    let message = embed(&workplace).unwrap_err().to_string();
    assert!(message.contains("`codes.npy` is in none"), "{message}");
}
