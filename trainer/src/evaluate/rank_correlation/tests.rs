//! Correlations computed by hand, and resamples against the plain definition.

use rand::Rng;

use super::*;
use crate::seed::Seed;

fn check(left: &[f64], right: &[f64], expected: f64) {
    let counts = vec![1; left.len()];
    let found = spearman(&Ranks::of(left), &Ranks::of(right), &counts);
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn without_ties_it_is_the_formula_of_squared_differences() {
    // Ranks 1 2 3 4 5 and 2 1 4 3 5: d^2 = 1 1 1 1 0, rho = 1 - 6 * 4 / (5 * 24) = 0.8.
    check(
        &[10.0, 20.0, 30.0, 40.0, 50.0],
        &[0.2, 0.1, 0.9, 0.8, 1.0],
        0.8,
    );
    check(&[1.0, 2.0, 3.0], &[-5.0, 0.0, 9.0], 1.0);
    check(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], -1.0);
}

#[test]
fn ties_share_the_mean_of_their_places() {
    // Left 1 2 2 3 has ranks 1 2.5 2.5 4, right 1 2 3 4 has 1 2 3 4; both means are 2.5.
    // Deviations -1.5 0 0 1.5 and -1.5 -0.5 0.5 1.5: products sum to 4.5, squares to 4.5 and 5;
    // 4.5 / sqrt(22.5) = 0.948683...
    check(
        &[1.0, 2.0, 2.0, 3.0],
        &[1.0, 2.0, 3.0, 4.0],
        4.5 / 22.5f64.sqrt(),
    );
}

#[test]
fn without_spread_it_is_zero() {
    check(&[1.0; 4], &[1.0, 2.0, 3.0, 4.0], 0.0);
    assert!(Ranks::of(&[1.0; 4]).is_flat());
    assert!(!Ranks::of(&[1.0, 2.0]).is_flat());
}

/// The definition itself, on items written out as often as they were drawn.
fn plain(left: &[f64], right: &[f64]) -> f64 {
    let ranks = |values: &[f64]| -> Vec<f64> {
        let rank = |value: f64| {
            let below = values.iter().filter(|&&other| other < value).count() as f64;
            let equal = values
                .iter()
                .filter(|other| other.total_cmp(&value).is_eq())
                .count() as f64;
            below + equal.midpoint(1.0)
        };
        values.iter().map(|&value| rank(value)).collect()
    };
    let (left, right) = (ranks(left), ranks(right));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(&left), mean(&right));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        left.iter().zip(&right).map(|(x, y)| f(x - a, y - b)).sum()
    };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn a_resample_equals_the_definition_on_the_items_written_out() {
    let mut random = Seed(4).stream("ranks", 0);
    for _ in 0..50 {
        let count = random.random_range(5..40);
        let left: Vec<f64> = (0..count)
            .map(|_| f64::from(random.random_range(0..9)))
            .collect();
        let right: Vec<f64> = (0..count).map(|_| random.random::<f64>()).collect();
        let mut counts = vec![0u32; count];
        let mut drawn = (Vec::new(), Vec::new());
        for _ in 0..count {
            let item = random.random_range(0..count);
            counts[item] += 1;
            drawn.0.push(left[item]);
            drawn.1.push(right[item]);
        }
        let expected = plain(&drawn.0, &drawn.1);
        let found = spearman(&Ranks::of(&left), &Ranks::of(&right), &counts);
        // Without spread the definition has no value.
        let expected = if expected.is_nan() { 0.0 } else { expected };
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
}
