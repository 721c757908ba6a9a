use clap::Parser as _;
use serde_json::{Value, json};

use super::Mapping;
use crate::args::{Args, Command};

fn map(flags: &[&str], line: &str) -> Result<Value, String> {
    let base = ["kukla", "import", "a.jsonl", "--collection", "c"];
    let args = Args::parse_from(base.iter().chain(flags));
    let Command::Import(args) = args.command else {
        panic!("not an import");
    };
    let point = Mapping::new(&args).point(line, 42)?;
    Ok(serde_json::to_value(point).expect("JSON"))
}

#[test]
fn the_usual_keys_are_read() {
    let line = r#"{"_id":"d1","title":" Cats ","text":"They sit.","lang":"en"}"#;
    let expected = json!({"id": "d1", "text": "Cats\nThey sit.", "payload": {"title": " Cats ", "lang": "en"}});
    assert_eq!(map(&[], line), Ok(expected));
    let line = r#"{"id":1,"text":"x","payload":{"a":1}}"#;
    assert_eq!(
        map(&[], line),
        Ok(json!({"id": 1, "text": "x", "payload": {"a": 1}}))
    );
    let line = r#"{"id":1,"vector":[1,2]}"#;
    assert_eq!(map(&[], line), Ok(json!({"id": 1, "vector": [1, 2]})));
}

#[test]
fn a_line_of_an_export_is_a_point_already() {
    let line = r#"{"id":1,"text":"x","payload":{"title":"t"},"model_fingerprint":"f","chunks":[{"start":0,"end":1,"vector":[1]}],"expires_at":5}"#;
    let expected: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(map(&[], line), Ok(expected));
    let line = r#"{"id":1,"text":"x","chunks":["other"]}"#;
    let expected = json!({"id": 1, "text": "x", "payload": {"chunks": ["other"]}});
    assert_eq!(map(&[], line), Ok(expected));
}

#[test]
fn values_go_through_as_they_are_written() {
    let base = ["kukla", "import", "a.jsonl", "--collection", "c"];
    let Command::Import(args) = Args::parse_from(base).command else {
        panic!("not an import");
    };
    let line = r#"{"id":7, "vector": [1.50, 2e0], "n": 1e999, "t\u0065xt": "x", "id": 8}"#;
    let point = Mapping::new(&args).point(line, 42).expect("a point");
    // The last of two equal keys counts; a number that is none is the server's to refuse.
    assert_eq!(
        serde_json::to_string(&point).expect("JSON"),
        r#"{"id":8,"payload":{"n":1e999},"text":"x","vector":[1.50, 2e0]}"#
    );
    let line = r#"{"id":1,"text":null,"payload":{}}"#;
    assert_eq!(map(&[], line), Ok(json!({"id": 1, "payload": {}})));
}

#[test]
fn the_format_is_of_the_text() {
    let line = r#"{"id":1,"text":"<p>x","format":"kept"}"#;
    let expected =
        json!({"id": 1, "text": "<p>x", "format": "html", "payload": {"format": "kept"}});
    assert_eq!(map(&["--format", "html"], line), Ok(expected));
}

#[test]
fn flags_name_other_keys() {
    let line = r#"{"uuid":"u","body":"b","lang":"en","url":"x","z":1}"#;
    let flags = [
        "--id-key",
        "uuid",
        "--text-key",
        "body",
        "--payload",
        "lang,url",
    ];
    let expected = json!({"id": "u", "text": "b", "payload": {"lang": "en", "url": "x"}});
    assert_eq!(map(&flags, line), Ok(expected));
    let expected = json!({"id": 42, "text": "b"});
    let flags = ["--id-from-line", "--text-key", "body", "--payload", "none"];
    assert_eq!(map(&flags, line), Ok(expected));
}

#[test]
fn a_bad_line_says_what_is_wrong() {
    let cases = [
        ("{", "EOF"),
        ("[]", "not a JSON object"),
        ("{}", "--id-key"),
        (r#"{"id":1,"text":2}"#, "not a string"),
    ];
    for (line, part) in cases {
        let problem = map(&[], line).expect_err(line);
        assert!(problem.contains(part), "{line}: {problem}");
    }
}
