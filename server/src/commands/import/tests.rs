use std::fs::File;

use super::{count_lines, first_vector};

#[test]
fn lines_are_counted_with_and_without_a_last_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    for (text, lines) in [("", 0), ("a", 1), ("a\n", 1), ("a\n\nb", 3), ("\n", 1)] {
        std::fs::write(&path, text).expect("written");
        let file = File::open(&path).expect("opened");
        assert_eq!(count_lines(file).expect("counted"), lines, "{text:?}");
    }
}

#[test]
fn a_first_line_with_a_vector_of_no_model_makes_a_collection_without_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    let cases = [
        (r#"{"id":1,"vector":[1,2,3]}"#, Some(3)),
        (r#"{"id":1,"vector":[1,2,3],"model_fingerprint":"f"}"#, None),
        (r#"{"id":1,"text":"a"}"#, None),
        ("broken", None),
    ];
    for (line, dimensions) in cases {
        std::fs::write(&path, line).expect("written");
        assert_eq!(first_vector(&path).expect("read"), dimensions, "{line}");
    }
}
