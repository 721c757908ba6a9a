//! Records of JSON lines, good and bad.

use super::*;

fn fields() -> Fields {
    Fields {
        title: "head".to_owned(),
        body: "text".to_owned(),
    }
}

fn all(content: &str, needs_title: bool) -> Result<Vec<Record>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    std::fs::write(&path, content).unwrap();
    let mut found = Vec::new();
    read(&path, &fields(), needs_title, |record| {
        found.push(record);
        Ok(())
    })?;
    Ok(found)
}

#[test]
fn fields_are_taken_by_name_and_null_is_empty() {
    let lines =
        "{\"head\": \" A \", \"text\": \"b\", \"more\": 1}\n{\"head\": null, \"text\": \"c\"}\n";
    let found = all(lines, true).unwrap();
    let record = |title: &str, body: &str| Record {
        title: title.to_owned(),
        body: body.to_owned(),
    };
    assert_eq!(found, [record("A", "b"), record("", "c")]);
    assert_eq!(
        all("{\"text\": \"b\"}\n", false).unwrap(),
        [record("", "b")]
    );
}

#[test]
fn a_missing_or_wrong_field_names_file_line_and_field() {
    let good = "{\"head\": \"a\", \"text\": \"b\"}\n";
    let long = "x".repeat(TITLE_BYTES_MAX + 1);
    let cases = [
        (
            "{\"head\": \"a\", \"body\": \"b\"}",
            "no field `text` among",
        ),
        ("{\"head\": 7, \"text\": \"b\"}", "`head` is a number"),
        ("{\"head\": [1], \"text\": \"b\"}", "`head` is a list"),
        ("nothing", "line 2"),
        (
            &format!("{{\"head\": \"{long}\", \"text\": \"b\"}}"),
            "the title has 4097 bytes, at most 4096",
        ),
    ];
    for (line, expected) in cases {
        let message = all(&format!("{good}{line}\n"), true)
            .unwrap_err()
            .to_string();
        let names = message.contains("records.jsonl` line 2") && message.contains(expected);
        assert!(names, "{message} lacks {expected}");
    }
    let message = all("", true).unwrap_err().to_string();
    assert!(message.contains("no lines"), "{message}");
}

#[test]
fn what_the_caller_refuses_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    std::fs::write(&path, "{\"head\": \"a\", \"text\": \"b\"}\n").unwrap();
    let refuse = |_| Err(Error::argument("no"));
    let message = read(&path, &fields(), true, refuse)
        .unwrap_err()
        .to_string();
    assert_eq!(message, "no");
}
