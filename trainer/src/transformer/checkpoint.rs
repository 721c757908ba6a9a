//! A transformer run's state on disk: weights and moments, replaced atomically.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{Device, Var};
use embedder::model::Config;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::error::{Error, Result};
use crate::files;
use crate::matrix::Matrix;
use crate::transformer::adamw::{AdamW, Moments};
use crate::transformer::weights::{TABLE, Weights};

/// Refuses a file that could not be held in memory.
const FILE_BYTES_MAX: u64 = 64 << 30;

/// Everything a step changes.
#[derive(Debug)]
pub struct State {
    /// The model.
    pub weights: Weights,
    /// The optimizer, which counts the steps.
    pub adamw: AdamW,
}

/// A tensor's name, shape and values on their way to the file.
type Part = (String, Vec<usize>, Vec<u8>);

impl State {
    /// A model before its first step.
    pub fn new(weights: Weights) -> Self {
        let adamw = AdamW::new(&weights);
        Self { weights, adamw }
    }

    /// Replaces the checkpoint. `recipe` is the fingerprint of what made it.
    pub fn save(&self, path: &Path, recipe: &str) -> Result<()> {
        let mut parts: Vec<Part> = Vec::new();
        let table = &self.weights.table;
        let shape = vec![table.rows, table.columns];
        let [first, second] = &self.adamw.table;
        for (kind, matrix) in [("weight", table), ("first", first), ("second", second)] {
            parts.push((
                format!("{kind}/{TABLE}"),
                shape.clone(),
                bytes(&matrix.values),
            ));
        }
        for (name, var) in &self.weights.tensors {
            let shape = var.dims().to_vec();
            let values: Vec<f32> = var.flatten_all()?.to_vec1()?;
            parts.push((format!("weight/{name}"), shape.clone(), bytes(&values)));
            if let Some(moments) = self.adamw.tensors.get(name) {
                parts.push((
                    format!("first/{name}"),
                    shape.clone(),
                    bytes(&moments.first),
                ));
                parts.push((format!("second/{name}"), shape, bytes(&moments.second)));
            }
        }
        let views: Result<Vec<_>, _> = parts
            .iter()
            .map(|(name, shape, bytes)| {
                TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view))
            })
            .collect();
        let metadata = HashMap::from([
            ("step".to_owned(), self.adamw.step.to_string()),
            ("recipe".to_owned(), recipe.to_owned()),
            ("config".to_owned(), self.weights.config.to_json()),
        ]);
        let content = views
            .and_then(|views| safetensors::serialize(views, Some(metadata)))
            .map_err(|error| Error::content(path, error.to_string()))?;
        files::replace(path, &content)
    }

    /// Opens a checkpoint made by the same recipe.
    pub fn open(path: &Path, recipe: &str) -> Result<Self> {
        let content = files::read(path, FILE_BYTES_MAX)?;
        Self::parse(&content, recipe).map_err(|problem| Error::content(path, problem))
    }

    fn parse(content: &[u8], recipe: &str) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(content).map_err(|error| error.to_string())?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let made_by = metadata.get("recipe").map_or("", String::as_str);
        if made_by != recipe {
            return Err(format!(
                "it was made by recipe {made_by} and this run's is {recipe}; \
                 use another --work folder, or delete it to start again"
            ));
        }
        let step = metadata.get("step").and_then(|step| step.parse().ok());
        let step = step.ok_or("it does not say its step")?;
        let config = metadata.get("config").ok_or("it has no config")?;
        let config = Config::from_json(config).map_err(|error| error.to_string())?;
        let tensors = SafeTensors::deserialize(content).map_err(|error| error.to_string())?;
        let table = |kind: &str| matrix(&tensors, kind);
        let moments = [table("first")?, table("second")?];
        let table = table("weight")?;
        if moments
            .iter()
            .any(|one| (one.rows, one.columns) != (table.rows, table.columns))
        {
            return Err("its parts have different shapes".to_owned());
        }
        let mut weights = Weights {
            config,
            table,
            tensors: BTreeMap::new(),
        };
        let mut adamw = AdamW {
            step,
            tensors: BTreeMap::new(),
            table: moments,
        };
        for name in tensors.names() {
            let Some(name) = name.strip_prefix("weight/").filter(|name| *name != TABLE) else {
                continue;
            };
            let (shape, values) = floats(&tensors, &format!("weight/{name}"))?;
            let first = floats(&tensors, &format!("first/{name}"))?;
            let second = floats(&tensors, &format!("second/{name}"))?;
            if first.0 != shape || second.0 != shape {
                return Err(format!("the moments of `{name}` have another shape"));
            }
            let var = Var::from_vec(values, shape, &Device::Cpu);
            let var = var.map_err(|error| error.to_string())?;
            weights.tensors.insert(name.to_owned(), var);
            let moments = Moments {
                first: first.1,
                second: second.1,
            };
            adamw.tensors.insert(name.to_owned(), moments);
        }
        Ok(Self { weights, adamw })
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn matrix(tensors: &SafeTensors<'_>, kind: &str) -> Result<Matrix, String> {
    let (shape, values) = floats(tensors, &format!("{kind}/{TABLE}"))?;
    let &[rows, columns] = shape.as_slice() else {
        return Err(format!(
            "`{TABLE}` has shape {shape:?}, expected two numbers"
        ));
    };
    Ok(Matrix {
        rows,
        columns,
        values,
    })
}

fn floats(tensors: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
    let view = tensors.tensor(name).map_err(|error| error.to_string())?;
    if view.dtype() != Dtype::F32 {
        return Err(format!(
            "`{name}` has type {:?}, expected F32",
            view.dtype()
        ));
    }
    let (values, _) = view.data().as_chunks::<4>();
    let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes));
    Ok((view.shape().to_vec(), values.collect()))
}

#[cfg(test)]
mod tests;
