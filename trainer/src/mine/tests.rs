//! From a file to lines, and what is refused.

use embedder::{EmbedderOptions, ModelSource};
use serde_json::json;

use super::*;
use crate::mine::output::Line;

fn built_in() -> Embedder {
    Embedder::open(&ModelSource::BuiltIn, &EmbedderOptions::default()).unwrap()
}

fn records(folder: &Path) -> PathBuf {
    let things = [
        "river", "engine", "violin", "harvest", "window", "bridge", "garden", "letter", "market",
    ];
    let line = |thing: &&str| {
        let body = format!("Everything there is to say about a {thing}, said at length.");
        format!(
            "{}\n",
            json!({"title": format!("What is a {thing}?"), "body": body})
        )
    };
    let path = folder.join("records.jsonl");
    let lines: String = things.iter().map(line).collect();
    std::fs::write(&path, lines + "{\"title\": \"Nothing\", \"body\": \"\"}\n").unwrap();
    path
}

fn options() -> MineOptions {
    MineOptions {
        mined: 6,
        drawn: 3,
        margin: 0.01,
        ..MineOptions::default()
    }
}

#[test]
fn a_file_becomes_lines_of_query_positive_and_negatives() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("pairs.jsonl");
    let summary = mine_file(&built_in(), &records(folder.path()), &options(), &output).unwrap();
    assert_eq!((summary.written, summary.unpaired), (9, 1), "{summary:?}");
    let text = std::fs::read_to_string(&output).unwrap();
    let lines: Vec<Line> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 9);
    for line in &lines {
        let thing = line
            .query
            .trim_start_matches("What is a ")
            .trim_end_matches('?');
        assert!(line.positive.contains(thing), "{line:?}");
        assert_eq!(line.negatives.len(), 3);
        assert!(
            line.negatives.iter().all(|text| !text.contains(thing)),
            "{line:?}"
        );
    }
}

#[test]
fn a_file_without_enough_negatives_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("pairs.jsonl");
    let many = MineOptions {
        mined: 24,
        drawn: 20,
        ..options()
    };
    let error = mine_file(&built_in(), &records(folder.path()), &many, &output).unwrap_err();
    assert!(
        error.to_string().contains("9 pairs with too few negatives"),
        "{error}"
    );
    assert!(!output.exists());
}

#[test]
fn impossible_options_are_refused() {
    let check = |change: &dyn Fn(&mut MineOptions)| {
        let mut options = options();
        change(&mut options);
        options.check().unwrap_err().to_string()
    };
    assert!(check(&|options| options.kinds.clear()).contains("no kind of pairs"));
    assert!(check(&|options| options.mined = 0).contains("`mined` is 0"));
    assert!(check(&|options| options.mined = 1_001).contains("1 to 1000"));
    assert!(check(&|options| options.drawn = 7).contains("expected 1 to 6"));
    assert!(check(&|options| options.drawn = 0).contains("`negatives` is 0"));
    assert!(check(&|options| options.margin = 1.0).contains("`margin` is 1"));
    assert!(check(&|options| options.margin = f64::NAN).contains("`margin` is NaN"));
    assert!(options().check().is_ok());
}

#[test]
fn an_address_that_is_none_and_a_depth_that_is_too_small_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("pairs.jsonl");
    let mut collection = ServedCollection {
        url: "nothing".to_owned(),
        key_file: None,
        certificates: None,
        name: "docs".to_owned(),
        depth: 100,
    };
    let error = mine_collection(&collection, &options(), &output).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{error}");
    collection.depth = 5;
    let error = mine_collection(&collection, &options(), &output).unwrap_err();
    assert!(error.to_string().contains("expected 6"), "{error}");
    collection.depth = 100;
    collection.key_file = Some(folder.path().join("no-key"));
    let error = mine_collection(&collection, &options(), &output).unwrap_err();
    assert!(error.to_string().contains("no-key"), "{error}");
    assert_eq!(error.kind(), crate::ErrorKind::NotFound);
    assert!(!output.exists());
}
