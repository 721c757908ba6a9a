//! Keep the teacher's neighbourhoods: the batch's similarity matrices should agree.

use rayon::prelude::*;

use crate::error::Result;
use crate::matrix::Matrix;

/// Returns `sum over i != j of (s_i . s_j - t_ij)^2 / rows` and its gradient by the student's
/// unit rows. `teacher` is the teacher's similarity matrix `[rows, rows]`, symmetric.
///
/// Divided by rows and not by pairs, so that its size does not vanish as batches grow.
pub fn similarity(student: &Matrix, teacher: &Matrix) -> Result<(f64, Matrix)> {
    let mut difference = student.times_transposed(student)?;
    let rows = student.rows;
    let losses: Vec<f64> = difference
        .values
        .par_chunks_mut(rows)
        .enumerate()
        .map(|(row, differences)| {
            let mut loss = 0.0;
            for (value, expected) in differences.iter_mut().zip(teacher.row(row)) {
                *value -= expected;
                loss += *value * *value;
            }
            loss -= differences[row] * differences[row];
            differences[row] = 0.0;
            f64::from(loss)
        })
        .collect();
    let mut gradient = difference.times(student)?;
    // Each pair is counted twice and depends on both of its rows: 2 * 2.
    let factor = 4.0 / rows as f32;
    gradient
        .values
        .iter_mut()
        .for_each(|value| *value *= factor);
    Ok((losses.iter().sum::<f64>() / rows as f64, gradient))
}
