//! A run's metrics: one JSON object a line, each with a `step` and whatever was measured there.
//!
//! | field | read as |
//! |---|---|
//! | `step` | where the line belongs; a whole number from 0 |
//! | a number | a series of that name |
//! | an object | its fields, as `outer.inner` |
//! | a list of objects with `length` | their other fields, as `outer.LENGTH.inner` |
//! | anything else | ignored, null too: a series may be missing on some lines |
//!
//! A step that occurs again, because a run was taken up from a checkpoint, counts as said last.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::data::json_lines;
use crate::error::{Error, Result};

/// A line a step of a very long run.
pub const LINES_MAX: usize = 4_000_000;

/// More names than this are a file of something else.
pub const SERIES_MAX: usize = 256;

/// How deep objects within objects are followed.
pub const LEVELS_MAX: usize = 4;

/// The metrics of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The file's name without its ending.
    pub name: String,
    /// Values by name, and by step within; names are paths joined by dots.
    pub series: BTreeMap<String, BTreeMap<u64, f64>>,
}

impl Run {
    /// Reads a metrics file. A line that is no object with a `step`, and more than [`SERIES_MAX`]
    /// names, is an error with file and line.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.file_stem().unwrap_or_default();
        let mut run = Self {
            name: name.to_string_lossy().into_owned(),
            ..Self::default()
        };
        json_lines::read(path, LINES_MAX, |line: Map<String, Value>| run.add(&line))?;
        if run.series.is_empty() {
            let problem = "it has no line with a `step` and a number beside it";
            return Err(Error::content(path, problem));
        }
        Ok(run)
    }

    fn add(&mut self, line: &Map<String, Value>) -> Result<(), String> {
        let step = line.get("step").and_then(Value::as_u64);
        let step = step.ok_or("`step` is missing or not a whole number from 0")?;
        let mut found = Vec::new();
        for (name, value) in line.iter().filter(|(name, _)| *name != "step") {
            collect(name, value, 1, &mut found);
        }
        for (name, value) in found {
            if !self.series.contains_key(&name) && self.series.len() == SERIES_MAX {
                return Err(format!(
                    "`{name}` is one name too many, at most {SERIES_MAX}"
                ));
            }
            self.series.entry(name).or_default().insert(step, value);
        }
        Ok(())
    }
}

/// Adds the numbers of a value under their names.
fn collect(name: &str, value: &Value, level: usize, found: &mut Vec<(String, f64)>) {
    if level > LEVELS_MAX {
        return;
    }
    match value {
        Value::Number(number) => {
            let finite = number.as_f64().filter(|number| number.is_finite());
            found.extend(finite.map(|number| (name.to_owned(), number)));
        }
        Value::Object(fields) => {
            for (inner, value) in fields {
                collect(&format!("{name}.{inner}"), value, level + 1, found);
            }
        }
        Value::Array(items) => {
            for fields in items.iter().filter_map(Value::as_object) {
                let Some(length) = fields.get("length").and_then(Value::as_u64) else {
                    continue;
                };
                for (inner, value) in fields.iter().filter(|(inner, _)| *inner != "length") {
                    collect(&format!("{name}.{length}.{inner}"), value, level + 2, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests;
