//! Lines of a file as points: which key is the id, which the text, what goes into the payload.

use serde_json::{Map, Value, json};

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

    /// One line as a point in JSON; the error says what is wrong with the line.
    pub(super) fn point(&self, line: &str, number: u64) -> Result<Value, String> {
        let parsed: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let Value::Object(mut row) = parsed else {
            return Err("not a JSON object".to_owned());
        };
        let id = self.take_id(&mut row, number)?;
        let mut point = Map::new();
        point.insert("id".to_owned(), id);
        for key in POINT_KEYS {
            if let Some(value) = row.remove(key) {
                point.insert(key.to_owned(), value);
            }
        }
        if let Some(chunks) = take_chunks(&mut row) {
            point.insert("chunks".to_owned(), chunks);
        }
        if let Some(text) = self.take_text(&mut row)? {
            point.insert("text".to_owned(), text.into());
            if let Some(format) = self.format {
                point.insert("format".to_owned(), format.into());
            }
        }
        let payload = self.payload(row);
        if !payload.is_empty() {
            point.insert("payload".to_owned(), payload.into());
        }
        Ok(point.into())
    }

    fn take_id(&self, row: &mut Map<String, Value>, number: u64) -> Result<Value, String> {
        match &self.id {
            IdSource::Line => Ok(json!(number)),
            IdSource::Key(key) => row.remove(key).ok_or_else(|| format!("no key `{key}`")),
            IdSource::Usual => row
                .remove("id")
                .or_else(|| row.remove("_id"))
                .ok_or_else(|| {
                    "neither `id` nor `_id`; name the key with --id-key, or pass --id-from-line"
                        .to_owned()
                }),
        }
    }

    /// Title and text as one, so that both can be found. The title stays for the payload.
    fn take_text(&self, row: &mut Map<String, Value>) -> Result<Option<String>, String> {
        let text = match row.remove(&self.text_key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => return Err(format!("`{}` is not a string", self.text_key)),
        };
        let title = row.get(&self.title_key).and_then(Value::as_str);
        let title = title.map(str::trim).filter(|title| !title.is_empty());
        Ok(match (title, text) {
            (Some(title), Some(text)) => Some(format!("{title}\n{text}")),
            (Some(title), None) => Some(title.to_owned()),
            (None, text) => text,
        })
    }

    fn payload(&self, mut row: Map<String, Value>) -> Map<String, Value> {
        match &self.payload {
            PayloadKeys::None => Map::new(),
            PayloadKeys::These(keys) => {
                row.retain(|key, _| keys.contains(key));
                row
            }
            PayloadKeys::All => match row.remove("payload") {
                // A line that is a point already.
                Some(Value::Object(payload)) => payload,
                Some(other) => {
                    row.insert("payload".to_owned(), other);
                    row
                }
                None => row,
            },
        }
    }
}

/// Chunks as an export writes them; another list of this name is payload.
fn take_chunks(row: &mut Map<String, Value>) -> Option<Value> {
    row.get("chunks")?.pointer("/0/vector")?;
    row.remove("chunks")
}

#[cfg(test)]
mod tests;
