//! What fine-tuning starts from, refused where it could only be spoiled.

use embedder::Checkpoint;

use crate::error::{Error, Result};
use crate::finetune::recipe::FinetuneRecipe;
use crate::matrix::{Matrix, dot};
use crate::transformer::adapters::Adapters;
use crate::transformer::weights::Weights;

/// A token row's root mean square below which a step of any useful learning rate writes over it.
/// Qwen3's own start has 0.02.
const SIZE_MIN: f32 = 1e-3;

/// The weights of the recipe's model, with adapters where the recipe has any.
pub(super) fn weights(student: &Checkpoint, recipe: &FinetuneRecipe) -> Result<Weights> {
    let mut weights = Weights::open(student)?;
    check_rows(&weights.table, weights.config.rms_norm_eps, &recipe.model)?;
    if let Some(options) = recipe.lora {
        weights.adapters = Some(Adapters::new(&weights, options, recipe.seed)?);
    }
    Ok(weights)
}

/// Refuses a static table that was lifted to a transformer: its rows are so small that RMSNorm
/// passes them on in proportion instead of bringing them to one size.
fn check_rows(table: &Matrix, epsilon: f64, model: &str) -> Result<()> {
    let columns = table.columns.max(1);
    let mut squares: Vec<f32> = table
        .values
        .chunks_exact(columns)
        .map(|row| dot(row, row) / columns as f32)
        .collect();
    let middle = squares.len() / 2;
    if middle == 0 {
        return Ok(());
    }
    let (_, &mut median, _) = squares.select_nth_unstable_by(middle, f32::total_cmp);
    let size = median.sqrt();
    if size >= SIZE_MIN || f64::from(median) >= 0.1 * epsilon {
        return Ok(());
    }
    let problem = format!(
        "the token rows of `{model}` have a root mean square of {size:.1e}, far below the {:.1e} \
         that RMSNorm adds (the root of `rms_norm_eps`), expected {SIZE_MIN:.0e} or more: it is a \
         static table written as a transformer, and a step would write over its rows; train layers \
         over such a table with a [transformer] section of a `distill` recipe, or start from a \
         transformer",
        epsilon.sqrt()
    );
    Err(Error::argument(problem))
}

#[cfg(test)]
mod tests;
