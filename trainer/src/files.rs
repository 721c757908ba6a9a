//! Reading and replacing files, with the path in every error.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};

/// Reads a whole file of at most `bytes_max` bytes.
pub fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let size = fs::metadata(path)
        .map_err(|source| io("read", path, source))?
        .len();
    if size > bytes_max {
        let problem = format!("it has {size} bytes and at most {bytes_max} are read");
        return Err(Error::content(path, problem));
    }
    fs::read(path).map_err(|source| io("read", path, source))
}

/// Opens a text file for reading by line; a name ending in `.gz` is decompressed.
pub fn lines(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).map_err(|source| io("open", path, source))?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        return Ok(Box::new(BufReader::with_capacity(
            1 << 20,
            MultiGzDecoder::new(file),
        )));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
}

/// Replaces a file so that a reader sees the old bytes or the new ones, also after a power cut.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    create_folder(folder_of(path))?;
    let aside = path.with_extension("partial");
    let mut file = File::create(&aside).map_err(|source| io("create", &aside, source))?;
    file.write_all(bytes)
        .map_err(|source| io("write", &aside, source))?;
    file.sync_all()
        .map_err(|source| io("sync", &aside, source))?;
    put(&aside, path)
}

/// Moves a synced file to its place in the same folder, over what is there.
pub(crate) fn put(aside: &Path, path: &Path) -> Result<()> {
    rename(aside, path)?;
    let folder = folder_of(path);
    let opened = File::open(folder).map_err(|source| io("open", folder, source))?;
    opened
        .sync_all()
        .map_err(|source| io("sync", folder, source))
}

/// The folder a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|one| !one.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Creates a folder and its parents.
pub fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|source| io("create", folder, source))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the trainer does not depend on the engine; `replace` syncs the folder itself"
)]
fn rename(source: &Path, target: &Path) -> Result<()> {
    fs::rename(source, target).map_err(|error| io("replace", target, error))
}

/// An input or output error with its action and path.
pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        action,
        path: path.to_path_buf(),
        source,
    }
}

/// Adds one line to a file, which is created where it is missing.
pub fn append_line(path: &Path, line: &str) -> Result<()> {
    let mut options = File::options();
    let file = options.create(true).append(true).open(path);
    let mut file = file.map_err(|source| io("open", path, source))?;
    writeln!(file, "{line}").map_err(|source| io("write", path, source))
}

#[cfg(test)]
mod tests;
