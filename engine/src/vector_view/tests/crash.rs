//! What is found after a crash, and what damaged bytes do.

use super::support::{Bench, NEVER, Spread, clustered, open};
use crate::error::ErrorKind;
use crate::options::EngineOptions;
use crate::schema::Distance;
use crate::vector_view::VectorView;
use crate::vector_view::agenda::Work;
use crate::vector_view::row::VectorShape;

const DIMENSIONS: usize = 64;

/// A view with one segment that has a graph, and some dead rows.
fn sealed() -> Bench {
    let shape = VectorShape {
        dimensions: DIMENSIONS,
        distance: Distance::Cosine,
        matryoshka: false,
    };
    let mut bench = Bench::with(shape, EngineOptions::default());
    let vectors = clustered(5, 4_500, DIMENSIONS, Spread::Falling);
    let range = bench.add((0..).zip(vectors).collect());
    bench.settle();
    bench.retire(&[crate::vector_view::row::RowRange { count: 7, ..range }]);
    bench.view.checkpoint().unwrap();
    bench
}

#[track_caller]
fn expect_corrupt(bench: &Bench, what: &str) {
    let opened = open(&bench.folder, &bench.shape, &bench.store, &bench.options);
    let error = opened
        .err()
        .unwrap_or_else(|| panic!("{what} was accepted"));
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error}");
}

#[test]
fn folders_that_the_manifest_does_not_name_are_removed() {
    let mut bench = sealed();
    let segments = bench.folder.path().join("segments");
    std::fs::create_dir(segments.join("77")).unwrap();
    std::fs::write(segments.join("77").join("rows"), b"half a file").unwrap();
    std::fs::write(segments.join("stray"), b"").unwrap();
    bench.reopen();
    assert_eq!(bench.segment_folders().len(), 1);
    assert_eq!(
        bench
            .search(&[0.1; DIMENSIONS], 10_000, 1.0)
            .candidates
            .len(),
        4_493
    );
}

#[test]
fn a_segment_written_but_not_named_is_written_again() {
    let mut bench = sealed();
    let vectors = clustered(6, 200, DIMENSIONS, Spread::Falling);
    bench.add((5_000..).zip(vectors).collect());
    let before = bench.store.records();
    let job = bench.view.begin(Work::Seal).unwrap();
    assert!(bench.view.finish(&job, &NEVER).unwrap());
    assert_eq!(bench.segment_folders().len(), 2);
    // As if the process had died before the manifest was saved.
    bench.store.replace(before);
    bench.reopen();
    assert_eq!(bench.segment_folders().len(), 1);
    assert_eq!(bench.view.statistics().active_rows, 200);
    assert_eq!(
        bench
            .search(&[0.1; DIMENSIONS], 10_000, 1.0)
            .candidates
            .len(),
        4_693
    );
}

#[test]
fn every_file_is_refused_when_cut_flipped_or_missing() {
    let bench = sealed();
    let folder = bench.segment_folders().pop_first().unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    for path in names {
        let whole = std::fs::read(&path).unwrap();
        let what = path.display().to_string();
        let with = |bytes: &[u8], how: &str| {
            // A new file: the view's own mapping keeps the old one.
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
            expect_corrupt(&bench, &format!("{what} {how}"));
        };
        with(&whole[..whole.len() - 1], "cut by a byte");
        with(&whole[..10], "cut in its header");
        with(&[], "empty");
        with(&[whole.as_slice(), &[0]].concat(), "longer by a byte");
        for place in [0, 9, 20, 64, whole.len() / 2, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[place] ^= 0x10;
            with(&flipped, &format!("flipped at {place}"));
        }
        std::fs::remove_file(&path).unwrap();
        expect_corrupt(&bench, &format!("{what} missing"));
        std::fs::write(&path, &whole).unwrap();
    }
    open(&bench.folder, &bench.shape, &bench.store, &bench.options).unwrap();
}

#[test]
fn every_record_is_refused_when_cut_or_flipped() {
    let bench = sealed();
    let (manifest, sets) = bench.store.records().unwrap();
    let (&id, set) = sets.first_key_value().unwrap();
    for place in 0..manifest.len().min(200) {
        let mut flipped = manifest.clone();
        flipped[place] ^= 1;
        bench.store.replace(Some((flipped, sets.clone())));
        expect_corrupt(&bench, &format!("manifest flipped at {place}"));
        bench
            .store
            .replace(Some((manifest[..place.max(1)].to_vec(), sets.clone())));
        expect_corrupt(&bench, &format!("manifest cut at {place}"));
    }
    for place in 0..set.len() {
        let mut damaged = sets.clone();
        damaged.get_mut(&id).unwrap()[place] ^= 1;
        bench.store.replace(Some((manifest.clone(), damaged)));
        expect_corrupt(&bench, &format!("deleted set flipped at {place}"));
    }
    bench.store.replace(Some((
        manifest.clone(),
        std::collections::BTreeMap::default(),
    )));
    expect_corrupt(&bench, "deleted set missing");
    bench.store.replace(Some((manifest, sets)));
    open(&bench.folder, &bench.shape, &bench.store, &bench.options).unwrap();
}

#[test]
fn a_view_of_other_dimensions_is_refused() {
    let mut bench = sealed();
    bench.shape.dimensions = 65;
    expect_corrupt(&bench, "a manifest of 64 dimensions");
}

#[test]
fn a_discarded_view_is_empty_and_takes_everything_again() {
    let mut bench = sealed();
    let query = vec![0.2; DIMENSIONS];
    let expected = bench.expected(&query, 20, None);
    VectorView::discard(bench.folder.path(), bench.store.as_ref()).unwrap();
    bench.view = open(&bench.folder, &bench.shape, &bench.store, &bench.options).unwrap();
    assert_eq!(bench.view.sealed_through(), None);
    assert_eq!((bench.view.applied(), bench.view.statistics().rows), (0, 0));
    bench.replay();
    assert_eq!(bench.search(&query, 20, 1.0).candidates, expected);
    VectorView::discard(bench.folder.path(), bench.store.as_ref()).unwrap();
}
