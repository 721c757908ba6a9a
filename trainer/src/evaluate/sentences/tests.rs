//! Files of sentence pairs in every form, good and bad.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;

fn read(name: &str, content: &[u8]) -> Result<SentencePairs> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    SentencePairs::read(&path)
}

#[test]
fn every_form_says_the_same() {
    let lines = "{\"sentence1\": \"a \\\"b\\\", c\", \"sentence2\": \"d\", \"score\": 4.5, \"more\": 1}\n\
                 {\"sentence1\": \"e\", \"sentence2\": \"f\", \"score\": 0}\n";
    let tabs = "genre\tscore\tsentence1\tsentence2\nnews\t4.5\ta \"b\", c\td\nnews\t0\te\tf\n";
    let commas = "score,sentence1,sentence2\r\n4.5,\"a \"\"b\"\", c\",d\r\n0,e,f\r\n";
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(commas.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let files: [(&str, &[u8]); 4] = [
        ("sts.jsonl", lines.as_bytes()),
        ("sts.tsv", tabs.as_bytes()),
        ("sts.csv", commas.as_bytes()),
        ("sts.csv.gz", &packed),
    ];
    for (name, content) in files {
        let pairs = read(name, content).unwrap();
        assert_eq!(pairs.name, "sts", "{name}");
        assert_eq!(pairs.first, ["a \"b\", c", "e"], "{name}");
        assert_eq!(pairs.second, ["d", "f"], "{name}");
        assert_eq!(pairs.scores, [4.5, 0.0], "{name}");
    }
}

#[test]
fn a_bad_line_names_file_and_line() {
    let head = "sentence1\tsentence2\tscore\n";
    let good = format!("{head}a\tb\t1\n");
    let cases = [
        ("a.tsv", format!("{good}c\td\n"), "line 3: has 2 columns"),
        (
            "a.tsv",
            format!("{good}c\td\tmuch\n"),
            "line 3: score `much`",
        ),
        (
            "a.tsv",
            format!("{good}c\td\tNaN\n"),
            "line 3: `score` is NaN",
        ),
        (
            "a.tsv",
            format!("{good} \td\t1\n"),
            "line 3: `sentence1` is empty",
        ),
        (
            "a.tsv",
            "one\ttwo\n".to_owned(),
            "line 1: no column `sentence1`",
        ),
        (
            "a.csv",
            "sentence1,sentence2,score\n\"a\nb\",c,1\nd,e,x\n".to_owned(),
            "line 4: score `x`",
        ),
        ("a.jsonl", "{\"sentence1\": \"a\"}\n".to_owned(), "line 1"),
    ];
    for (name, content, expected) in cases {
        let message = read(name, content.as_bytes()).unwrap_err().to_string();
        assert!(
            message.contains(name) && message.contains(expected),
            "{message} lacks {expected}"
        );
    }
}

#[test]
fn what_is_no_utf8_names_its_line() {
    let message = read("a.csv", b"sentence1,sentence2,score\na,b,1\n\xff,d,2\n")
        .unwrap_err()
        .to_string();
    assert!(message.contains("line 3"), "{message}");
}

#[test]
fn a_file_without_order_is_refused() {
    let head = "sentence1,sentence2,score\n";
    let message = read("a.csv", format!("{head}a,b,1\nc,d,1\n").as_bytes());
    let message = message.unwrap_err().to_string();
    assert!(message.contains("all its scores are equal"), "{message}");
    let message = read("a.csv", head.as_bytes()).unwrap_err().to_string();
    assert!(message.contains("0 pairs"), "{message}");
}

#[test]
fn the_name_says_what_a_file_is() {
    for (name, expected) in [
        ("x.jsonl", true),
        ("x.tsv.gz", true),
        ("x.csv", true),
        ("x.txt", false),
        ("folder", false),
    ] {
        assert_eq!(is_sentence_file(Path::new(name)), expected, "{name}");
    }
    let message = read("a.txt", b"").unwrap_err().to_string();
    assert!(message.contains(".jsonl, .tsv, .csv"), "{message}");
}
