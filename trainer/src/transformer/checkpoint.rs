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
use crate::transformer::adapters::{Adapters, LoraOptions};
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

/// What the names of weights, and of adapters, begin with in the file.
const WEIGHT: &str = "weight/";
const ADAPTER: &str = "adapter/";

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
        let [first, second] = &self.adamw.table;
        let table = &self.weights.table;
        for (kind, matrix) in [("weight", table), ("first", first), ("second", second)] {
            // Without moments where the table is frozen.
            if matrix.rows > 0 {
                parts.push((
                    format!("{kind}/{TABLE}"),
                    vec![matrix.rows, matrix.columns],
                    bytes(&matrix.values),
                ));
            }
        }
        let none = BTreeMap::new();
        let adapters = self.weights.adapters.as_ref();
        let adapters = adapters.map_or(&none, |adapters| &adapters.tensors);
        let weights = self.weights.tensors.iter().map(|part| (WEIGHT, part));
        let adapters = adapters.iter().map(|part| (ADAPTER, part));
        for (kind, (name, var)) in weights.chain(adapters) {
            let shape = var.dims().to_vec();
            let values: Vec<f32> = var.flatten_all()?.to_vec1()?;
            parts.push((format!("{kind}{name}"), shape.clone(), bytes(&values)));
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
        let mut metadata = HashMap::from([
            ("step".to_owned(), self.adamw.step.to_string()),
            ("recipe".to_owned(), recipe.to_owned()),
            ("config".to_owned(), self.weights.config.to_json()),
        ]);
        if let Some(adapters) = &self.weights.adapters {
            let options = adapters.options;
            metadata.insert("lora_rank".to_owned(), options.rank.to_string());
            metadata.insert("lora_alpha".to_owned(), options.alpha.to_string());
        }
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
        let adapters = lora(&metadata)?.map(|options| Adapters {
            options,
            tensors: BTreeMap::new(),
        });
        let weight = table("weight")?;
        let moments = match &adapters {
            None => [table("first")?, table("second")?],
            Some(_) => [
                Matrix::zeros(0, weight.columns),
                Matrix::zeros(0, weight.columns),
            ],
        };
        let is_fitting = |one: &Matrix| (one.rows, one.columns) == (weight.rows, weight.columns);
        if adapters.is_none() && !moments.iter().all(is_fitting) {
            return Err("its parts have different shapes".to_owned());
        }
        let mut weights = Weights {
            config,
            table: weight,
            tensors: BTreeMap::new(),
            adapters,
        };
        let mut adamw = AdamW {
            step,
            tensors: BTreeMap::new(),
            table: moments,
        };
        for stored in tensors.names() {
            let is_adapter = stored.starts_with(ADAPTER);
            let kind = if is_adapter { ADAPTER } else { WEIGHT };
            let Some(name) = stored.strip_prefix(kind).filter(|name| *name != TABLE) else {
                continue;
            };
            let (shape, values) = floats(&tensors, stored)?;
            let is_trained = is_adapter == weights.adapters.is_some();
            if is_trained {
                let moments = moments_of(&tensors, name, &shape)?;
                adamw.tensors.insert(name.to_owned(), moments);
            }
            let var = Var::from_vec(values, shape, &Device::Cpu);
            let var = var.map_err(|error| error.to_string())?;
            match &mut weights.adapters {
                Some(adapters) if is_adapter => adapters.tensors.insert(name.to_owned(), var),
                _ => weights.tensors.insert(name.to_owned(), var),
            };
        }
        Ok(Self { weights, adamw })
    }
}

/// The size of the adapters, where the checkpoint has any.
fn lora(metadata: &HashMap<String, String>) -> Result<Option<LoraOptions>, String> {
    let (Some(rank), Some(alpha)) = (metadata.get("lora_rank"), metadata.get("lora_alpha")) else {
        return Ok(None);
    };
    match (rank.parse(), alpha.parse()) {
        (Ok(rank), Ok(alpha)) if rank > 0 => Ok(Some(LoraOptions { rank, alpha })),
        _ => Err(format!(
            "its adapters have the rank `{rank}` and the alpha `{alpha}`"
        )),
    }
}

fn moments_of(tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Moments, String> {
    let first = floats(tensors, &format!("first/{name}"))?;
    let second = floats(tensors, &format!("second/{name}"))?;
    if first.0 != shape || second.0 != shape {
        return Err(format!("the moments of `{name}` have another shape"));
    }
    Ok(Moments {
        first: first.1,
        second: second.1,
    })
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
