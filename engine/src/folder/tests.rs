use tempfile::tempdir;

use super::*;

fn names(root: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn an_absent_folder_is_made_and_found_again() {
    let parent = tempdir().unwrap();
    let root = parent.path().join("data");
    let folder = DataFolder::open(&root).unwrap();
    assert_eq!(folder.existence(), Existence::Create);
    fs::create_dir(folder.store()).unwrap();
    folder.finish().unwrap();
    drop(folder);
    assert_eq!(
        DataFolder::open(&root).unwrap().existence(),
        Existence::Require
    );
}

#[test]
fn a_folder_that_was_not_finished_is_made_anew() {
    let root = tempdir().unwrap();
    let folder = DataFolder::open(root.path()).unwrap();
    fs::create_dir(folder.store()).unwrap();
    fs::write(folder.store().join("half"), "x").unwrap();
    drop(folder);
    let again = DataFolder::open(root.path()).unwrap();
    assert_eq!(again.existence(), Existence::Create);
    assert!(!again.store().exists());
}

#[test]
fn a_foreign_folder_is_refused_and_not_touched() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("thesis.txt"), "years of work").unwrap();
    let error = DataFolder::open(root.path()).unwrap_err().to_string();
    assert!(error.contains("not a Kukla data folder"), "{error}");
    assert_eq!(names(root.path()), ["thesis.txt"]);
}

#[test]
fn another_format_is_refused_and_not_touched() {
    let root = tempdir().unwrap();
    fs::write(
        root.path().join(FORMAT_FILE),
        "kukla data folder, format 9\n",
    )
    .unwrap();
    let error = DataFolder::open(root.path()).unwrap_err().to_string();
    assert!(
        error.contains("format 9") && error.contains("format 1"),
        "{error}"
    );
    assert_eq!(names(root.path()), [FORMAT_FILE]);
}

#[test]
fn a_folder_that_lost_its_store_is_not_begun_again() {
    let root = tempdir().unwrap();
    fs::write(root.path().join(FORMAT_FILE), FORMAT).unwrap();
    let error = DataFolder::open(root.path()).unwrap_err().to_string();
    assert!(error.contains("store is missing"), "{error}");
    assert_eq!(names(root.path()), [FORMAT_FILE]);
}

#[test]
fn a_second_opener_is_refused() {
    let root = tempdir().unwrap();
    let _first = DataFolder::open(root.path()).unwrap();
    let error = DataFolder::open(root.path()).unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
}
