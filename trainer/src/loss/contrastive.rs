//! In-batch contrastive loss (InfoNCE), both ways: a query finds its passage among the batch's
//! passages, and a passage its query among the batch's queries.

use rayon::prelude::*;

use crate::error::Result;
use crate::matrix::Matrix;

/// The loss and its gradients by the unit rows.
#[derive(Debug)]
pub struct Contrast {
    /// Mean over both ways.
    pub loss: f64,
    /// Gradient by the queries, `[rows, d]`.
    pub of_queries: Matrix,
    /// Gradient by the passages, `[rows, d]`.
    pub of_passages: Matrix,
}

/// Query `i` belongs to passage `i`. Two pairs of one group are not negatives of each other.
///
/// With logits `l_ij = q_i . p_j / temperature`, the loss is the mean of
/// `-log softmax_j(l_ij)` at `j = i` over rows and of the same over columns.
pub fn contrastive(
    queries: &Matrix,
    passages: &Matrix,
    groups: &[u64],
    temperature: f32,
) -> Result<Contrast> {
    let rows = queries.rows;
    let mut odds = queries.times_transposed(passages)?;
    // Cosines end at 1, so one shift keeps every exponential at most 1, in rows and in columns.
    let own: Vec<f32> = (0..rows)
        .map(|row| (odds.row(row)[row] - 1.0) / temperature)
        .collect();
    let row_sums: Vec<f32> = odds
        .values
        .par_chunks_mut(rows)
        .enumerate()
        .map(|(row, logits)| {
            let mut sum = 0.0;
            for (column, value) in logits.iter_mut().enumerate() {
                let is_masked = column != row && groups[column] == groups[row];
                *value = if is_masked {
                    0.0
                } else {
                    ((*value - 1.0) / temperature).exp()
                };
                sum += *value;
            }
            sum
        })
        .collect();
    let mut column_sums = vec![0.0f32; rows];
    for row in 0..rows {
        for (sum, value) in column_sums.iter_mut().zip(odds.row(row)) {
            *sum += value;
        }
    }
    let loss: f64 = (0..rows)
        .map(|row| f64::from(row_sums[row].ln() + column_sums[row].ln() - 2.0 * own[row]))
        .sum();
    let factor = 1.0 / (2.0 * temperature * rows as f32);
    odds.values
        .par_chunks_mut(rows)
        .enumerate()
        .for_each(|(row, values)| {
            for (value, column_sum) in values.iter_mut().zip(&column_sums) {
                *value *= factor * (1.0 / row_sums[row] + 1.0 / column_sum);
            }
            values[row] -= 2.0 * factor;
        });
    let of_queries = odds.times(passages)?;
    let of_passages = odds.transposed_times(queries)?;
    Ok(Contrast {
        loss: loss / (2.0 * rows as f64),
        of_queries,
        of_passages,
    })
}
