//! Seals and merges: they keep exactly the live rows, whatever is retired while they run.

use std::sync::atomic::AtomicBool;

use super::support::{Bench, NEVER, coarse, random};
use crate::options::EngineOptions;
use crate::schema::Distance;
use crate::vector_view::agenda::Work;
use crate::vector_view::row::{RowId, RowRange, VectorShape};

const DIMENSIONS: usize = 16;

fn bench(active_rows_max: usize) -> Bench {
    let shape = VectorShape {
        dimensions: DIMENSIONS,
        distance: Distance::Dot,
        matryoshka: false,
    };
    let options = EngineOptions {
        active_rows_max,
        ..EngineOptions::default()
    };
    Bench::with(shape, options)
}

fn fill(bench: &mut Bench, seed: u64, first_point: u32, count: u32) -> RowRange {
    let mut random = random(seed);
    let rows = (0..count).map(|number| (first_point + number, coarse(&mut random, DIMENSIONS)));
    bench.add(rows.collect())
}

fn part(range: RowRange, first: u32, count: u32) -> RowRange {
    RowRange {
        first,
        count,
        ..range
    }
}

#[track_caller]
fn check(bench: &Bench) {
    let mut random = random(99);
    for points in [1, 10, 10_000] {
        let query = coarse(&mut random, DIMENSIONS);
        let found = bench.search(&query, points, 1.0);
        assert_eq!(found.candidates, bench.expected(&query, points, None));
    }
    assert_eq!(bench.view.statistics().rows, bench.oracle.len() as u64);
}

#[test]
fn rows_retired_while_a_segment_is_sealed_stay_retired() {
    let mut bench = bench(100);
    let range = fill(&mut bench, 1, 0, 120);
    bench.retire(&[part(range, 3, 4)]);
    let job = bench.view.begin(Work::Seal).unwrap();
    check(&bench);
    // Retired after the freeze: some in the frozen segment, next to what was dead already.
    bench.retire(&[part(range, 0, 5), part(range, 118, 2)]);
    let next = fill(&mut bench, 2, 120, 30);
    check(&bench);
    assert!(bench.view.finish(&job, &NEVER).unwrap());
    check(&bench);
    bench.retire(&[part(range, 50, 10), part(next, 0, 1)]);
    check(&bench);
    bench.view.checkpoint().unwrap();
    bench.reopen();
    check(&bench);
    let sealed = bench.view.statistics().segments;
    assert_eq!(
        (sealed[0].rows, sealed[0].deleted_rows),
        (116, 5 - 2 + 2 + 10)
    );
}

#[test]
fn rows_retired_while_segments_are_merged_stay_retired() {
    let mut bench = bench(50);
    let ranges: Vec<RowRange> = (0..3)
        .map(|number| {
            let range = fill(&mut bench, number, number as u32 * 60, 60);
            assert!(bench.view.maintain(&NEVER).unwrap());
            range
        })
        .collect();
    bench.retire(&[part(ranges[0], 10, 5), part(ranges[2], 59, 1)]);
    let job = bench.view.begin(Work::Merge(0..3)).unwrap();
    bench.retire(&[
        part(ranges[0], 14, 2),
        part(ranges[1], 0, 60),
        part(ranges[2], 0, 1),
    ]);
    check(&bench);
    assert!(bench.view.finish(&job, &NEVER).unwrap());
    check(&bench);
    let sealed = bench.view.statistics().segments;
    assert_eq!(sealed.len(), 1);
    assert_eq!((sealed[0].rows, sealed[0].deleted_rows), (174, 62));
    bench.reopen();
    check(&bench);
}

#[test]
fn a_segment_whose_rows_are_all_dead_is_dropped() {
    let mut bench = bench(50);
    let range = fill(&mut bench, 1, 0, 60);
    bench.retire(&[range]);
    assert!(bench.view.maintain(&NEVER).unwrap());
    assert_eq!(bench.view.statistics().segments.len(), 0);
    let last = RowId {
        sequence: range.sequence,
        ordinal: 59,
    };
    assert_eq!(bench.view.sealed_through(), Some(last));
    check(&bench);
    let range = fill(&mut bench, 2, 0, 60);
    assert!(bench.view.maintain(&NEVER).unwrap());
    bench.retire(&[range]);
    assert!(
        bench.view.maintain(&NEVER).unwrap(),
        "a third is dead, so it is rewritten"
    );
    assert_eq!(bench.view.statistics().segments.len(), 0);
    assert_eq!(bench.segment_folders().len(), 0);
    check(&bench);
}

