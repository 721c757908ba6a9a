//! Copy the teacher: one minus the cosine between the student's vector and the teacher's.

use crate::matrix::{Matrix, dot};

/// Returns the mean loss and its gradient by the student's unit rows.
pub fn copy(student: &Matrix, teacher: &Matrix) -> (f64, Matrix) {
    let rows = student.rows.max(1) as f32;
    let mut cosine = 0.0;
    for row in 0..student.rows {
        cosine += f64::from(dot(student.row(row), teacher.row(row)));
    }
    let values = teacher.values.iter().map(|value| -value / rows).collect();
    let gradient = Matrix {
        rows: student.rows,
        columns: student.columns,
        values,
    };
    (1.0 - cosine / f64::from(rows), gradient)
}
