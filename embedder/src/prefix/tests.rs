use super::{normalize, prefix, prefix_lengths};
use crate::error::{Error, ErrorKind};

fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[test]
fn every_prefix_has_length_one() {
    let mut vector: Vec<f32> = (0..320)
        .map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0)
        .collect();
    normalize(&mut vector).expect("normalized");
    for dimensions in prefix_lengths(320) {
        let shorter = prefix(&vector, dimensions).expect("prefix");
        assert_eq!(shorter.len(), dimensions);
        assert!(
            (length(&shorter) - 1.0).abs() < 1e-6,
            "{dimensions}: {}",
            length(&shorter)
        );
        let ratio = shorter[0] / vector[0];
        assert!(
            (shorter[1] - vector[1] * ratio).abs() < 1e-6,
            "direction is kept"
        );
    }
}

#[test]
fn lengths_are_the_trained_ones() {
    assert_eq!(prefix_lengths(320), [320, 256, 128, 64, 32, 16, 8]);
    assert_eq!(prefix_lengths(1024), [1024, 512, 256, 128, 64, 32, 16, 8]);
    assert_eq!(prefix_lengths(32), [32, 16, 8]);
    assert_eq!(prefix_lengths(8), [8]);
    assert_eq!(prefix_lengths(4), [4]);
}

#[test]
fn lengths_that_do_not_exist_are_refused() {
    for dimensions in [0, 4] {
        let error = prefix(&[1.0, 0.0, 0.0], dimensions).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[test]
fn vectors_without_direction_are_refused() {
    for bad in [0.0, f32::NAN, f32::INFINITY] {
        let error = prefix(&[bad, 0.0, 1.0], 1).expect_err("refused");
        assert!(
            matches!(error, Error::VectorDegenerate { dimensions: 1, .. }),
            "{error}"
        );
    }
}

#[test]
fn large_and_small_values_survive() {
    for scale in [1e30_f32, 1e-30] {
        let shorter = prefix(&[3.0 * scale, 4.0 * scale], 2).expect("prefix");
        assert!((shorter[0] - 0.6).abs() < 1e-6 && (shorter[1] - 0.8).abs() < 1e-6);
    }
}
