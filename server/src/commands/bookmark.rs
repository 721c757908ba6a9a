//! Where an import was cut off: a small file beside the input, until the input is done.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

/// How far an import of one file into one collection of one server has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bookmark {
    /// The server.
    pub(super) url: String,
    /// The collection.
    pub(super) collection: String,
    /// Bytes of the file when the import began.
    pub(super) file_bytes: u64,
    /// Lines acknowledged, from the first.
    pub(super) lines: u64,
}

/// `corpus.jsonl.kukla-import` beside `corpus.jsonl`.
pub(super) fn path(input: &Path) -> PathBuf {
    let mut name = input.as_os_str().to_owned();
    name.push(".kukla-import");
    name.into()
}

/// The lines to leave out: those acknowledged by an earlier run of the same import.
pub(super) fn resume(input: &Path, wanted: &Bookmark) -> anyhow::Result<u64> {
    let path = path(input);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read `{}`", path.display()));
        }
    };
    let again = "pass --restart to begin again";
    let found: Bookmark = serde_json::from_str(&text)
        .with_context(|| format!("`{}` is not a bookmark of ours; {again}", path.display()))?;
    if found.collection != wanted.collection || found.url != wanted.url {
        bail!(
            "`{}` is of an import into `{}` at {}, and this one is into `{}` at {}; {again}",
            path.display(),
            found.collection,
            found.url,
            wanted.collection,
            wanted.url
        );
    }
    if found.file_bytes > wanted.file_bytes {
        bail!(
            "`{}` has {} bytes, and had {} when its import was cut off, so its lines are no \
             longer the same; {again}",
            input.display(),
            wanted.file_bytes,
            found.file_bytes
        );
    }
    Ok(found.lines)
}

/// Keeps the place: written aside and moved, so that a crash leaves the last one.
#[expect(
    clippy::disallowed_methods,
    reason = "losing this file costs a second import and no data, so the folder need not be synced"
)]
pub(super) fn keep(input: &Path, bookmark: &Bookmark) -> anyhow::Result<()> {
    let path = path(input);
    let mut aside = path.clone().into_os_string();
    aside.push(".new");
    let text = serde_json::to_string(bookmark).context("a bookmark is always JSON")?;
    fs::write(&aside, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    fs::rename(&aside, &path).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Removes the bookmark of an import that is done, or that begins again.
pub(super) fn remove(input: &Path) -> anyhow::Result<()> {
    let path = path(input);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", path.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
