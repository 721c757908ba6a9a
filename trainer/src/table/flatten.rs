//! Makes the directions of a table count more alike.

use crate::eigen::eigen;
use crate::error::Result;
use crate::matrix::{Matrix, dot, scale};

/// Directions with less than this share of the strongest one's variance are noise, and are not
/// raised any further.
const VARIANCE_SHARE_MIN: f64 = 1e-4;

/// Raises the weak directions of a table: one with variance `v` is multiplied by
/// `(largest / v)^(power / 2)`, then all by one number that leaves the table's length as it was.
///
/// Training puts most of a table's variance into a few directions, which then decide every
/// cosine. Power 1 is whitening by ZCA (Bell and Sejnowski, 1997), power 0 changes nothing. The
/// axes stay where they were, so that a prefix still holds what it was trained to hold.
pub fn flatten(table: &mut Matrix, power: f64) -> Result<()> {
    let before = dot(&table.values, &table.values).sqrt();
    let (variances, mut directions) = eigen(&table.transposed_times(table)?);
    let largest = variances.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return Ok(());
    }
    let plain = directions.clone();
    for (row, variance) in variances.into_iter().enumerate() {
        let share = (variance / largest).max(VARIANCE_SHARE_MIN);
        scale(directions.row_mut(row), share.powf(-power / 2.0) as f32);
    }
    *table = table.times(&plain.transposed_times(&directions)?)?;
    let after = dot(&table.values, &table.values).sqrt();
    scale(&mut table.values, before / after.max(f32::MIN_POSITIVE));
    Ok(())
}

#[cfg(test)]
mod tests;
