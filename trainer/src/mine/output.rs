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

/// A file that appears when it is whole.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    aside: PathBuf,
    writer: BufWriter<File>,
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
            writer: BufWriter::with_capacity(1 << 20, file),
        })
    }

    /// Adds a line.
    pub fn write(&mut self, line: &Line) -> Result<()> {
        let text = serde_json::to_string(line)
            .map_err(|error| Error::content(&self.path, error.to_string()))?;
        writeln!(self.writer, "{text}").map_err(|source| io("write", &self.aside, source))
    }

    /// Puts the file in its place.
    pub fn finish(self) -> Result<()> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| io("write", &self.aside, error.into_error()))?;
        file.sync_all()
            .map_err(|source| io("sync", &self.aside, source))?;
        files::put(&self.aside, &self.path)
    }
}

#[cfg(test)]
mod tests;
