//! Lines of a file as points: which key is the id, which the text, what goes into the payload.
//!
//! Values go through as they are written. A vector is a thousand numbers, and reading them to write
//! them again would cost as much as the server's reading of them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::args::{ImportArgs, TextFormatArg};

/// Keys that an upsert knows beside id, text and payload.
const POINT_KEYS: [&str; 5] = [
    "vector",
    "model_fingerprint",
    "expires_at",
    "if_sequence",
    "if_exists",
];

/// How the keys of a line become a point.
#[derive(Debug, Clone)]
pub(super) struct Mapping {
    id: IdSource,
    text_key: String,
    title_key: String,
    format: Option<&'static str>,
    payload: PayloadKeys,
}

#[derive(Debug, Clone)]
enum IdSource {
    /// `id`, else `_id`.
    Usual,
    Key(String),
    Line,
}

#[derive(Debug, Clone)]
enum PayloadKeys {
    All,
    None,
    These(Vec<String>),
}

/// The keys of a line, each with its value as it is written.
type Row<'l> = BTreeMap<String, &'l RawValue>;

/// A part of a point.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Part<'l> {
    Written(&'l RawValue),
    Number(u64),
    Text(String),
    Word(&'static str),
    Object(Row<'l>),
}

/// A point as an import takes it; serialize it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct PointLine<'l>(BTreeMap<&'static str, Part<'l>>);

impl Mapping {
    /// From the arguments.
    pub(super) fn new(args: &ImportArgs) -> Self {
        let id = match (&args.id_key, args.id_from_line) {
            (Some(key), _) => IdSource::Key(key.clone()),
            (None, true) => IdSource::Line,
            (None, false) => IdSource::Usual,
        };
        let payload = match args.payload.as_str() {
            "all" => PayloadKeys::All,
            "none" => PayloadKeys::None,
            keys => PayloadKeys::These(keys.split(',').map(|key| key.trim().to_owned()).collect()),
        };
        Self {
            id,
            text_key: args.text_key.clone(),
            title_key: args.title_key.clone(),
            format: args.format.map(TextFormatArg::word),
            payload,
        }
    }

    /// One line as a point; the error says what is wrong with the line.
    pub(super) fn point<'l>(&self, line: &'l str, number: u64) -> Result<PointLine<'l>, String> {
        let broken = |error: serde_json::Error| error.to_string();
        if !line.trim_start().starts_with('{') {
            serde_json::from_str::<IgnoredAny>(line).map_err(broken)?;
            return Err("not a JSON object".to_owned());
        }
        let mut row: Row<'l> = serde_json::from_str(line).map_err(broken)?;
        let mut point = BTreeMap::new();
        point.insert("id", self.take_id(&mut row, number)?);
        for key in POINT_KEYS {
            if let Some(value) = row.remove(key) {
                point.insert(key, Part::Written(value));
            }
        }
        if let Some(chunks) = take_chunks(&mut row) {
            point.insert("chunks", Part::Written(chunks));
        }
        if let Some(text) = self.take_text(&mut row)? {
            point.insert("text", Part::Text(text));
            if let Some(format) = self.format {
                point.insert("format", Part::Word(format));
            }
        }
        if let Some(payload) = self.payload(row) {
            point.insert("payload", payload);
        }
        Ok(PointLine(point))
    }

    fn take_id<'l>(&self, row: &mut Row<'l>, number: u64) -> Result<Part<'l>, String> {
        let id = match &self.id {
            IdSource::Line => return Ok(Part::Number(number)),
            IdSource::Key(key) => row.remove(key).ok_or_else(|| format!("no key `{key}`")),
            IdSource::Usual => row
                .remove("id")
                .or_else(|| row.remove("_id"))
                .ok_or_else(|| {
                    "neither `id` nor `_id`; name the key with --id-key, or pass --id-from-line"
                        .to_owned()
                }),
        };
        id.map(Part::Written)
    }

    /// Title and text as one, so that both can be found. The title stays for the payload.
    fn take_text(&self, row: &mut Row<'_>) -> Result<Option<String>, String> {
        let text = match row.remove(&self.text_key).map(read).transpose()? {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => return Err(format!("`{}` is not a string", self.text_key)),
        };
        let title = row.get(&self.title_key).copied().map(read).transpose()?;
        let title = title.as_ref().and_then(Value::as_str).map(str::trim);
        let title = title.filter(|title| !title.is_empty());
        Ok(match (title, text) {
            (Some(title), Some(text)) => Some(format!("{title}\n{text}")),
            (Some(title), None) => Some(title.to_owned()),
            (None, text) => text,
        })
    }

    /// What goes into the payload, if anything does.
    fn payload<'l>(&self, mut row: Row<'l>) -> Option<Part<'l>> {
        match &self.payload {
            PayloadKeys::None => return None,
            PayloadKeys::These(keys) => row.retain(|key, _| keys.contains(key)),
            PayloadKeys::All => {
                // A line that is a point already.
                let payload = row.get("payload").copied();
                if let Some(payload) = payload.filter(|payload| is_object(payload)) {
                    return Some(Part::Written(payload));
                }
            }
        }
        (!row.is_empty()).then_some(Part::Object(row))
    }
}

fn is_object(written: &RawValue) -> bool {
    written.get().starts_with('{')
}

fn read(written: &RawValue) -> Result<Value, String> {
    serde_json::from_str(written.get()).map_err(|error| error.to_string())
}

/// Chunks as an export writes them; another list of this name is payload.
fn take_chunks<'l>(row: &mut Row<'l>) -> Option<&'l RawValue> {
    let chunks: Vec<&RawValue> = serde_json::from_str(row.get("chunks")?.get()).ok()?;
    let first: Row<'_> = serde_json::from_str(chunks.first()?.get()).ok()?;
    first.get("vector")?;
    row.remove("chunks")
}

#[cfg(test)]
mod tests;
