//! Every loss against finite differences of itself, through the normalisation.

use rand::Rng;

use super::contrastive::contrastive;
use super::copy::copy;
use super::prefix::UnitPrefix;
use super::similarity::similarity;
use crate::matrix::{Matrix, dot};
use crate::seed::Seed;

const ROWS: usize = 6;
const COLUMNS: usize = 8;

/// f32 sums of a few dozen terms; the differences below are of losses around one.
const TOLERANCE: f64 = 2e-3;

fn random(name: &str, rows: usize) -> Matrix {
    let mut stream = Seed(7).stream(name, 0);
    let values = (0..rows * COLUMNS)
        .map(|_| stream.random_range(-1.0..1.0))
        .collect();
    Matrix {
        rows,
        columns: COLUMNS,
        values,
    }
}

/// Compares a gradient with central differences at every value.
fn check(vectors: &Matrix, loss_and_gradient: impl Fn(&Matrix) -> (f64, Matrix)) {
    let (_, gradient) = loss_and_gradient(vectors);
    let step = 5e-3f32;
    for at in 0..vectors.values.len() {
        let moved = |by: f32| {
            let mut moved = vectors.clone();
            moved.values[at] += by;
            loss_and_gradient(&moved).0
        };
        let slope = (moved(step) - moved(-step)) / f64::from(2.0 * step);
        let found = f64::from(gradient.values[at]);
        let allowed = TOLERANCE * (1.0 + slope.abs());
        assert!(
            (slope - found).abs() < allowed,
            "value {at}: slope {slope}, gradient {found}"
        );
    }
}

#[test]
fn copy_has_the_gradient_of_its_loss() {
    let teacher = UnitPrefix::of(&random("teacher", ROWS), 0..ROWS, 5).unit;
    check(&random("student", ROWS), |vectors| {
        let student = UnitPrefix::of(vectors, 0..ROWS, 5);
        let (loss, slope) = copy(&student.unit, &teacher);
        let mut gradient = Matrix::zeros(ROWS, COLUMNS);
        student.add_gradient(&slope, 1.0, &mut gradient, 0);
        (loss, gradient)
    });
}

#[test]
fn copy_is_zero_where_the_directions_agree() {
    let teacher = UnitPrefix::of(&random("teacher", ROWS), 0..ROWS, COLUMNS).unit;
    let (loss, _) = copy(&teacher, &teacher);
    assert!(loss.abs() < 1e-6, "{loss}");
}

#[test]
fn similarity_has_the_gradient_of_its_loss() {
    let teacher = UnitPrefix::of(&random("teacher", ROWS), 0..ROWS, COLUMNS).unit;
    let wanted = teacher.times_transposed(&teacher).unwrap();
    check(&random("student", ROWS), |vectors| {
        let student = UnitPrefix::of(vectors, 0..ROWS, 5);
        let (loss, slope) = similarity(&student.unit, &wanted).unwrap();
        let mut gradient = Matrix::zeros(ROWS, COLUMNS);
        student.add_gradient(&slope, 1.0, &mut gradient, 0);
        (loss, gradient)
    });
}

/// The two sides are rows of one matrix, as in a batch.
fn contrast(vectors: &Matrix, groups: &[u64], temperature: f32) -> (f64, Matrix) {
    let queries = UnitPrefix::of(vectors, 0..ROWS, 5);
    let passages = UnitPrefix::of(vectors, ROWS..2 * ROWS, 5);
    let contrast = contrastive(&queries.unit, &passages.unit, groups, temperature).unwrap();
    let mut gradient = Matrix::zeros(2 * ROWS, COLUMNS);
    queries.add_gradient(&contrast.of_queries, 1.0, &mut gradient, 0);
    passages.add_gradient(&contrast.of_passages, 1.0, &mut gradient, ROWS);
    (contrast.loss, gradient)
}

#[test]
fn contrast_has_the_gradient_of_its_loss() {
    let vectors = random("both sides", 2 * ROWS);
    check(&vectors, |vectors| {
        contrast(vectors, &[0, 1, 2, 3, 4, 5], 0.5)
    });
    check(&vectors, |vectors| {
        contrast(vectors, &[0, 1, 0, 3, 1, 5], 0.5)
    });
}

#[test]
fn contrast_is_the_published_formula() {
    let vectors = random("both sides", 2 * ROWS);
    let temperature = 0.05;
    let queries = UnitPrefix::of(&vectors, 0..ROWS, 5).unit;
    let passages = UnitPrefix::of(&vectors, ROWS..2 * ROWS, 5).unit;
    let logit = |q: usize, p: usize| f64::from(dot(queries.row(q), passages.row(p)) / temperature);
    let mut expected = 0.0;
    for i in 0..ROWS {
        let row: f64 = (0..ROWS).map(|j| logit(i, j).exp()).sum();
        let column: f64 = (0..ROWS).map(|j| logit(j, i).exp()).sum();
        expected -= (logit(i, i).exp() / row).ln() + (logit(i, i).exp() / column).ln();
    }
    expected /= 2.0 * ROWS as f64;
    let (loss, _) = contrast(&vectors, &[0, 1, 2, 3, 4, 5], temperature);
    assert!((loss - expected).abs() < 1e-4, "{loss} is not {expected}");
}

#[test]
fn one_group_is_no_negative_of_itself() {
    // All pairs say the same: no negatives are left and nothing is to be learned.
    let (loss, gradient) = contrast(&random("both sides", 2 * ROWS), &[9; ROWS], 0.05);
    assert!(loss.abs() < 1e-5, "{loss}");
    assert!(gradient.values.iter().all(|slope| slope.abs() < 1e-4));
}

#[test]
fn a_vector_without_direction_gets_no_gradient() {
    let mut vectors = random("student", ROWS);
    vectors.row_mut(2).fill(0.0);
    let student = UnitPrefix::of(&vectors, 0..ROWS, 5);
    assert_eq!(student.unit.row(2), [0.0; 5]);
    let mut gradient = Matrix::zeros(ROWS, COLUMNS);
    let ones = Matrix {
        rows: ROWS,
        columns: 5,
        values: vec![1.0; ROWS * 5],
    };
    student.add_gradient(&ones, 1.0, &mut gradient, 0);
    assert_eq!(gradient.row(2), [0.0; COLUMNS]);
    assert!(gradient.row(1).iter().any(|&slope| slope != 0.0));
}
