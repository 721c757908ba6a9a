use super::flatten;
use crate::matrix::{Matrix, dot};
use crate::seed::Seed;
use rand::Rng;

/// Rows whose first directions vary most, in axes that are not the coordinates.
fn table() -> Matrix {
    let mut random = Seed(2).stream("table", 0);
    let mut table = Matrix::zeros(500, 6);
    for row in 0..table.rows {
        let values = table.row_mut(row);
        for (axis, value) in values.iter_mut().enumerate() {
            *value = random.random_range(-1.0f32..1.0) / (1 << axis) as f32;
        }
        let (first, second) = (values[0], values[1]);
        values[0] = 0.8 * first - 0.6 * second;
        values[1] = 0.6 * first + 0.8 * second;
    }
    table
}

fn covariance(table: &Matrix) -> Matrix {
    table.transposed_times(table).unwrap()
}

#[test]
fn power_one_leaves_no_direction_stronger() {
    let before = table();
    let mut after = before.clone();
    flatten(&mut after, 1.0).unwrap();
    let covariance = covariance(&after);
    let level = covariance.values[0];
    for (at, value) in covariance.values.iter().enumerate() {
        let expected = if at % 7 == 0 { level } else { 0.0 };
        assert!((value - expected).abs() < 1e-2 * level, "{at}: {value}");
    }
    let norm = |table: &Matrix| dot(&table.values, &table.values);
    assert!((norm(&after) / norm(&before) - 1.0).abs() < 1e-3);
    // The axes stay: a value is still mostly what it was.
    for column in 0..6 {
        let of = |table: &Matrix| -> Vec<f32> {
            (0..table.rows).map(|row| table.row(row)[column]).collect()
        };
        let (before, after) = (of(&before), of(&after));
        let cosine = dot(&before, &after) / (dot(&before, &before) * dot(&after, &after)).sqrt();
        assert!(cosine > 0.8, "{column}: {cosine}");
    }
}

#[test]
fn power_zero_changes_nothing() {
    let before = table();
    let mut after = before.clone();
    flatten(&mut after, 0.0).unwrap();
    for (before, after) in before.values.iter().zip(&after.values) {
        assert!((before - after).abs() < 1e-4);
    }
    let mut zeros = Matrix::zeros(3, 4);
    flatten(&mut zeros, 0.7).unwrap();
    assert!(zeros.values.iter().all(|value| *value == 0.0));
}
