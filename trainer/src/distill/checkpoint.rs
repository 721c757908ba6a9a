//! A run's state on disk: the table and Adam's moments, replaced atomically.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::error::{Error, Result};
use crate::files;
use crate::matrix::Matrix;
use crate::table::adam::Adam;

/// Refuses a file that could not be held in memory.
const FILE_BYTES_MAX: u64 = 8 << 30;

/// Everything a step changes.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// How many steps have been taken.
    pub step: usize,
    /// Vectors of the tokens, `[vocabulary, dimensions]`.
    pub table: Matrix,
    /// The optimizer's moments.
    pub adam: Adam,
}

impl State {
    /// Replaces the checkpoint. `recipe` is the fingerprint of what made it.
    pub fn save(&self, path: &Path, recipe: &str) -> Result<()> {
        let shape = vec![self.table.rows, self.table.columns];
        let steps: Vec<u8> = self
            .adam
            .steps
            .iter()
            .flat_map(|step| step.to_le_bytes())
            .collect();
        let parts = [
            ("table", bytes(&self.table), Dtype::F32, shape.clone()),
            ("first", bytes(&self.adam.first), Dtype::F32, shape.clone()),
            ("second", bytes(&self.adam.second), Dtype::F32, shape),
            ("steps", steps, Dtype::U32, vec![self.table.rows]),
        ];
        let views: Result<Vec<_>, _> = parts
            .iter()
            .map(|(name, bytes, kind, shape)| {
                TensorView::new(*kind, shape.clone(), bytes).map(|view| (*name, view))
            })
            .collect();
        let metadata = HashMap::from([
            ("step".to_owned(), self.step.to_string()),
            ("recipe".to_owned(), recipe.to_owned()),
        ]);
        let content = views
            .and_then(|views| safetensors::serialize(views, Some(metadata)))
            .map_err(|error| Error::content(path, error.to_string()))?;
        files::replace(path, &content)
    }

    /// Opens a checkpoint made by the same recipe.
    pub fn open(path: &Path, recipe: &str) -> Result<Self> {
        let content = files::read(path, FILE_BYTES_MAX)?;
        let refuse = |problem: String| Error::content(path, problem);
        let (_, header) =
            SafeTensors::read_metadata(&content).map_err(|error| refuse(error.to_string()))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let made_by = metadata.get("recipe").map_or("", String::as_str);
        if made_by != recipe {
            let problem = format!(
                "it was made by recipe {made_by} and this run's is {recipe}; \
                 use another --work folder, or delete it to start again"
            );
            return Err(refuse(problem));
        }
        let step = metadata.get("step").and_then(|step| step.parse().ok());
        let step = step.ok_or_else(|| refuse("it does not say its step".to_owned()))?;
        let tensors =
            SafeTensors::deserialize(&content).map_err(|error| refuse(error.to_string()))?;
        let read = |name: &str| matrix(&tensors, name).map_err(&refuse);
        let (table, first, second) = (read("table")?, read("first")?, read("second")?);
        let view = tensors
            .tensor("steps")
            .map_err(|error| refuse(error.to_string()))?;
        let (steps, _) = view.data().as_chunks::<4>();
        let steps: Vec<u32> = steps
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
            .collect();
        let shapes = [(first.rows, first.columns), (second.rows, second.columns)];
        if shapes != [(table.rows, table.columns); 2] || steps.len() != table.rows {
            return Err(refuse("its parts have different shapes".to_owned()));
        }
        Ok(Self {
            step,
            table,
            adam: Adam {
                first,
                second,
                steps,
            },
        })
    }
}

fn bytes(matrix: &Matrix) -> Vec<u8> {
    matrix
        .values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn matrix(tensors: &SafeTensors<'_>, name: &str) -> Result<Matrix, String> {
    let view = tensors.tensor(name).map_err(|error| error.to_string())?;
    let &[rows, columns] = view.shape() else {
        return Err(format!(
            "`{name}` has shape {:?}, expected two numbers",
            view.shape()
        ));
    };
    if view.dtype() != Dtype::F32 {
        return Err(format!(
            "`{name}` has type {:?}, expected F32",
            view.dtype()
        ));
    }
    let (values, _) = view.data().as_chunks::<4>();
    let values = values
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect();
    Ok(Matrix {
        rows,
        columns,
        values,
    })
}
