//! Points, and what writes answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::Id;

/// A point's payload.
pub type Payload = serde_json::Map<String, Value>;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Stored as it is.
    Plain,
    /// Stored as it is.
    Markdown,
    /// Stored as the text that a reader sees.
    Html,
}

/// A point to insert or replace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpsertPoint {
    /// Its id.
    pub id: Id,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the text is; plain by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<TextFormat>,
    /// A ready vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vec<f32>>,
    /// The fingerprint of the model that made `vector`, in a collection with a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_fingerprint: Option<String>,
    /// Its payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Milliseconds since the Unix epoch from which on it is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// Writes only if the point is at this sequence number; 0: only if it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_sequence: Option<u64>,
    /// True: writes only if the point exists. Not beside `if_sequence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_exists: Option<bool>,
}

impl UpsertPoint {
    /// A point without anything but its id.
    pub fn new(id: impl Into<Id>) -> Self {
        Self {
            id: id.into(),
            text: None,
            format: None,
            vector: None,
            model_fingerprint: None,
            payload: None,
            expires_at: None,
            if_sequence: None,
            if_exists: None,
        }
    }

    /// A point with a text.
    pub fn text(id: impl Into<Id>, text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::new(id)
        }
    }

    /// A point with a ready vector.
    pub fn vector(id: impl Into<Id>, vector: Vec<f32>) -> Self {
        Self {
            vector: Some(vector),
            ..Self::new(id)
        }
    }

    /// The same with a payload.
    #[must_use]
    pub fn with_payload(mut self, payload: Payload) -> Self {
        self.payload = Some(payload);
        self
    }
}

/// When a write is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wait {
    /// After the sync to disk.
    #[default]
    Durable,
    /// Also after every search shows it.
    Searchable,
}

impl Wait {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Searchable => "searchable",
        }
    }
}

/// What an upsert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upserted {
    /// Points inserted or replaced.
    pub upserted: u64,
    /// The write's sequence number.
    pub sequence: u64,
}

/// What a delete did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Points deleted.
    pub deleted: u64,
    /// The write's sequence number.
    pub sequence: u64,
}

/// What a change of a payload did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Points changed.
    pub changed: u64,
    /// The write's sequence number.
    pub sequence: u64,
}

/// One change to the payloads of several points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangePayloads {
    /// Which points.
    #[serde(flatten)]
    pub points: Chosen,
    /// What becomes of their payloads.
    #[serde(flatten)]
    pub change: PayloadChange,
}

/// Which points a change is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// Those of these ids.
    Ids(Vec<Id>),
    /// Those that match this filter, at most 10,000.
    Filter(Value),
}

/// What becomes of a payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadChange {
    /// A JSON merge patch (RFC 7396): null removes a key.
    Merge(Payload),
    /// Sets these keys as they are, and keeps the others.
    Set(Payload),
    /// Removes these keys of the payload's first level.
    Remove(Vec<String>),
    /// Becomes the whole payload; an empty one empties it.
    Replace(Payload),
}

/// Which parts of points to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Include {
    /// The text.
    pub text: bool,
    /// The payload.
    pub payload: bool,
    /// The chunks with their vectors.
    pub vectors: bool,
}

impl Default for Include {
    /// What the server sends when it is not told.
    fn default() -> Self {
        Self {
            text: true,
            payload: true,
            vectors: false,
        }
    }
}

impl Include {
    pub(crate) fn words(self) -> Vec<&'static str> {
        let parts = [
            ("text", self.text),
            ("payload", self.payload),
            ("vectors", self.vectors),
        ];
        parts
            .into_iter()
            .filter_map(|(word, is_in)| is_in.then_some(word))
            .collect()
    }
}

/// A point as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Its id as last written.
    pub id: Id,
    /// The last write that changed it.
    pub sequence: u64,
    /// Its text.
    #[serde(default)]
    pub text: Option<String>,
    /// Its payload.
    #[serde(default)]
    pub payload: Option<Payload>,
    /// Its chunks with their vectors.
    #[serde(default)]
    pub chunks: Option<Vec<PointChunk>>,
    /// Milliseconds since the Unix epoch from which on it is hidden.
    #[serde(default)]
    pub expires_at: Option<u64>,
}

/// A part of a point's text with its vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointChunk {
    /// First character, in Unicode code points.
    pub start: usize,
    /// One past the last character, in Unicode code points.
    pub end: usize,
    /// Its vector.
    pub vector: Vec<f32>,
}

/// Points asked for by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GotPoints {
    /// Those that exist, in the order asked for.
    pub points: Vec<Point>,
    /// Those that do not.
    pub missing: Vec<Id>,
}
