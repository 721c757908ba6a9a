//! Round numbers and places.

use super::*;

fn labels(axis: &Axis) -> Vec<String> {
    axis.ticks.iter().map(|&tick| axis.label(tick)).collect()
}

#[test]
fn ends_are_round_and_hold_every_value() {
    let axis = Axis::linear([0.13, 0.87].into_iter());
    // 0.74 / 6 = 0.123; the next round step is 0.2.
    assert_eq!(labels(&axis), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    assert!(axis.place(0.13) > 0.0 && axis.place(0.87) < 1.0);
    assert!((axis.place(0.5) - 0.5).abs() < 1e-9);
    let axis = Axis::linear([0.0, 25_000.0].into_iter());
    assert_eq!(labels(&axis)[1], "5000");
}

#[test]
fn small_numbers_are_written_short() {
    let axis = Axis::linear([0.0, 4e-5].into_iter());
    assert_eq!(labels(&axis), ["0", "1.0e-5", "2.0e-5", "3.0e-5", "4.0e-5"]);
}

#[test]
fn one_value_and_none_still_make_an_axis() {
    for values in [vec![3.0], vec![0.0], vec![-2.0, -2.0], vec![]] {
        let axis = Axis::linear(values.iter().copied());
        assert!(axis.ticks.len() >= 2, "{values:?}");
        for value in values {
            assert!((0.0..=1.0).contains(&axis.place(value)), "{value}");
        }
    }
    assert!(Axis::ratio([64.0].into_iter()).place(64.0).abs() < 1e-9);
    assert!(Axis::ratio(std::iter::empty()).ticks.is_empty());
}

#[test]
fn halves_are_equally_far_apart() {
    let axis = Axis::ratio([256.0, 8.0, 32.0, 32.0].into_iter());
    assert_eq!(labels(&axis), ["8", "32", "256"]);
    assert!((axis.place(32.0) - 0.4).abs() < 1e-9);
    assert!((axis.place(256.0) - 1.0).abs() < 1e-9);
}
