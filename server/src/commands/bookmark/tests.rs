use super::{Bookmark, keep, path, remove, resume};

fn bookmark(lines: u64) -> Bookmark {
    Bookmark {
        url: "http://a".to_owned(),
        collection: "c".to_owned(),
        file_bytes: 100,
        lines,
    }
}

#[test]
fn a_kept_place_is_found_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("a.jsonl");
    assert_eq!(resume(&input, &bookmark(0)).expect("none"), 0);
    keep(&input, &bookmark(7)).expect("kept");
    keep(&input, &bookmark(9)).expect("kept again");
    assert_eq!(resume(&input, &bookmark(0)).expect("found"), 9);
    let grown = Bookmark {
        file_bytes: 200,
        ..bookmark(0)
    };
    assert_eq!(resume(&input, &grown).expect("more was appended"), 9);
    remove(&input).expect("removed");
    remove(&input).expect("removed before");
    assert_eq!(resume(&input, &bookmark(0)).expect("none"), 0);
}

#[test]
fn a_place_of_another_import_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("a.jsonl");
    keep(&input, &bookmark(7)).expect("kept");
    let others = [
        Bookmark {
            collection: "d".to_owned(),
            ..bookmark(0)
        },
        Bookmark {
            url: "http://b".to_owned(),
            ..bookmark(0)
        },
        Bookmark {
            file_bytes: 99,
            ..bookmark(0)
        },
    ];
    for other in others {
        let error = resume(&input, &other).expect_err("another import");
        assert!(error.to_string().contains("--restart"), "{error}");
    }
    std::fs::write(path(&input), "{").expect("written");
    let error = resume(&input, &bookmark(0)).expect_err("broken");
    assert!(error.to_string().contains("--restart"), "{error}");
}
