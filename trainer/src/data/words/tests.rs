//! Good lists are read, bad lines are named.

use super::*;

fn listed(content: &str, words_max: usize) -> Result<Vec<Word>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.tsv");
    std::fs::write(&path, content).unwrap();
    read_within(&path, words_max)
}

#[test]
fn words_are_read_with_their_counts() {
    let words = listed("en\tcat\t12.5\nzh-CN\t\u{732b}\t3\n", 2).unwrap();
    assert_eq!(words[0].text, "cat");
    assert!((words[0].count - 12.5).abs() < 1e-9);
    assert_eq!(words[0].inside(), " cat");
    assert_eq!(words[1].inside(), "\u{732b}");
}

#[test]
fn a_bad_line_is_named() {
    for (content, problem) in [
        ("en\tcat\t1\nen cat\n", "line 2: has 1 columns"),
        ("en\tcat\tmany\n", "`many` is no count"),
        ("en\tcat\t-1\n", "`-1` is no count"),
        ("en\tcat\tinf\n", "`inf` is no count"),
        (
            "en\ta\t1\nen\tb\t1\nen\tc\t1\n",
            "line 3: more than 2 words",
        ),
    ] {
        let message = listed(content, 2).unwrap_err().to_string();
        assert!(message.contains(problem), "{message}");
    }
}
