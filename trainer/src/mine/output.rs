//! The mined pairs, one JSON object a line, as the trainer reads them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{self, io};

/// A query, what it should find, and what it should not.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What is asked.
    pub query: String,
    /// What it should find.
    pub positive: String,
    /// What it should not, as many on every line.
    pub negatives: Vec<String>,
}

/// A file that appears when it is whole; dropped before, it leaves nothing.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    aside: PathBuf,
    /// None once the file is in its place.
    writer: Option<BufWriter<File>>,
}

impl Output {
    /// Starts a file beside its place.
    pub fn create(path: &Path) -> Result<Self> {
        files::create_folder(files::folder_of(path))?;
        let aside = path.with_extension("partial");
        let file = File::create(&aside).map_err(|source| io("create", &aside, source))?;
        Ok(Self {
            path: path.to_path_buf(),
            aside,
            writer: Some(BufWriter::with_capacity(1 << 20, file)),
        })
    }

    /// Adds a line.
    pub fn write(&mut self, line: &Line) -> Result<()> {
        let text = serde_json::to_string(line)
            .map_err(|error| Error::content(&self.path, error.to_string()))?;
        let writer = self.writer.as_mut().expect("the file is not finished");
        writeln!(writer, "{text}").map_err(|source| io("write", &self.aside, source))
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<()> {
        let writer = self.writer.take().expect("the file is not finished");
        let file = writer
            .into_inner()
            .map_err(|error| io("write", &self.aside, error.into_error()))?;
        file.sync_all()
            .map_err(|source| io("sync", &self.aside, source))?;
        files::put(&self.aside, &self.path)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // What cannot be removed is overwritten by the next try.
            std::fs::remove_file(&self.aside).ok();
        }
    }
}

#[cfg(test)]
mod tests;
