//! A recipe's file, the same for every kind of recipe.

use std::path::Path;

use toml::Table;

use crate::error::{Error, RecipeProblem, Result};
use crate::files;
use crate::recipe::check::Section;

/// A recipe is written by hand.
const BYTES_MAX: u64 = 1 << 20;

/// Reads a file and checks it with `parse`; the error lists every problem with its key.
pub(crate) fn read<T>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, Vec<RecipeProblem>>,
) -> Result<T> {
    let bytes = files::read(path, BYTES_MAX)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::content(path, "it is not UTF-8"))?;
    parse(&text).map_err(|problems| Error::Recipe {
        path: path.to_path_buf(),
        problems,
    })
}

/// A recipe's outermost section, and a hash of all of it that training depends on.
pub(crate) fn open(text: &str) -> Result<(Section, String), Vec<RecipeProblem>> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        vec![RecipeProblem {
            key: "(file)".to_owned(),
            problem: error.to_string(),
        }]
    })?;
    // A table is sorted by key, so comments and order do not change the fingerprint; nor does
    // the export, which needs no new training, nor the teacher, whose vectors say themselves what
    // made them.
    let mut trained = table.clone();
    trained.remove("export");
    trained.remove("teacher");
    let fingerprint = blake3::hash(trained.to_string().as_bytes()).to_hex()[..16].to_owned();
    Ok((Section::root(table), fingerprint))
}
