use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::{DELETED_BYTES_MAX, Manifest, decode_deleted, encode_deleted, frame, unframe};
use crate::error::ErrorKind;
use crate::schema::Distance;
use crate::vector_view::mapped::FileProof;
use crate::vector_view::row::{RowId, VectorShape};
use crate::vector_view::sealed::{Precision, SegmentEntry};
use crate::vector_view::table::RecallTable;

const SHAPE: VectorShape = VectorShape {
    dimensions: 8,
    distance: Distance::Cosine,
    matryoshka: false,
};

fn row(sequence: u64) -> RowId {
    RowId {
        sequence,
        ordinal: 3,
    }
}

fn segment(id: u64, first: u64, last: u64) -> (SegmentEntry, RecallTable) {
    let proof = FileProof {
        bytes: 100,
        checksum: 7,
    };
    let entry = SegmentEntry {
        id,
        rows: 5,
        first: row(first),
        last: row(last),
        precision: Precision::Half,
        is_unique: true,
        row_file: proof,
        point_file: proof,
        vector_file: proof,
        graphs: Vec::new(),
    };
    (entry, RecallTable::default())
}

fn manifest(segments: Vec<(SegmentEntry, RecallTable)>) -> Manifest {
    Manifest {
        dimensions: 8,
        next_segment: 10,
        applied: 90,
        sealed_through: Some(row(80)),
        segments,
    }
}

#[test]
fn a_manifest_comes_back_as_it_was() {
    let written = manifest(vec![segment(4, 1, 9), segment(2, 10, 80)]);
    let record = written.encode().unwrap();
    assert_eq!(Manifest::decode(&record, &SHAPE).unwrap(), written);
}

#[test]
fn manifests_that_contradict_themselves_are_corrupt() {
    let cases = [
        ("an id not given out", manifest(vec![segment(10, 1, 9)])),
        (
            "overlapping rows",
            manifest(vec![segment(1, 1, 9), segment(2, 9, 20)]),
        ),
        (
            "rows in descending order",
            manifest(vec![segment(1, 10, 19), segment(2, 1, 9)]),
        ),
        (
            "an id twice",
            manifest(vec![segment(1, 1, 9), segment(1, 10, 20)]),
        ),
        (
            "rows beyond what was sealed",
            manifest(vec![segment(1, 1, 81)]),
        ),
        (
            "a last row before the first",
            manifest(vec![segment(1, 9, 1)]),
        ),
    ];
    for (what, manifest) in cases {
        let error = Manifest::decode(&manifest.encode().unwrap(), &SHAPE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error}");
    }
}

#[test]
fn a_record_of_a_later_version_is_refused_with_both_versions() {
    let mut record = manifest(Vec::new()).encode().unwrap();
    record[0] = 2;
    let problem = Manifest::decode(&record, &SHAPE).unwrap_err().to_string();
    assert!(problem.contains("version 2, expected 1"), "{problem}");
}

#[test]
fn records_beyond_the_limit_are_refused_unread() {
    let problem = unframe("a record", &frame(&[0; 10]), 14)
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("15 bytes, expected at most 14"),
        "{problem}"
    );
    assert_eq!(unframe("a record", &frame(&[0; 10]), 15).unwrap(), [0; 10]);
}

#[test]
fn a_length_that_asks_for_more_than_the_record_holds_is_corrupt() {
    // Dimensions 8, next segment 0, applied 0, nothing sealed, then a list of 2^63 segments.
    let body = [
        8, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1,
    ];
    let error = Manifest::decode(&frame(&body), &SHAPE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn a_deleted_set_beyond_its_segment_is_corrupt() {
    let record = encode_deleted(&RoaringBitmap::from([1, 9])).unwrap();
    assert!(record.len() < DELETED_BYTES_MAX);
    assert_eq!(decode_deleted(&record, 3, 10).unwrap().len(), 2);
    let error = decode_deleted(&record, 3, 9).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        // With a right checksum, so that the decoders themselves are reached.
        let record = frame(&body);
        let manifest = Manifest::decode(&record, &SHAPE);
        prop_assert!(manifest.is_ok() || manifest.is_err_and(|it| it.kind() == ErrorKind::Corrupt));
        let set = decode_deleted(&record, 1, 100);
        prop_assert!(set.is_ok() || set.is_err_and(|it| it.kind() == ErrorKind::Corrupt));
    }
}
