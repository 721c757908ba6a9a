use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Matrix, add_scaled, add_scaled_bytes, add_scaled_bytes_plain, dot, exp, product, softmax,
};

const SEED: u64 = 7;

fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED + seed);
    (0..count).map(|_| random.random_range(-2.0..2.0)).collect()
}

#[test]
fn exp_is_within_a_few_ulp() {
    for step in -86_000..=88_000 {
        let x = step as f32 / 1000.0;
        let expected = f64::from(x).exp();
        let relative = (f64::from(exp(x)) - expected).abs() / expected;
        assert!(relative < 3e-7, "exp({x}) is off by {relative}");
    }
    assert!((exp(0.0) - 1.0).abs() < f32::EPSILON);
}

#[test]
fn exp_saturates_and_keeps_what_is_not_a_number() {
    assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(-1e9) >= 0.0);
    assert!(exp(f32::INFINITY).is_finite() && exp(1e9) > 1e38);
    assert!(exp(f32::NAN).is_nan());
}

#[test]
fn dot_and_add_agree_with_plain_loops() {
    for count in [0, 1, 15, 16, 17, 64, 100] {
        let (left, right) = (random(count, 1), random(count, 2));
        let expected: f64 = left
            .iter()
            .zip(&right)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum();
        assert!((f64::from(dot(&left, &right)) - expected).abs() < 1e-4);
        let mut output = left.clone();
        add_scaled(&mut output, 0.5, &right);
        for ((output, left), right) in output.iter().zip(&left).zip(&right) {
            assert!((output - (left + 0.5 * right)).abs() < 1e-6);
        }
    }
}

#[test]
fn softmax_sums_to_one_and_keeps_order() {
    for count in [1, 2, 16, 33] {
        let scores = random(count, 3);
        let mut weights = scores.clone();
        softmax(&mut weights, 0.7);
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let total: f64 = scores
            .iter()
            .map(|score| f64::from(score * 0.7).exp())
            .sum();
        for (weight, score) in weights.iter().zip(&scores) {
            let expected = f64::from(score * 0.7).exp() / total;
            assert!((f64::from(*weight) - expected).abs() < 1e-6);
        }
    }
    let mut bad = [1.0, f32::NAN];
    softmax(&mut bad, 1.0);
    assert!(bad.iter().all(|weight| weight.is_nan()));
}

#[test]
fn product_reads_by_stride() {
    let (rows, columns, inner) = (5, 7, 9);
    // Rows of the left matrix start 12 apart, the right one is stored transposed.
    let (left, right) = (random(rows * 12, 4), random(columns * 11, 5));
    let mut output = vec![9.0; rows * 8];
    let matrices = [Matrix::new(&left, 12, 1), Matrix::new(&right, 1, 11)];
    product(&mut output, 8, matrices, [rows, columns, inner]);
    for row in 0..rows {
        for column in 0..columns {
            let expected: f32 = (0..inner)
                .map(|i| left[row * 12 + i] * right[column * 11 + i])
                .sum();
            assert!((output[row * 8 + column] - expected).abs() < 1e-4);
        }
        let between = output[row * 8 + 7];
        assert!(
            (between - 9.0).abs() < f32::EPSILON,
            "what lies between rows is not touched"
        );
    }
}

#[test]
fn a_product_beyond_its_slices_is_stopped() {
    let (left, right) = (random(8, 6), random(8, 7));
    let sizes = [[3, 2, 4], [2, 3, 4], [2, 2, 5], [0, 2, 4]];
    for size in sizes {
        let outcome = std::panic::catch_unwind(|| {
            let mut output = vec![0.0; 4];
            let matrices = [Matrix::new(&left, 4, 1), Matrix::new(&right, 1, 4)];
            product(&mut output, 2, matrices, size);
        });
        assert!(outcome.is_err(), "{size:?} went through");
    }
}

#[test]
fn wider_registers_add_bytes_to_the_same_bits() {
    // Lengths around the widths of the registers.
    for length in [0, 1, 15, 16, 17, 63, 64, 1_000] {
        let bytes: Vec<u8> = (0..length).map(|at| (at * 37 % 256) as u8).collect();
        let start: Vec<f32> = (0..length).map(|at| (at as f32).sin()).collect();
        let (mut fast, mut plain) = (start.clone(), start);
        add_scaled_bytes(&mut fast, 0.0123, &bytes, 128.0);
        add_scaled_bytes_plain(&mut plain, 0.0123, &bytes, 128.0);
        let bits = |values: &[f32]| {
            values
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(&fast), bits(&plain), "{length}");
    }
}
