use half::f16;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{ROUNDING_MAX, dot_f16, dot_f32, dot_i8, length, plain, squared_euclid_f32};

/// Runs `check` on slices of every length to 300, starting at odd offsets of a larger buffer.
fn for_lengths_and_offsets(mut check: impl FnMut(usize, usize)) {
    for count in 1..=300 {
        for offset in [0, 1, 3, 7] {
            check(count, offset);
        }
    }
}

fn floats(seed: u64, count: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}

fn assert_near(found: f32, expected: f32, scale: f32, what: &str) {
    assert!(
        (found - expected).abs() <= ROUNDING_MAX * scale,
        "{what}: {found}, expected {expected} within {} (seed=1,2)",
        ROUNDING_MAX * scale
    );
}

#[test]
fn float_kernels_agree_with_the_plain_forms() {
    let (left, right) = (floats(1, 400), floats(2, 400));
    let halves: Vec<f16> = right.iter().map(|&x| f16::from_f32(x)).collect();
    for_lengths_and_offsets(|count, offset| {
        let (x, y) = (
            &left[offset..offset + count],
            &right[offset..offset + count],
        );
        let row = &halves[offset..offset + count];
        let scale = length(x) * length(y);
        let what = format!("count {count} offset {offset}");
        assert_near(dot_f32(x, y), plain::dot_f32(x, y), scale, &what);
        assert_near(dot_f16(x, row), plain::dot_f16(x, row), scale, &what);
        let expected = plain::squared_euclid_f32(x, y);
        assert_near(squared_euclid_f32(x, y), expected, expected, &what);
    });
}

#[test]
fn code_kernel_equals_the_plain_form() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut codes = || -> Vec<i8> { (0..400).map(|_| random.random_range(-127..=127)).collect() };
    let (left, right) = (codes(), codes());
    for_lengths_and_offsets(|count, offset| {
        let (x, y) = (
            &left[offset..offset + count],
            &right[offset..offset + count],
        );
        assert_eq!(
            dot_i8(x, y),
            plain::dot_i8(x, y),
            "count {count} offset {offset} (seed=3)"
        );
    });
}

#[test]
fn codes_of_the_largest_dimensions_do_not_overflow() {
    let extreme = vec![-127_i8; crate::schema::DIMENSIONS_MAX];
    let expected = 127 * 127 * crate::schema::DIMENSIONS_MAX as i32;
    assert_eq!(dot_i8(&extreme, &extreme), expected);
}

#[test]
fn slices_of_different_length_use_the_shorter() {
    let ones = [1.0_f32; 100];
    assert!((dot_f32(&ones, &ones[..70]) - 70.0).abs() < 1e-4);
    assert!((dot_f16(&ones[..33], &[f16::ONE; 90]) - 33.0).abs() < 1e-4);
    assert_eq!(dot_i8(&[1; 65], &[2; 64]), 128);
    assert!(squared_euclid_f32(&ones, &ones[..1]).abs() < 1e-6);
}

#[test]
fn lengths_of_wild_vectors_are_finite() {
    assert!((length(&[3.0, 4.0]) - 5.0).abs() < 1e-6);
    assert!((length(&[1e30, 0.0]) / 1e30 - 1.0).abs() < 1e-6);
}
