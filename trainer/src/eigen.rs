//! Eigenvalues of symmetric matrices. The only file that names `nalgebra`.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::matrix::Matrix;

/// Eigenvalues of a symmetric matrix, the largest first, and their unit eigenvectors as rows.
///
/// An eigenvector's sign is free; here its largest value is positive, so that a matrix has one
/// answer.
pub(crate) fn eigen(matrix: &Matrix) -> (Vec<f64>, Matrix) {
    let size = matrix.rows;
    let values = matrix.values.iter().map(|&value| f64::from(value));
    let found = SymmetricEigen::new(DMatrix::from_iterator(size, size, values));
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| found.eigenvalues[b].total_cmp(&found.eigenvalues[a]));
    let mut vectors = Matrix::zeros(size, size);
    for (row, &axis) in order.iter().enumerate() {
        let vector = found.eigenvectors.column(axis);
        let largest = vector.iter().copied();
        let largest = largest.fold(0.0f64, |a, b| if b.abs() > a.abs() { b } else { a });
        let sign = if largest < 0.0 { -1.0 } else { 1.0 };
        for (target, value) in vectors.row_mut(row).iter_mut().zip(vector) {
            *target = (sign * value) as f32;
        }
    }
    let values = order.iter().map(|&axis| found.eigenvalues[axis]).collect();
    (values, vectors)
}

#[cfg(test)]
mod tests;
