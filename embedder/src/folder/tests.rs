use super::Folder;
use crate::error::ErrorKind;

fn folders() -> (tempfile::TempDir, [Folder; 2]) {
    let disk = tempfile::tempdir().expect("folder");
    std::fs::write(disk.path().join("file"), b"0123456789").expect("file");
    let folder = Folder::Disk(disk.path().to_owned());
    (disk, [folder, Folder::Embedded(&[("file", b"0123456789")])])
}

#[test]
fn reads_stay_inside_the_file() {
    let (_disk, folders) = folders();
    for folder in folders {
        let file = folder.open("file").expect("opens").expect("is there");
        assert_eq!((file.name(), file.bytes()), ("file", 10));
        assert_eq!(file.read(2, 3).expect("inside"), b"234");
        assert_eq!(file.read(10, 0).expect("nothing"), b"");
        for (offset, count) in [(0, 11), (10, 1), (u64::MAX, 1), (1, usize::MAX)] {
            let error = file.read(offset, count).expect_err("beyond");
            assert_eq!(error.kind(), ErrorKind::Corrupt);
        }
    }
}

#[test]
fn whole_files_have_a_limit() {
    let (_disk, folders) = folders();
    for folder in folders {
        assert_eq!(
            folder
                .read("file", 10)
                .expect("fits")
                .expect("is there")
                .len(),
            10
        );
        assert_eq!(
            folder.read("file", 9).expect_err("too large").kind(),
            ErrorKind::Corrupt
        );
        assert!(folder.read("other", 9).expect("not there").is_none());
    }
}

#[test]
fn text_must_be_text() {
    let folder = Folder::Embedded(&[("file", &[0xff, 0xfe])]);
    assert_eq!(
        folder.read_text("file", 9).expect_err("bytes").kind(),
        ErrorKind::Corrupt
    );
}
