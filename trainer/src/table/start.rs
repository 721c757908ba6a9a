//! The table before training: what the teacher says of the texts a token is in, shrunk towards
//! a random direction where it is in few, and scaled down where it is in many.

use rand::Rng;
use rayon::prelude::*;

use crate::data::token_lists::TokenLists;
use crate::matrix::{Matrix, dot};
use crate::seed::Seed;

/// Texts at which the teacher's part weighs as much as the random part.
const TRUST_TEXTS: f32 = 3.0;

/// Smooth inverse frequency: a token of this share of all tokens has weight one half
/// (Arora et al., 2017).
const FREQUENCY_HALF: f64 = 1e-3;

/// How much of a random direction's length the values start with that the teacher has none for.
const BEYOND_SHARE: f32 = 0.5;

/// Returns a table `[vocabulary, dimensions]`.
///
/// A token the texts do not have gets a random direction: it still matches itself, which is all
/// that can be known of it. `targets` are the teacher's vectors, `target_of` the row of a text.
/// `length` is that of a rare token's vector: beside the learning rate it decides how much of the
/// start is left in tokens that are trained little. Values beyond the teacher's are random.
pub fn start(
    lists: &TokenLists,
    vocabulary: usize,
    targets: &Matrix,
    target_of: &[Option<u32>],
    (dimensions, length, seed): (usize, f32, Seed),
) -> Matrix {
    let mut sums = Matrix::zeros(vocabulary, dimensions);
    let mut in_texts = vec![0.0f32; vocabulary];
    let mut counts = vec![0u64; vocabulary];
    for (text, target) in target_of.iter().enumerate() {
        let list = lists.list(text);
        for &token in list {
            counts[token as usize] += 1;
        }
        let Some(target) = target else { continue };
        let share = 1.0 / list.len().max(1) as f32;
        for &token in list {
            in_texts[token as usize] += 1.0;
            let sum = sums.row_mut(token as usize);
            for (value, part) in sum.iter_mut().zip(targets.row(*target as usize)) {
                *value += share * part;
            }
        }
    }
    let total = lists.tokens().len().max(1) as f64;
    sums.values
        .par_chunks_mut(dimensions)
        .enumerate()
        .for_each(|(token, row)| {
            let mut random = seed.stream("table", token as u64);
            let trust = in_texts[token] / (in_texts[token] + TRUST_TEXTS);
            let norm = dot(row, row).sqrt().max(f32::MIN_POSITIVE);
            let share = counts[token] as f64 / total;
            let weight = length * (FREQUENCY_HALF / (FREQUENCY_HALF + share)) as f32;
            let spread = (3.0 / dimensions as f32).sqrt() * (1.0 - trust);
            let beyond = (3.0 / dimensions as f32).sqrt() * BEYOND_SHARE;
            for (column, value) in row.iter_mut().enumerate() {
                // Uniform on [-1, 1) has variance 1/3: the random part has about unit length.
                let is_beyond = column >= targets.columns;
                let spread = if is_beyond {
                    spread.max(beyond)
                } else {
                    spread
                };
                let noise = random.random_range(-1.0f32..1.0) * spread;
                *value = weight * (*value / norm * trust + noise);
            }
        });
    sums
}
