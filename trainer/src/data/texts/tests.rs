//! Lines that parse, and lines that do not.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::error::ErrorKind;

const GOOD: &str = r#"{"text": "a title", "lang": "en", "role": "query", "pair": "p1"}"#;

fn written(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[test]
fn reads_plain_and_gzip_alike() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"{"text": "a body", "lang": "en", "role": "passage", "pair": null}"#;
    let content = format!("{GOOD}\n{line}\n");
    let plain = read(&written(&folder, "texts.jsonl", content.as_bytes())).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content.as_bytes()).unwrap();
    let packed = read(&written(
        &folder,
        "texts.jsonl.gz",
        &encoder.finish().unwrap(),
    ))
    .unwrap();
    assert_eq!(plain, packed);
    assert_eq!(plain.len(), 2);
    assert_eq!(plain[0].role, Role::Query);
    assert_eq!(plain[1].pair, None);
}

#[test]
fn a_bad_line_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let bad = [
        r#"{"text": "cut"#,
        r#"{"text": "no language", "role": "query", "pair": null}"#,
        r#"{"text": "odd role", "lang": "en", "role": "title", "pair": null}"#,
        r#"{"text": "  ", "lang": "en", "role": "query", "pair": null}"#,
    ];
    for line in bad {
        let path = written(
            &folder,
            "bad.jsonl",
            format!("{GOOD}\n{GOOD}\n{line}\n").as_bytes(),
        );
        let error = read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let message = error.to_string();
        assert!(
            message.contains("bad.jsonl") && message.contains("line 3"),
            "{message}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_a_bad_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, "bytes.jsonl", &[b'{', 0xff, 0xfe, b'\n']);
    let message = read(&path).unwrap_err().to_string();
    assert!(message.contains("line 1"), "{message}");
}

#[test]
fn a_line_beyond_the_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{}\n", "x".repeat(LINE_BYTES_MAX));
    let error = read(&written(&folder, "long.jsonl", line.as_bytes())).unwrap_err();
    assert!(error.to_string().contains("at most"), "{error}");
}

#[test]
fn an_empty_file_and_a_missing_one_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(&written(&folder, "empty.jsonl", b"")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let error = read(&folder.path().join("absent.jsonl")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
