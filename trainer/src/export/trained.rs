//! A trained transformer on its way to a folder: f32, or int8 rows and f16.

use safetensors::tensor::Dtype;

use crate::error::Result;
use crate::export::lift::{Lifted, LiftedTensor, floats, halves};
use crate::export::quantize::quantize;
use crate::matrix::Matrix;
use crate::transformer::weights::{TABLE, Weights};

/// Writes weights under the names of the checkpoint. With `is_small` the token table becomes int8
/// rows with a scale each, and the matrices f16; norms stay f32.
pub fn trained(weights: &Weights, is_small: bool) -> Result<Lifted> {
    let name = |name: &str| format!("model.{name}");
    let mut tensors = if is_small {
        quantized_table(&weights.table, 1.0)
    } else {
        let shape = vec![weights.table.rows, weights.table.columns];
        vec![floats(name(TABLE), shape, &weights.table.values)]
    };
    for (own, var) in &weights.tensors {
        let values: Vec<f32> = var.flatten_all()?.to_vec1()?;
        let shape = var.dims().to_vec();
        let write = if is_small && shape.len() == 2 {
            halves
        } else {
            floats
        };
        tensors.push(write(name(own), shape, &values));
    }
    Ok(Lifted {
        config: weights.config.clone(),
        tensors,
    })
}

/// A token table as int8 rows, every scale times `factor`.
pub(crate) fn quantized_table(table: &Matrix, factor: f32) -> Vec<LiftedTensor> {
    let mut quantized = quantize(table);
    // The factor goes into the scales, so that codes do not depend on it.
    quantized
        .scales
        .iter_mut()
        .for_each(|scale| *scale *= factor);
    let codes = quantized
        .codes
        .iter()
        .map(|code| code.cast_unsigned())
        .collect();
    vec![
        LiftedTensor {
            name: format!("model.{TABLE}"),
            kind: Dtype::I8,
            shape: vec![table.rows, table.columns],
            bytes: codes,
        },
        floats(
            format!("model.{TABLE}_scale"),
            vec![table.rows],
            &quantized.scales,
        ),
    ]
}
