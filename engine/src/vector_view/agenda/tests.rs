use std::time::Instant;

use super::{
    BULK_FILL, Fills, IDLE_AFTER, Idleness, are_queries_due, next_idle_merge, next_steady_merge,
};

const ROWS_MAX: usize = 1_000;

#[track_caller]
fn check_steady(live: &[usize], expected: Option<std::ops::Range<usize>>) {
    assert_eq!(next_steady_merge(live, ROWS_MAX), expected, "{live:?}");
}

#[track_caller]
fn check_idle(live: &[usize], expected: Option<std::ops::Range<usize>>) {
    assert_eq!(next_idle_merge(live, ROWS_MAX), expected, "{live:?}");
}

#[test]
fn four_neighbours_are_merged_when_none_is_more_than_half() {
    check_steady(&[10, 10, 10], None);
    check_steady(&[10, 10, 10, 10], Some(0..4));
    check_steady(&[64, 10, 10, 10], None);
    check_steady(&[64, 10, 10, 10, 10], Some(1..5));
    check_steady(&[40, 5, 40, 5], Some(0..4));
    check_steady(&[300, 300, 300, 300], None);
    check_steady(&[64, 32], None);
}

#[test]
fn idle_merges_are_longer_but_must_be_worth_it() {
    check_idle(&[64, 10], None);
    check_idle(&[64, 32], Some(0..2));
    check_idle(&[64, 10, 10, 12], Some(0..4));
    check_idle(&[600, 300, 200, 150], Some(1..4));
    check_idle(&[16; 12], Some(0..12));
    check_idle(&[], None);
}

#[test]
fn adding_equal_segments_writes_each_row_a_logarithmic_number_of_times() {
    let mut live: Vec<usize> = Vec::new();
    let mut written = 0;
    for size in std::iter::repeat_n(1, 256) {
        live.push(size);
        written += size;
        while let Some(range) = next_steady_merge(&live, ROWS_MAX) {
            let sum = live.drain(range.clone()).sum();
            live.insert(range.start, sum);
            written += sum;
        }
    }
    assert_eq!(live.iter().sum::<usize>(), 256);
    assert!(live.len() <= 12, "{live:?}");
    assert!(written <= 256 * 6, "{written} rows written for 256");
}

#[test]
fn measuring_is_due_when_real_queries_are_enough_and_whenever_they_doubled() {
    // Measured with so many, it is due at so many.
    for (known, due) in [
        (0, 64),
        (24, 64),
        (63, 64),
        (64, 128),
        (96, 192),
        (128, 256),
        (160, 256),
    ] {
        assert!(!are_queries_due(known, due - 1), "{known}");
        assert!(are_queries_due(known, due), "{known}");
    }
    assert!(
        !are_queries_due(256, 256),
        "all that are kept were measured with"
    );
}

#[test]
fn segments_that_fill_fast_are_a_bulk_load_until_none_has_filled_for_a_while() {
    let start = Instant::now();
    let soon = start + BULK_FILL / 2;
    let mut fills = Fills::new(start);
    assert!(!fills.is_bulk(start), "nothing was filled yet");
    let mut slow = Fills::new(start);
    slow.note(start + BULK_FILL);
    assert!(!slow.is_bulk(start + BULK_FILL));
    fills.note(soon);
    assert!(fills.is_bulk(soon));
    assert!(!fills.is_bulk(soon + BULK_FILL));
    fills.note(soon + BULK_FILL * 2);
    assert!(!fills.is_bulk(soon + BULK_FILL * 2), "a slow fill ends it");
}

#[test]
fn idleness_begins_with_the_last_write() {
    let start = Instant::now();
    let mut idleness = Idleness::default();
    assert!(!idleness.is_idle(1, start));
    assert!(!idleness.is_idle(2, start + IDLE_AFTER));
    let almost = start + IDLE_AFTER + IDLE_AFTER.mul_f32(0.9);
    assert!(!idleness.is_idle(2, almost));
    assert!(idleness.is_idle(2, start + IDLE_AFTER * 2));
}
