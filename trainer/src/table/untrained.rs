//! Gives tokens that training never touched the length of those it did.

use crate::matrix::{Matrix, dot, scale};

/// Scales rows without a step to the median length of the others.
///
/// Training lengthens vectors. A token of a language the texts do not have keeps the length it
/// started with and would weigh less than a full stop.
pub fn settle_untrained(table: &mut Matrix, steps: &[u32]) {
    let length = |table: &Matrix, row: usize| dot(table.row(row), table.row(row)).sqrt();
    let trained = (0..table.rows).filter(|&row| steps[row] > 0);
    let mut lengths: Vec<f32> = trained.map(|row| length(table, row)).collect();
    if lengths.is_empty() {
        return;
    }
    let middle = lengths.len() / 2;
    let (_, &mut median, _) = lengths.select_nth_unstable_by(middle, f32::total_cmp);
    for row in (0..table.rows).filter(|&row| steps[row] == 0) {
        let own = length(table, row);
        // A row of zeros has no direction to be scaled along.
        if own > 0.0 {
            scale(table.row_mut(row), median / own);
        }
    }
}
