//! Sets how much each token counts in a text, by how rare it is.

use crate::matrix::{Matrix, dot, scale};

/// Below this a token is in nearly every text; a vector of no length would have no direction.
const RARITY_MIN: f64 = 0.05;

/// How lengths are set: a token's is `length^length * rarity^rarity` of what it was and how rare
/// it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Powers {
    /// Of the length training left; 1 keeps it, 0 forgets it.
    pub length: f64,
    /// Of the inverse document frequency; 0 leaves it out.
    pub rarity: f64,
}

/// Sets the length of every row. `shares` says in which share of the texts a token is; its rarity
/// is minus the logarithm of that, in shares of the median token's (Sparck Jones, 1972).
///
/// Training moves a row by the batches it is in, so rare tokens keep short vectors; in a mean over
/// a text they then count less than frequent ones, the opposite of what a search wants.
pub fn weigh(table: &mut Matrix, shares: &[f64], powers: Powers) {
    let rarities = shares.iter().map(|share| (-share.ln()).max(RARITY_MIN));
    let rarities: Vec<f64> = rarities.collect();
    let mut ordered = rarities.clone();
    ordered.sort_unstable_by(f64::total_cmp);
    let Some(&median) = ordered.get(ordered.len() / 2) else {
        return;
    };
    for (row, rarity) in rarities.into_iter().enumerate() {
        let values = table.row_mut(row);
        let length = f64::from(dot(values, values)).sqrt();
        // A row of zeros has no direction to be scaled along.
        if length > 0.0 {
            let rarity = (rarity / median).powf(powers.rarity);
            scale(values, (length.powf(powers.length - 1.0) * rarity) as f32);
        }
    }
}

#[cfg(test)]
mod tests;
