//! A trained transformer on its way to a folder: f32, or rows of codes and f16.

use safetensors::tensor::Dtype;

use crate::error::Result;
use crate::export::lift::{Lifted, LiftedTensor, floats, halves};
use crate::export::quantize::{Bits, quantize};
use crate::matrix::Matrix;
use crate::transformer::weights::{TABLE, Weights};

/// Writes weights under the names of the checkpoint. With `bits` the token table becomes rows of
/// codes with their scales, and the matrices f16; norms stay f32.
pub fn trained(weights: &Weights, bits: Option<Bits>) -> Result<Lifted> {
    let name = |name: &str| format!("model.{name}");
    let mut tensors = if let Some(bits) = bits {
        quantized(TABLE, &weights.table, (bits, 1.0))?
    } else {
        let shape = vec![weights.table.rows, weights.table.columns];
        vec![floats(name(TABLE), shape, &weights.table.values)]
    };
    for (own, var) in &weights.tensors {
        let values: Vec<f32> = var.flatten_all()?.to_vec1()?;
        let shape = var.dims().to_vec();
        let write = if bits.is_some() && shape.len() == 2 {
            halves
        } else {
            floats
        };
        tensors.push(write(name(own), shape, &values));
    }
    Ok(Lifted {
        config: weights.config.clone(),
        tensors,
        bits: bits.unwrap_or(Bits::Eight),
    })
}

/// A matrix as rows of codes and their scales, every scale times `factor`.
pub(crate) fn quantized(
    name: &str,
    matrix: &Matrix,
    (bits, factor): (Bits, f32),
) -> Result<Vec<LiftedTensor>> {
    let mut quantized = quantize(matrix, bits)?;
    // The factor goes into the scales, so that codes do not depend on it.
    quantized
        .scales
        .iter_mut()
        .for_each(|scale| *scale *= factor);
    let name = format!("model.{name}");
    let scales_shape = match quantized.parts.len() {
        1 => vec![matrix.rows],
        parts => vec![matrix.rows, parts],
    };
    let scales = floats(format!("{name}_scale"), scales_shape, &quantized.scales);
    let kind = match bits {
        Bits::Eight => Dtype::I8,
        Bits::Four | Bits::Nested => Dtype::U8,
    };
    let codes = LiftedTensor {
        name,
        kind,
        shape: vec![matrix.rows, quantized.bytes.len() / matrix.rows.max(1)],
        bytes: quantized.bytes,
    };
    Ok(vec![codes, scales])
}
