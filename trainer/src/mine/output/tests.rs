//! The file appears whole or not at all.

use super::*;

#[test]
fn the_file_appears_when_it_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/pairs.jsonl");
    let mut output = Output::create(&path).unwrap();
    let line = Line {
        query: "q \"x\"\n".to_owned(),
        positive: "p".to_owned(),
        negatives: vec!["n".to_owned()],
    };
    output.write(&line).unwrap();
    assert!(!path.exists());
    output.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap();
    assert_eq!(left.count(), 1);
}

#[test]
fn a_file_that_is_not_finished_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(Output::create(&folder.path().join("pairs.jsonl")).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
