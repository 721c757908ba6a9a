use super::{Eagerness, next_merge};

#[track_caller]
fn check(live: &[usize], eagerness: Eagerness, expected: Option<std::ops::Range<usize>>) {
    assert_eq!(next_merge(live, 1_000, eagerness), expected, "{live:?}");
}

#[test]
fn four_neighbours_are_merged_when_none_is_more_than_half() {
    check(&[10, 10, 10], Eagerness::Busy, None);
    check(&[10, 10, 10, 10], Eagerness::Busy, Some(0..4));
    check(&[64, 10, 10, 10], Eagerness::Busy, None);
    check(&[64, 10, 10, 10, 10], Eagerness::Busy, Some(1..5));
    check(&[40, 5, 40, 5], Eagerness::Busy, Some(0..4));
    check(&[300, 300, 300, 300], Eagerness::Busy, None);
}

#[test]
fn idle_merges_are_longer_but_must_be_worth_it() {
    check(&[64, 10], Eagerness::Idle, None);
    check(&[64, 32], Eagerness::Busy, None);
    check(&[64, 32], Eagerness::Idle, Some(0..2));
    check(&[64, 10, 10, 12], Eagerness::Idle, Some(0..4));
    check(&[600, 300, 200, 150], Eagerness::Idle, Some(1..4));
    check(&[], Eagerness::Idle, None);
}

#[test]
fn adding_equal_segments_writes_each_row_a_logarithmic_number_of_times() {
    let mut live: Vec<usize> = Vec::new();
    let mut written = 0;
    for size in std::iter::repeat_n(1, 256) {
        live.push(size);
        written += size;
        while let Some(range) = next_merge(&live, 1_000, Eagerness::Busy) {
            let sum = live.drain(range.clone()).sum();
            live.insert(range.start, sum);
            written += sum;
        }
    }
    assert_eq!(live.iter().sum::<usize>(), 256);
    assert!(live.len() <= 12, "{live:?}");
    assert!(written <= 256 * 6, "{written} rows written for 256");
}
