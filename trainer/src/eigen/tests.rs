//! Eigenvectors are what the matrix only stretches, in order and with one sign.

use rand::Rng;

use super::*;
use crate::seed::Seed;

#[test]
fn a_matrix_only_stretches_its_eigenvectors() {
    let mut stream = Seed(5).stream("eigen", 0);
    let mut rows = Matrix::zeros(60, 24);
    rows.values
        .iter_mut()
        .for_each(|value| *value = stream.random_range(-1.0..1.0));
    let matrix = rows.transposed_times(&rows).unwrap();
    let (values, vectors) = eigen(&matrix);
    assert!(values.windows(2).all(|two| two[0] >= two[1]), "{values:?}");
    let stretched = vectors.times(&matrix).unwrap();
    for (row, value) in values.iter().enumerate() {
        let largest = vectors.row(row).iter().copied();
        let largest = largest.fold(0.0f32, |a, b| if b.abs() > a.abs() { b } else { a });
        assert!(largest > 0.0, "row {row}");
        for (a, b) in stretched.row(row).iter().zip(vectors.row(row)) {
            assert!(
                (f64::from(*a) - value * f64::from(*b)).abs() < 1e-3,
                "row {row}"
            );
        }
    }
}
