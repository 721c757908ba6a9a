//! Files are replaced whole, and limits hold.

use super::*;

#[test]
fn a_replaced_file_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/file.txt");
    replace(&path, b"first").unwrap();
    replace(&path, b"second").unwrap();
    assert_eq!(read(&path, 6).unwrap(), b"second");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.txt");
    replace(&path, b"seven b").unwrap();
    let message = read(&path, 6).unwrap_err().to_string();
    assert!(
        message.contains("7 bytes") && message.contains("at most 6"),
        "{message}"
    );
}

#[test]
fn a_failed_replacement_keeps_the_old_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.txt");
    replace(&path, b"old").unwrap();
    // A folder where the new bytes would be written aside.
    fs::create_dir(path.with_extension("partial")).unwrap();
    assert!(replace(&path, b"new").is_err());
    assert_eq!(read(&path, 100).unwrap(), b"old");
}

#[test]
fn lines_are_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.jsonl");
    append_line(&path, "one").unwrap();
    append_line(&path, "two").unwrap();
    assert_eq!(read(&path, 100).unwrap(), b"one\ntwo\n");
}
