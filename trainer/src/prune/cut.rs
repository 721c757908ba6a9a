//! Cuts every weight to what is kept.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;
use embedder::model::Config;

use crate::error::{Error, Result};
use crate::prune::choose::Kept;

/// A weight of the smaller model, in f32.
#[derive(Clone, Debug, PartialEq)]
pub struct CutTensor {
    /// Its name, without `model.`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, row after row.
    pub values: Vec<f32>,
}

/// The larger model's weights, by name; each is taken once.
struct Source<'a> {
    folder: &'a Path,
    weights: HashMap<String, Tensor>,
}

/// Cuts the weights of `source` to the config `after`; `tokens` are the rows of the token table
/// that are kept, or all.
pub fn cut(
    source: &Path,
    weights: HashMap<String, Tensor>,
    after: &Config,
    kept: &Kept,
    tokens: Option<&[u32]>,
) -> Result<Vec<CutTensor>> {
    let mut source = Source {
        folder: source,
        weights,
    };
    let hidden = kept.hidden.dimensions.as_slice();
    let rows: Option<Vec<usize>> =
        tokens.map(|rows| rows.iter().map(|&row| row as usize).collect());
    let mut all = vec![source.matrix("embed_tokens.weight", rows.as_deref(), Some(hidden))?];
    for layer in 0..after.num_hidden_layers {
        let name = |part: &str| format!("layers.{layer}.{part}.weight");
        for part in ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"] {
            all.push(source.matrix(&name(part), None, Some(hidden))?);
        }
        all.push(source.matrix(&name("self_attn.o_proj"), Some(hidden), None)?);
        for part in ["self_attn.q_norm", "self_attn.k_norm"] {
            all.push(source.vector(&name(part), None, 1.0)?);
        }
        let inner = Some(kept.intermediate[layer].dimensions.as_slice());
        all.push(source.matrix(&name("mlp.gate_proj"), inner, Some(hidden))?);
        all.push(source.matrix(&name("mlp.up_proj"), inner, Some(hidden))?);
        all.push(source.matrix(&name("mlp.down_proj"), Some(hidden), inner)?);
    }
    for (name, factor) in &kept.factors {
        all.push(source.vector(&format!("{name}.weight"), Some(hidden), *factor)?);
    }
    Ok(all)
}

impl Source<'_> {
    fn take(&mut self, name: &str) -> Result<Tensor> {
        let missing = || Error::content(self.folder, format!("it has no tensor `{name}`"));
        self.weights.remove(name).ok_or_else(missing)
    }

    /// Some rows and columns of a matrix; none named is all of them.
    fn matrix(
        &mut self,
        name: &str,
        rows: Option<&[usize]>,
        columns: Option<&[usize]>,
    ) -> Result<CutTensor> {
        let tensor = self.take(name)?;
        let (height, width) = tensor.dims2().map_err(|_| self.shape(name, &tensor, 2))?;
        let values = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
        let values = values.map_err(embedder::Error::from)?;
        let all_rows: Vec<usize> = (0..height).collect();
        let all_columns: Vec<usize> = (0..width).collect();
        let (rows, columns) = (rows.unwrap_or(&all_rows), columns.unwrap_or(&all_columns));
        self.check(name, (rows, height))?;
        self.check(name, (columns, width))?;
        let row = |&row: &usize| {
            let row = &values[row * width..(row + 1) * width];
            columns.iter().map(|&column| row[column])
        };
        Ok(CutTensor {
            name: name.to_owned(),
            shape: vec![rows.len(), columns.len()],
            values: rows.iter().flat_map(row).collect(),
        })
    }

    /// Some places of a vector, times a factor.
    fn vector(&mut self, name: &str, places: Option<&[usize]>, factor: f64) -> Result<CutTensor> {
        let tensor = self.take(name)?;
        let values = tensor.to_vec1::<f32>();
        let values = values.map_err(|_| self.shape(name, &tensor, 1))?;
        let all: Vec<usize> = (0..values.len()).collect();
        let places = places.unwrap_or(&all);
        self.check(name, (places, values.len()))?;
        let value = |&at: &usize| (f64::from(values[at]) * factor) as f32;
        Ok(CutTensor {
            name: name.to_owned(),
            shape: vec![places.len()],
            values: places.iter().map(value).collect(),
        })
    }

    fn check(&self, name: &str, (places, size): (&[usize], usize)) -> Result<()> {
        match places.iter().find(|&&at| at >= size) {
            Some(at) => {
                let problem = format!("tensor `{name}` has {size} places on a side, not {at}");
                Err(Error::content(self.folder, problem))
            }
            None => Ok(()),
        }
    }

    fn shape(&self, name: &str, tensor: &Tensor, expected: usize) -> Error {
        let found = tensor.dims();
        let problem = format!("tensor `{name}` has shape {found:?}, expected {expected} sides");
        Error::content(self.folder, problem)
    }
}
