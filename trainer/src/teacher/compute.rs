//! The vectors of many texts, written as they come: an interrupted run goes on where it was.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::data::texts::{Role, Text};
use crate::data::vectors_file::VectorsFile;
use crate::embed::bar_from;
use crate::error::{Error, Result};
use crate::export::quantize::{Bits, quantize};
use crate::files;
use crate::teacher::Teacher;

/// Texts that are computed together, and lost together by an interruption. Part of what decides a
/// vector's last digits, because it decides which texts share a batch.
pub const CHUNK_TEXTS: usize = 1_024;

/// The largest description of vectors.
const ORIGIN_BYTES_MAX: u64 = 1 << 16;

/// Where the vectors go.
#[derive(Clone, Debug)]
pub struct Place {
    /// NumPy file, int8.
    pub codes: PathBuf,
    /// NumPy file, float32.
    pub scales: PathBuf,
    /// What they were made from, JSON.
    pub origin: PathBuf,
}

impl Place {
    /// The files of a folder that begin with `name`.
    pub fn within(folder: &Path, name: &str) -> Self {
        Self {
            codes: folder.join(format!("{name}-i8.npy")),
            scales: folder.join(format!("{name}-scale.npy")),
            origin: folder.join(format!("{name}.json")),
        }
    }
}

/// What vectors were made from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Origin {
    /// The teacher's fingerprint.
    pub teacher: String,
    /// A hash of the texts with their roles.
    pub texts: String,
    /// How many texts.
    pub rows: usize,
}

impl Origin {
    /// Describes the vectors of these texts by this teacher.
    pub fn of(teacher: String, texts: &[Text]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for text in texts {
            let role = match text.role {
                Role::Query => b"q",
                Role::Passage => b"p",
            };
            hasher.update(role);
            hasher.update(&(text.text.len() as u64).to_le_bytes());
            hasher.update(text.text.as_bytes());
        }
        Self {
            teacher,
            texts: hasher.finalize().to_hex()[..32].to_owned(),
            rows: texts.len(),
        }
    }
}

/// Computes the vectors that are still missing. Does nothing where all are there.
///
/// Vectors of another teacher or of other texts are an error, never mixed with these.
pub fn compute(
    open: impl FnOnce() -> Result<Box<dyn Teacher>>,
    texts: &[Text],
    origin: &Origin,
    place: &Place,
) -> Result<()> {
    compute_to(open, texts, origin, place, usize::MAX)
}

/// As [`compute`], but stops after `chunks_max` chunks, as if it had been interrupted there.
pub fn compute_to(
    open: impl FnOnce() -> Result<Box<dyn Teacher>>,
    texts: &[Text],
    origin: &Origin,
    place: &Place,
    chunks_max: usize,
) -> Result<()> {
    check_origin(place, origin)?;
    if place.codes.exists() && place.scales.exists() {
        return Ok(());
    }
    let mut file = VectorsFile::open(&place.codes, &place.scales, texts.len())?;
    if file.rows() == texts.len() {
        return file.finish();
    }
    // What is left of a chunk that was cut off is computed again.
    let done = file.rows() / CHUNK_TEXTS * CHUNK_TEXTS;
    file.keep(done)?;
    let teacher = open()?;
    let bar = bar_from(texts.len(), done, "teacher");
    for chunk in texts[done..].chunks(CHUNK_TEXTS).take(chunks_max) {
        file.push(&quantize(&teacher.embed(chunk, &bar)?, Bits::Eight)?)?;
    }
    bar.finish();
    if file.rows() == texts.len() {
        file.finish()?;
    }
    Ok(())
}

fn check_origin(place: &Place, origin: &Origin) -> Result<()> {
    if !place.origin.exists() {
        if place.codes.exists() || place.scales.exists() {
            let problem = "it is not there, and vectors are that it should describe; name them as \
                           inputs, or delete them";
            return Err(Error::content(&place.origin, problem));
        }
        let content = serde_json::to_string_pretty(origin)
            .map_err(|error| Error::content(&place.origin, error.to_string()))?;
        return files::replace(&place.origin, content.as_bytes());
    }
    let content = files::read(&place.origin, ORIGIN_BYTES_MAX)?;
    let found: Origin = serde_json::from_slice(&content)
        .map_err(|error| Error::content(&place.origin, error.to_string()))?;
    if found == *origin {
        return Ok(());
    }
    let what = match (
        found.teacher == origin.teacher,
        found.texts == origin.texts && found.rows == origin.rows,
    ) {
        (false, true) => "another teacher",
        (true, _) => "other texts",
        (false, false) => "another teacher and other texts",
    };
    let problem = format!(
        "the vectors beside it are of {what}; use another --work folder, or delete it and them to \
         start again"
    );
    Err(Error::content(&place.origin, problem))
}

#[cfg(test)]
mod tests;