#[test]
fn a_third_dead_is_rewritten_and_disk_shrinks() {
    let mut bench = bench(50);
    let range = fill(&mut bench, 1, 0, 100);
    bench.settle();
    let before = bench.view.statistics().mapped_bytes;
    bench.retire(&[part(range, 20, 29)]);
    assert!(!bench.view.wants_work());
    bench.retire(&[part(range, 60, 1)]);
    assert!(bench.view.wants_work());
    bench.settle();
    let statistics = bench.view.statistics();
    assert_eq!(
        (
            statistics.segments[0].rows,
            statistics.segments[0].deleted_rows
        ),
        (70, 0)
    );
    assert!(statistics.mapped_bytes < before);
    assert_eq!(bench.segment_folders().len(), 1);
    check(&bench);
}

#[test]
fn a_stopped_seal_leaves_rows_where_they_were() {
    let mut bench = bench(50);
    fill(&mut bench, 1, 0, 60);
    assert!(!bench.view.maintain(&AtomicBool::new(true)).unwrap());
    check(&bench);
    assert_eq!(bench.segment_folders().len(), 0);
    fill(&mut bench, 2, 60, 10);
    check(&bench);
    assert!(bench.view.maintain(&NEVER).unwrap());
    let statistics = bench.view.statistics();
    assert_eq!(
        (statistics.segments[0].rows, statistics.active_rows),
        (60, 10)
    );
    check(&bench);
}

#[test]
fn a_failed_save_loses_nothing_and_is_tried_again() {
    let mut bench = bench(50);
    fill(&mut bench, 1, 0, 60);
    bench.store.fail(true);
    bench.view.maintain(&NEVER).unwrap_err();
    bench.view.checkpoint().unwrap_err();
    check(&bench);
    fill(&mut bench, 2, 60, 70);
    bench.store.fail(false);
    bench.settle();
    check(&bench);
    assert_eq!(bench.view.statistics().active_rows, 0);
    bench.reopen();
    check(&bench);
}

#[test]
fn replaying_a_group_adds_nothing_twice() {
    let mut bench = bench(50);
    fill(&mut bench, 1, 0, 60);
    bench.replay();
    check(&bench);
    bench.settle();
    bench.replay();
    check(&bench);
}

#[test]
fn an_active_segment_of_many_bytes_is_sealed_before_it_has_many_rows() {
    let mut bench = bench(1_000);
    bench.options.active_bytes_max = 2_000;
    bench.reopen();
    fill(&mut bench, 1, 0, 10);
    assert!(!bench.view.wants_work());
    fill(&mut bench, 2, 10, 20);
    assert!(bench.view.wants_work());
    bench.settle();
    assert_eq!(bench.view.statistics().segments[0].rows, 30);
}

#[test]
fn merging_stops_at_the_largest_segment_allowed() {
    let mut bench = bench(50);
    bench.options.segment_rows_max = 120;
    bench.reopen();
    for number in 0..6 {
        fill(&mut bench, number, number as u32 * 50, 50);
        bench.settle();
    }
    let sizes: Vec<u64> = bench
        .view
        .statistics()
        .segments
        .iter()
        .map(|it| it.rows)
        .collect();
    assert_eq!(sizes.iter().sum::<u64>(), 300);
    assert!(sizes.iter().all(|&rows| rows <= 120), "{sizes:?}");
    assert!(sizes.len() <= 4, "{sizes:?}");
    check(&bench);
}

#[test]
fn a_bulk_load_gets_one_graph_when_it_pauses() {
    const ROWS: u32 = 4_200;
    let mut bench = bench(ROWS as usize);
    let has_graphs = |bench: &Bench| -> Vec<bool> {
        let segments = bench.view.statistics().segments;
        segments
            .iter()
            .map(|segment| !segment.rungs.is_empty())
            .collect()
    };
    for load in 0..4 {
        fill(&mut bench, u64::from(load), load * ROWS, ROWS);
        assert!(bench.view.seal_full(&NEVER).unwrap());
        assert!(!bench.view.seal_full(&NEVER).unwrap());
    }
    // Each was full within seconds, the first one counted from the view's opening.
    assert_eq!(has_graphs(&bench), [false; 4]);
    assert!(
        !bench.view.maintain(&NEVER).unwrap(),
        "nothing to do in a bulk load"
    );
    check(&bench);
    bench.reopen();
    assert_eq!(has_graphs(&bench), [false; 4]);
    bench.retire(&[RowRange {
        sequence: 2,
        first: 0,
        count: 100,
    }]);
    bench.settle();
    assert_eq!(has_graphs(&bench), [true]);
    check(&bench);
}
