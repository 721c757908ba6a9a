//! A factorised token table: short rows, and one matrix that makes vectors of them.

use crate::eigen::eigen;
use crate::error::Result;
use crate::matrix::{Matrix, dot};
use crate::prune::cut::CutTensor;
use crate::transformer::weights::TABLE;

/// Replaces the token table `[tokens, hidden]` by rows `[tokens, rank]` and a basis
/// `[rank, hidden]`; returns the share of its squared length that is left.
///
/// The basis is the table's first right singular vectors, so no table of this rank is closer
/// (Eckart and Young, 1936).
pub fn factorise(tensors: &mut Vec<CutTensor>, rank: usize) -> Result<f64> {
    let Some(table) = tensors.iter_mut().find(|tensor| tensor.name == TABLE) else {
        return Ok(1.0);
    };
    let whole = Matrix {
        rows: table.shape[0],
        columns: table.shape[1],
        values: std::mem::take(&mut table.values),
    };
    let (_, vectors) = eigen(&whole.transposed_times(&whole)?);
    let basis = Matrix {
        rows: rank,
        columns: whole.columns,
        values: vectors.values[..rank * whole.columns].to_vec(),
    };
    let rows = whole.times_transposed(&basis)?;
    let length = |matrix: &Matrix| f64::from(dot(&matrix.values, &matrix.values));
    let share = length(&rows) / length(&whole).max(f64::MIN_POSITIVE);
    table.shape = vec![rows.rows, rank];
    table.values = rows.values;
    tensors.push(CutTensor {
        name: format!("{TABLE}_basis"),
        shape: vec![rank, basis.columns],
        values: basis.values,
    });
    Ok(share)
}
