//! Lines good and bad, and the limits.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use super::*;

fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn all(path: &Path, lines_max: usize) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    read(path, lines_max, |value| {
        values.push(value);
        Ok(())
    })?;
    Ok(values)
}

#[test]
fn every_line_is_read_and_blank_ones_are_skipped() {
    let (_folder, path) = file("a.jsonl", b"{\"a\": 1}\n\n  \n{\"a\": 2}");
    assert_eq!(all(&path, 10).unwrap().len(), 2);
}

#[test]
fn gzip_is_read_and_broken_gzip_names_the_line() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"{\"a\": 1}\n").unwrap();
    let bytes = encoder.finish().unwrap();
    let (_folder, path) = file("a.jsonl.gz", &bytes);
    assert_eq!(all(&path, 10).unwrap().len(), 1);
    let (_folder, path) = file("b.jsonl.gz", &bytes[..bytes.len() / 2]);
    let message = all(&path, 10).unwrap_err().to_string();
    assert!(message.contains("b.jsonl.gz` line 1"), "{message}");
}

#[test]
fn a_line_that_is_no_object_or_is_refused_names_file_and_line() {
    let (_folder, path) = file("a.jsonl", b"{}\nnothing\n");
    let message = all(&path, 10).unwrap_err().to_string();
    assert!(message.contains("a.jsonl` line 2"), "{message}");
    let refuse = |_: Value| Err("no".to_owned());
    let message = read(&path, 10, refuse).unwrap_err().to_string();
    assert!(message.contains("line 1: no"), "{message}");
}

#[test]
fn more_lines_or_bytes_than_the_limit_are_refused() {
    let (_folder, path) = file("a.jsonl", b"{}\n{}\n{}\n");
    let message = all(&path, 2).unwrap_err().to_string();
    assert!(message.contains("line 3: more than 2 lines"), "{message}");
    let long = format!("{{\"a\": \"{}\"}}\n", "x".repeat(LINE_BYTES_MAX));
    let (_folder, path) = file("b.jsonl", long.as_bytes());
    let message = all(&path, 2).unwrap_err().to_string();
    assert!(message.contains("line 1: has more than"), "{message}");
}
