//! What survives, what does not, and what is repaired.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

use super::*;

#[test]
fn a_commit_is_visible_when_it_returns() {
    let (_folder, view) = view();
    for number in 0..20 {
        stage_text(&view, number, "nesting doll");
        assert_eq!(
            found(&view, "doll").len(),
            number as usize,
            "staged is not shown"
        );
        view.commit(u64::from(number) + 1).expect("it is committed");
        assert_eq!(found(&view, "doll").len(), number as usize + 1);
        assert_eq!(view.applied(), u64::from(number) + 1);
        assert_eq!(view.documents(), u64::from(number) + 1);
    }
}

#[test]
fn what_was_not_committed_is_gone_and_applied_says_so() {
    let (folder, view) = view_of(&["kept"]);
    stage_text(&view, 1, "lost");
    stage_text(&view, 0, "replaced");
    drop(view);
    let view = open(folder.path());
    assert_eq!(view.applied(), 1);
    assert_eq!(found(&view, "kept"), [0]);
    assert_eq!(found(&view, "lost"), NONE);
    assert_eq!(found(&view, "replaced"), NONE);
}

#[test]
fn a_commit_without_changes_keeps_its_sequence_number() {
    let (folder, view) = view();
    view.commit(7).expect("it is committed");
    drop(view);
    assert_eq!(open(folder.path()).applied(), 7);
}

#[test]
fn staging_twice_is_staging_once() {
    let (folder, view) = view();
    let replay = |view: &DocumentView| {
        stage_text(view, 1, "first");
        stage_text(view, 2, "second");
        stage_text(view, 1, "changed");
        view.stage(2, None).expect("it is staged");
        stage_text(view, 3, "third");
    };
    let check = |view: &DocumentView| {
        assert_eq!(found(view, "first second changed third"), [1, 3]);
        assert_eq!(found(view, "first second"), NONE);
        assert_eq!(view.documents(), 2);
    };
    replay(&view);
    replay(&view);
    view.commit(5).expect("it is committed");
    check(&view);
    replay(&view);
    view.commit(5).expect("it is committed");
    check(&view);
    drop(view);
    let view = open(folder.path());
    replay(&view);
    view.commit(5).expect("it is committed");
    check(&view);
}

#[test]
fn numbers_may_come_in_any_order() {
    let (_folder, view) = view();
    for number in [5, 3, 9, 3, 5, 0, u32::MAX, 9] {
        stage_text(&view, number, "doll");
    }
    view.stage(4, None)
        .expect("removing what was never there is fine");
    view.commit(1).expect("it is committed");
    assert_eq!(found(&view, "doll"), [0, 3, 5, 9, u32::MAX]);
}

#[test]
fn clearing_removes_everything_durably() {
    let (folder, view) = view_of(&["one", "two"]);
    stage_text(&view, 2, "staged");
    view.clear().expect("it is cleared");
    assert_eq!((view.applied(), view.documents()), (0, 0));
    drop(view);
    let view = open(folder.path());
    assert_eq!((view.applied(), view.documents()), (0, 0));
    stage_text(&view, 1, "two");
    view.commit(9).expect("it is committed");
    assert_eq!(found(&view, "one two staged"), [1]);
}

#[test]
fn releasing_keeps_what_is_staged_and_what_is_committed() {
    let (_folder, view) = view_of(&["one"]);
    stage_text(&view, 1, "two");
    view.release().expect("nothing is released");
    view.commit(2).expect("it is committed");
    view.release().expect("it is released");
    view.release().expect("releasing twice is fine");
    assert_eq!(found(&view, "one two"), [0, 1]);
    stage_text(&view, 2, "three");
    view.commit(3).expect("it is committed");
    assert_eq!(found(&view, "three"), [2]);
}

#[test]
fn a_release_leaves_no_file_of_merged_parts() {
    let (folder, view) = view();
    for number in 0..12 {
        stage_text(&view, number, "doll");
        view.commit(u64::from(number) + 1).expect("it is committed");
    }
    view.release().expect("it is released");
    let files = |folder: &Path| fs::read_dir(folder).expect("a folder").count();
    let parts = view.reader.searcher().segment_readers().len();
    assert!(parts < 12, "{parts} text segments, nothing was merged");
    // Each has at most a handful of files; twelve would have five times as many.
    assert!(
        files(folder.path()) <= parts * 6 + 4,
        "{}",
        files(folder.path())
    );
    assert_eq!(found(&view, "doll").len(), 12);
}

