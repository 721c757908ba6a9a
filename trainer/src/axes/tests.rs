//! Axes are orthogonal, ordered, and hold the variance they claim.

use rand::Rng;

use super::*;
use crate::seed::Seed;

/// Rows spread along four directions of six, with known strength.
fn spread() -> Matrix {
    let strengths = [5.0, 0.0, 3.0, 0.5, 0.0, 1.0];
    let mut stream = Seed(3).stream("spread", 0);
    let rows = 4_000;
    let mut matrix = Matrix::zeros(rows, 6);
    for row in 0..rows {
        let values = matrix.row_mut(row);
        for (value, strength) in values.iter_mut().zip(strengths) {
            *value = stream.random_range(-1.0f32..1.0) * strength;
        }
        // A rotation by 45 degrees, so that the axes are not the coordinates.
        let (a, b) = (values[0], values[2]);
        (values[0], values[2]) = ((a - b) * 0.5f32.sqrt(), (a + b) * 0.5f32.sqrt());
    }
    matrix
}

#[test]
fn axes_are_found_in_order_of_variance() {
    let axes = Axes::of(&spread(), 4).unwrap();
    let first = axes.directions.row(0);
    assert!((first[0].abs() - 0.5f32.sqrt()).abs() < 0.02, "{first:?}");
    assert!((first[0] - first[2]).abs() < 0.03, "{first:?}");
    assert!(axes.directions.row(2)[5].abs() > 0.99);
    assert!(axes.directions.row(3)[3].abs() > 0.99);
    assert!((axes.share - 1.0).abs() < 1e-6, "{}", axes.share);
}

#[test]
fn directions_are_orthogonal_and_of_unit_length() {
    let directions = Axes::of(&spread(), 6).unwrap().directions;
    let products = directions.times_transposed(&directions).unwrap();
    for row in 0..6 {
        for column in 0..6 {
            let expected = if row == column { 1.0 } else { 0.0 };
            assert!((products.row(row)[column] - expected).abs() < 1e-5);
        }
    }
}

#[test]
fn all_axes_together_keep_every_angle() {
    let rows = spread();
    let axes = Axes::of(&rows, 6).unwrap();
    let few = Matrix {
        rows: 5,
        columns: 6,
        values: rows.values[..30].to_vec(),
    };
    let rotated = axes.project(&few).unwrap();
    for a in 0..5 {
        for b in 0..5 {
            let norms = dot(few.row(a), few.row(a)).sqrt() * dot(few.row(b), few.row(b)).sqrt();
            let before = dot(few.row(a), few.row(b)) / norms;
            assert!((dot(rotated.row(a), rotated.row(b)) - before).abs() < 1e-4);
        }
    }
}

#[test]
fn fewer_axes_hold_the_share_they_claim() {
    let axes = Axes::of(&spread(), 1).unwrap();
    // Variances are squares of the strengths: 25 of 25 + 9 + 0.25 + 1.
    assert!((axes.share - 25.0 / 35.25).abs() < 0.02, "{}", axes.share);
}
