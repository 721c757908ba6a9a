//! Searches beside writes, seals and merges: no point is ever missing from an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::support::{Bench, NEVER, coarse, open, random};
use crate::options::EngineOptions;
use crate::schema::Distance;
use crate::vector_view::row::{NewRow, RowId, RowRange, VectorShape};
use crate::vector_view::search::VectorQuery;

const DIMENSIONS: usize = 16;
const POINTS: u32 = 120;
const GROUPS: u64 = 600;
/// Writing goes on until the searches have had their turn, on however busy a machine.
const GROUPS_MAX: u64 = 1_000_000;
const SEARCHES: usize = 40;

#[test]
fn no_search_misses_a_point_while_it_is_replaced_sealed_or_merged() {
    let shape = VectorShape {
        dimensions: DIMENSIONS,
        distance: Distance::Euclid,
        matryoshka: false,
    };
    let options = EngineOptions {
        active_rows_max: 50,
        ..EngineOptions::default()
    };
    let bench = Bench::with(shape, options);
    let view = &bench.view;
    let is_done = AtomicBool::new(false);
    let searches = AtomicUsize::new(0);
    write(view, 1, 0..POINTS, None);
    let mut last = 1;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::SeqCst) {
                view.maintain(&NEVER).unwrap();
                view.checkpoint().unwrap();
            }
        });
        for seed in 0..2 {
            let (is_done, searches) = (&is_done, &searches);
            scope.spawn(move || {
                let mut random = random(seed);
                while !is_done.load(Ordering::SeqCst) {
                    let request = VectorQuery {
                        vector: &coarse(&mut random, DIMENSIONS),
                        points: POINTS as usize + 1,
                        recall: 0.9,
                        allowed: None,
                        explain: false,
                    };
                    let found = view.search(&request).unwrap();
                    assert_eq!(found.candidates.len(), POINTS as usize);
                    assert!(found.exhausted);
                    searches.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        // Each group replaces one point's row: the old one dies as the new one appears.
        let mut rows: Vec<(u64, u32)> = (0..POINTS).map(|ordinal| (1, ordinal)).collect();
        for sequence in 2..GROUPS_MAX {
            if sequence > GROUPS && searches.load(Ordering::SeqCst) >= SEARCHES {
                break;
            }
            std::thread::yield_now();
            last = sequence;
            let point = (sequence * 7 % u64::from(POINTS)) as u32;
            let (old, first) = rows[point as usize];
            let old = RowRange {
                sequence: old,
                first,
                count: 1,
            };
            write(view, sequence, point..point + 1, Some(old));
            rows[point as usize] = (sequence, 0);
        }
        is_done.store(true, Ordering::SeqCst);
    });
    assert!(searches.load(Ordering::SeqCst) >= SEARCHES);
    view.checkpoint().unwrap();
    assert_eq!(view.statistics().rows, u64::from(POINTS));
    assert_eq!(view.applied(), last);
    let again = open(&bench.folder, &bench.shape, &bench.store, &bench.options).unwrap();
    assert_eq!(
        again.statistics().rows,
        again.statistics().segments.iter().map(live).sum::<u64>()
    );
    drop(Arc::new(again));
}

fn live(segment: &crate::statistics::SegmentStatistics) -> u64 {
    segment.rows - segment.deleted_rows
}

fn write(
    view: &crate::vector_view::VectorView,
    sequence: u64,
    points: std::ops::Range<u32>,
    retired: Option<RowRange>,
) {
    let mut random = random(sequence);
    let rows = points.zip(0..).map(|(point, ordinal)| NewRow {
        row: RowId { sequence, ordinal },
        point,
        vector: coarse(&mut random, DIMENSIONS),
    });
    view.apply(sequence, rows.collect(), retired.as_slice());
}
