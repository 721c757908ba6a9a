//! The files of a model, on disk or inside the binary. Every read has a limit.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::error::{Error, Result};

/// Files compiled into the binary, by name.
pub(crate) type EmbeddedFiles = &'static [(&'static str, &'static [u8])];

/// Where the files of a model are.
#[derive(Clone, Debug)]
pub(crate) enum Folder {
    /// On disk.
    Disk(PathBuf),
    /// Inside the binary.
    Embedded(EmbeddedFiles),
}

/// A file of weights, read piece by piece.
#[derive(Debug)]
pub(crate) struct WeightFile {
    name: String,
    bytes: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Disk(PathBuf, Mutex<File>),
    Embedded(&'static [u8]),
}

impl Folder {
    /// What messages call this folder.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Disk(path) => path.display().to_string(),
            Self::Embedded(_) => "built-in".to_owned(),
        }
    }

    /// Reads a whole file, if there is one.
    pub(crate) fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>> {
        let Some(file) = self.open(name)? else {
            return Ok(None);
        };
        if file.bytes > bytes_max {
            let reason = format!("it has {} bytes, at most {bytes_max} are read", file.bytes);
            return Err(Error::FileCorrupt {
                file: name.to_owned(),
                reason,
            });
        }
        file.read(0, file.bytes as usize).map(Some)
    }

    /// Reads a whole file of text, if there is one.
    pub(crate) fn read_text(&self, name: &str, bytes_max: u64) -> Result<Option<String>> {
        let Some(bytes) = self.read(name, bytes_max)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).map_err(|error| Error::FileCorrupt {
            file: name.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Some(text))
    }

    /// Opens a file, if there is one.
    pub(crate) fn open(&self, name: &str) -> Result<Option<WeightFile>> {
        match self {
            Self::Embedded(files) => {
                let found = files.iter().find(|(file, _)| *file == name);
                Ok(found.map(|(_, content)| WeightFile {
                    name: name.to_owned(),
                    bytes: content.len() as u64,
                    content: Content::Embedded(content),
                }))
            }
            Self::Disk(folder) => open_on_disk(folder, name),
        }
    }

    /// The error for a file that must be there.
    pub(crate) fn missing(&self, name: &str) -> Error {
        Error::FileMissing {
            folder: self.label(),
            file: name.to_owned(),
        }
    }
}

fn open_on_disk(folder: &Path, name: &str) -> Result<Option<WeightFile>> {
    let path = folder.join(name);
    let failed = |action, source| Error::Io {
        action,
        path: path.clone(),
        source,
    };
    if !folder.is_dir() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Error::Io {
            action: "opening the model folder",
            path: folder.into(),
            source,
        });
    }
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("opening", error)),
    };
    let metadata = file
        .metadata()
        .map_err(|error| failed("inspecting", error))?;
    if !metadata.is_file() {
        let reason = "it is not a file".to_owned();
        return Err(Error::FileCorrupt {
            file: name.to_owned(),
            reason,
        });
    }
    let content = Content::Disk(path, Mutex::new(file));
    Ok(Some(WeightFile {
        name: name.to_owned(),
        bytes: metadata.len(),
        content,
    }))
}

impl WeightFile {
    /// The file's name inside its folder.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file's size when it was opened.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads `count` bytes from `offset`; more than the file has is `Corrupt`, not an allocation.
    pub(crate) fn read(&self, offset: u64, count: usize) -> Result<Vec<u8>> {
        let end = offset
            .checked_add(count as u64)
            .filter(|end| *end <= self.bytes);
        let Some(end) = end else {
            let reason = format!(
                "bytes {offset} to {offset}+{count} lie beyond its {}",
                self.bytes
            );
            return Err(Error::FileCorrupt {
                file: self.name.clone(),
                reason,
            });
        };
        match &self.content {
            Content::Embedded(content) => Ok(content[offset as usize..end as usize].to_vec()),
            Content::Disk(path, file) => {
                let mut bytes = vec![0; count];
                let mut file = file.lock();
                file.seek(SeekFrom::Start(offset))
                    .and_then(|_| file.read_exact(&mut bytes))
                    .map_err(|source| Error::Io {
                        action: "reading",
                        path: path.clone(),
                        source,
                    })?;
                Ok(bytes)
            }
        }
    }
}

#[cfg(test)]
mod tests;
