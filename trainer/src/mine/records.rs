//! Records with a title and a body, from JSON lines or a Parquet file.

use std::path::Path;

use serde_json::{Map, Value};

use crate::data::json_lines::{self, data_line};
use crate::error::{Error, Result};
use crate::mine::Fields;
use crate::mine::columns::Columns;

/// Bounds the memory of a run.
pub const RECORDS_MAX: usize = 4_000_000;

/// A longer title is no title; it also fits every model's longest text.
pub const TITLE_BYTES_MAX: usize = 4_096;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its title; may be empty.
    pub title: String,
    /// Its body; may be empty.
    pub body: String,
}

/// Hands every record to `take`, in order.
///
/// A field that is missing on a line, or is no text, is an error with file and line; null and an
/// empty text are a record without it. `needs_title` says whether titles are read at all.
pub fn read(
    path: &Path,
    fields: &Fields,
    needs_title: bool,
    mut take: impl FnMut(Record) -> Result<()>,
) -> Result<usize> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        let title = needs_title.then_some(fields.title.as_str());
        return Columns::open(path)?.read(title, &fields.body, |number, title, body| {
            let checked = check(title, body, number);
            take(checked.map_err(|problem| data_line(path, number, problem))?)
        });
    }
    let mut failure = None;
    let mut number = 0;
    let count = json_lines::read(path, RECORDS_MAX, |line: Map<String, Value>| {
        number += 1;
        let title = if needs_title {
            text(&line, &fields.title)?
        } else {
            ""
        };
        let record = check(title, text(&line, &fields.body)?, number)?;
        if failure.is_none() {
            failure = take(record).err();
        }
        Ok(())
    })?;
    match failure {
        Some(error) => Err(error),
        None if count == 0 => Err(Error::content(path, "it has no lines")),
        None => Ok(count),
    }
}

fn check(title: &str, body: &str, number: usize) -> Result<Record, String> {
    if number > RECORDS_MAX {
        return Err(format!("more than {RECORDS_MAX} records; split the file"));
    }
    let (title, bytes) = (title.trim(), title.trim().len());
    if bytes > TITLE_BYTES_MAX {
        return Err(format!(
            "the title has {bytes} bytes, at most {TITLE_BYTES_MAX}; is it the right field?"
        ));
    }
    Ok(Record {
        title: title.to_owned(),
        body: body.trim().to_owned(),
    })
}

fn text<'a>(line: &'a Map<String, Value>, field: &str) -> Result<&'a str, String> {
    match line.get(field) {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Null) => Ok(""),
        Some(other) => Err(format!("`{field}` is {}, expected a text", kind(other))),
        None => {
            let names: Vec<&str> = line.keys().take(16).map(String::as_str).collect();
            Err(format!(
                "no field `{field}` among {names:?}; name it with --title or --body"
            ))
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
