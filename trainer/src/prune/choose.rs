//! Which dimensions are kept: those with the largest activation norms.

use embedder::model::Config;

use crate::error::Result;
use crate::prune::activations::Activations;

/// Dimensions that are kept, ascending, with the share of the norms they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptDimensions {
    /// Which ones.
    pub dimensions: Vec<usize>,
    /// Their norms, of the sum of all norms.
    pub share: f64,
}

/// What is kept of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Of the hidden dimensions, which all layers share.
    pub hidden: KeptDimensions,
    /// Of each feed-forward layer.
    pub intermediate: Vec<KeptDimensions>,
    /// By what each norm's weight is multiplied, by its name.
    pub factors: Vec<(String, f64)>,
}

impl Kept {
    /// Chooses the sizes of `after` by what was seen.
    ///
    /// The norm of a hidden dimension is the root of its mean square behind the division of a norm,
    /// summed over all norms, each of which counts the same.
    pub fn choose(seen: &Activations, after: &Config) -> Result<Self> {
        let names = norm_names(after.num_hidden_layers);
        let mut norms: Vec<f64> = Vec::new();
        for name in &names {
            let roots: Vec<f64> = roots(&seen.of(name)?.mean_squares());
            let sum: f64 = roots.iter().sum();
            norms.resize(roots.len(), 0.0);
            for (norm, root) in norms.iter_mut().zip(&roots) {
                *norm += root / sum.max(f64::MIN_POSITIVE);
            }
        }
        let hidden = largest(&norms, after.hidden_size);
        let mut factors = Vec::new();
        for name in names {
            let squares = seen.of(&name)?.mean_squares();
            factors.push((name, factor(&squares, &hidden.dimensions)));
        }
        let mut intermediate = Vec::new();
        for layer in 0..after.num_hidden_layers {
            let squares = seen.of(&format!("layers.{layer}.mlp.down_proj"))?;
            let norms = roots(&squares.mean_squares());
            intermediate.push(largest(&norms, after.intermediate_size));
        }
        Ok(Self {
            hidden,
            intermediate,
            factors,
        })
    }
}

/// The norms over the hidden dimensions, without `.weight`.
fn norm_names(layers: usize) -> Vec<String> {
    let of_layer = |layer: usize| {
        ["input_layernorm", "post_attention_layernorm"].map(|name| format!("layers.{layer}.{name}"))
    };
    let names = (0..layers).flat_map(of_layer);
    names.chain(["norm".to_owned()]).collect()
}

fn roots(squares: &[f64]) -> Vec<f64> {
    squares.iter().map(|square| square.sqrt()).collect()
}

/// The `count` dimensions with the largest norms; of equal ones the earlier.
fn largest(norms: &[f64], count: usize) -> KeptDimensions {
    let mut order: Vec<usize> = (0..norms.len()).collect();
    order.sort_by(|&a, &b| norms[b].total_cmp(&norms[a]).then(a.cmp(&b)));
    order.truncate(count);
    order.sort_unstable();
    let sum: f64 = norms.iter().sum();
    let kept: f64 = order.iter().map(|&at| norms[at]).sum();
    KeptDimensions {
        dimensions: order,
        share: if sum > 0.0 { kept / sum } else { 1.0 },
    }
}

/// By what a norm's weight is multiplied so that the kept dimensions keep their size.
///
/// A norm gives `w x / sqrt(mean(x^2))`. Without some dimensions the mean is another one, on
/// average the mean of the kept `squares`, which are of `x / sqrt(mean(x^2))` already.
fn factor(squares: &[f64], kept: &[usize]) -> f64 {
    if kept.len() == squares.len() {
        return 1.0;
    }
    let sum: f64 = kept.iter().map(|&at| squares[at]).sum();
    (sum / kept.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests;