#[test]
fn much_text_goes_to_disk_before_its_commit() {
    let (folder, view) = view();
    let long = "nesting doll ".repeat(writer::STAGED_BYTES_MAX / 13 / 4 + 1);
    for number in 0..4 {
        stage_text(&view, number, &long);
    }
    assert_eq!(
        (view.documents(), view.applied()),
        (0, 0),
        "still not shown"
    );
    drop(view);
    let view = open(folder.path());
    assert_eq!(
        (view.documents(), view.applied()),
        (4, 0),
        "replay is due, and harmless"
    );
    for number in 0..4 {
        stage_text(&view, number, "short");
    }
    view.commit(4).expect("it is committed");
    assert_eq!((view.documents(), view.applied()), (4, 4));
    assert_eq!(found(&view, "doll"), NONE);
}

/// The largest file of the index.
fn largest(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).expect("a folder");
    files
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind != "json"))
        .max_by_key(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()))
        .expect("a file")
}

fn flip_a_byte(path: &Path) {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .expect("a file");
    let mut byte = [0];
    file.read_exact(&mut byte).expect("a byte");
    file.seek(SeekFrom::Start(0)).expect("a start");
    file.write_all(&[byte[0] ^ 0x40])
        .expect("a byte is written");
}

#[test]
fn a_broken_index_is_made_anew() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 7] = [
        ("a flipped byte", |folder| flip_a_byte(&largest(folder))),
        ("a missing file", |folder| {
            fs::remove_file(largest(folder)).expect("removed");
        }),
        ("an empty file", |folder| {
            fs::write(largest(folder), b"").expect("written");
        }),
        ("no list of files", |folder| {
            fs::remove_file(folder.join("meta.json")).expect("removed");
        }),
        ("a broken list", |folder| {
            fs::write(folder.join("meta.json"), b"{}").expect("written");
        }),
        ("an empty list", |folder| {
            fs::write(folder.join("meta.json"), b"").expect("written");
        }),
        ("another version", |folder| {
            let path = folder.join("meta.json");
            let text = fs::read_to_string(&path).expect("text");
            assert!(text.contains("\"kukla-"), "{text}");
            fs::write(&path, text.replace("\"kukla-", "\"other-")).expect("written");
        }),
    ];
    for (name, damage) in damages {
        let (folder, view) = view_of(&["doll"]);
        drop(view);
        damage(folder.path());
        let view = open(folder.path());
        assert_eq!((view.applied(), view.documents()), (0, 0), "{name}");
        stage_text(&view, 0, "doll");
        view.commit(1).expect("it is committed");
        assert_eq!(found(&view, "doll"), [0], "{name}");
    }
}

#[test]
fn a_foreign_commit_is_made_anew() {
    let (folder, view) = view_of(&["doll"]);
    drop(view);
    let path = folder.path().join("meta.json");
    let text = fs::read_to_string(&path).expect("text");
    assert!(text.contains("applied 1"), "{text}");
    fs::write(&path, text.replace("applied 1", "applied x")).expect("written");
    let view = open(folder.path());
    assert_eq!((view.applied(), view.documents()), (0, 0));
}

#[test]
fn after_an_error_everything_is_staged_again() {
    let (_folder, view) = view_of(&["doll"]);
    view.release().expect("it is released");
    let content = DocumentContent {
        text: Some("mine"),
        payload: &Payload::new(),
    };
    // Another writer holds tantivy's lock.
    let other = open(view.folder.as_path());
    stage_text(&other, 1, "other");
    let error = view.stage(1, Some(content)).expect_err("it is locked");
    assert_eq!(error.kind(), crate::error::ErrorKind::Internal);
    assert!(view.commit(2).is_err());
    assert_eq!(
        (view.applied(), found(&view, "doll mine other")),
        (1, vec![0])
    );
    drop(other);
    stage_text(&view, 1, "mine");
    view.commit(2).expect("it is committed");
    assert_eq!(
        (view.applied(), found(&view, "doll mine other")),
        (2, vec![0, 1])
    );
}
