//! The conformance cases, through the Rust client. `conformance/README.md` describes their form.

mod calls;
mod matching;

use std::path::Path;

use kukla_client::{Client, Error, ErrorKind};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::Process;
use matching::{Saved, expand, mismatch};

const LANGUAGE: &str = "rust";

/// Every case with its file's name.
fn cases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let stem = path.file_stem().unwrap().to_string_lossy();
        for case in file["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            cases.push((format!("{stem}: {name}"), case.clone()));
        }
    }
    cases
}

fn word(kind: ErrorKind) -> String {
    let word = format!("{kind:?}");
    let mut snake = String::new();
    for (index, letter) in word.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// An error in the form that the cases describe.
fn described(error: &Error) -> Value {
    let (status, line) = match error {
        Error::Server(problem) => (Some(problem.status), None),
        Error::ImportEnded { line, .. } => (None, Some(*line)),
        _ => (None, None),
    };
    json!({
        "kind": word(error.kind()),
        "status": status,
        "code": error.code(),
        "field": error.field(),
        "line": line,
    })
}

/// Makes the calls of a case and says what is not as expected.
async fn run(client: &Client, case: &Value) -> Result<(), String> {
    let mut saved = Saved::new();
    for (index, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let call = step["call"].as_str().unwrap();
        let place = format!("step {}, {call}", index + 1);
        let arguments = expand(&step["arguments"], &saved, 0);
        let made = match (
            calls::make(client, call, &arguments).await,
            step.get("error"),
        ) {
            (Ok(made), None) => made,
            (Err(error), Some(pattern)) => {
                mismatch(pattern, &described(&error), &saved, &place)?;
                continue;
            }
            (Ok(made), Some(_)) => return Err(format!("{place} succeeded: {}", made.answer)),
            (Err(error), None) => return Err(format!("{place}: {error}")),
        };
        if let Some(pattern) = step.get("answer") {
            mismatch(pattern, &made.answer, &saved, &place)?;
        }
        if let Some(pattern) = step.get("faults") {
            mismatch(pattern, &made.faults, &saved, &format!("{place}: faults"))?;
        }
        for (name, pointer) in step["save"].as_object().into_iter().flatten() {
            let found = made.answer.pointer(pointer.as_str().unwrap());
            let found = found.ok_or_else(|| format!("{place}: nothing at {pointer}"))?;
            saved.insert(name.clone(), found.clone());
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_conformance_case_holds() {
    let folder = tempdir().unwrap();
    let process = Process::start(&folder.path().join("data")).await;
    let (mut held, mut left_out, mut problems) = (0, 0, Vec::new());
    for (name, case) in cases() {
        if case["left_out"].get(LANGUAGE).is_some() {
            left_out += 1;
            continue;
        }
        match run(&process.client, &case).await {
            Ok(()) => held += 1,
            Err(problem) => problems.push(format!("{name}: {problem}")),
        }
    }
    println!("skipped: {left_out} conformance cases that are left out in Rust");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(held > 30, "only {held} cases were run");
}

#[test]
fn the_matcher_can_fail() {
    let value = json!({"a": [1, "x", null, true], "vector": [0.6, 0.8]});
    let wrong = [
        json!({"a": [1, "x"]}),
        json!({"a": [1.1, "x", null, true]}),
        json!({"a": [1, "x", null, 1]}),
        json!({"b": 1}),
        json!({"vector": {"$unit": 3}}),
        json!({"vector": {"$kind": "string"}}),
        json!({"a": {"$length": 3}}),
    ];
    for pattern in wrong {
        let found = mismatch(&pattern, &value, &Saved::new(), "");
        assert!(found.is_err(), "{pattern}");
    }
    let right = [
        json!({"a": [1.00001, "x", null, true]}),
        json!({"vector": {"$unit": 2}}),
        json!({"b": null}),
    ];
    for pattern in right {
        assert_eq!(mismatch(&pattern, &value, &Saved::new(), ""), Ok(()));
    }
}
