use super::{mean_and_low, next_random, recall};
use crate::vector_view::ranking::OrderedFloat;

#[test]
fn recall_counts_the_truth_among_as_many_rows() {
    let found = [5, 1, 9, 2].map(|offset| (OrderedFloat(0.0), offset));
    assert!((recall(&found, &[1, 5]) - 1.0).abs() < 1e-6);
    assert!((recall(&found, &[9, 5]) - 0.5).abs() < 1e-6);
    assert!((recall(&found[..1], &[9, 5]) - 0.5).abs() < 1e-6);
    assert!(recall(&[], &[9, 5]).abs() < 1e-6);
}

#[test]
fn the_low_end_lies_below_the_mean_even_when_nothing_was_missed() {
    let (mean, low) = mean_and_low(&[1.0; 160], 10);
    assert!(
        (mean - 1.0).abs() < 1e-6 && low < 1.0 && low > 0.998,
        "{mean} {low}"
    );
    let (mean, low) = mean_and_low(&[1.0, 0.0, 1.0, 0.0], 10);
    assert!((mean - 0.5).abs() < 1e-6 && low < 0.1, "{mean} {low}");
}

#[test]
fn the_sequence_is_splitmix64() {
    // The first numbers for seed 1234567, from the reference implementation.
    let mut state = 1_234_567;
    let numbers = [next_random(&mut state), next_random(&mut state)];
    assert_eq!(
        numbers,
        [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
    );
}
