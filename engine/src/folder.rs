//! The data folder: made once, locked while open, and never touched when it is not ours.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;
use crate::store::Existence;

/// Names the folder's format; the last file written when a folder is made.
const FORMAT_FILE: &str = "FORMAT";
/// Stands for `FORMAT` until the folder is whole.
const CREATING_FILE: &str = "CREATING";
const LOCK_FILE: &str = "LOCK";
const STORE_FOLDER: &str = "store";
/// The content of `FORMAT`.
const FORMAT: &str = "kukla data folder, format 1\n";

/// A locked data folder.
#[derive(Debug)]
pub(crate) struct DataFolder {
    root: PathBuf,
    is_new: bool,
    /// The lock ends when the file is closed.
    _lock: File,
}

impl DataFolder {
    /// Locks `root`; makes it when it is absent or empty.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let is_new = inspect(root)?;
        if is_new {
            files::create_folder(root)?;
            files::replace(&root.join(CREATING_FILE), FORMAT.as_bytes())?;
        }
        let lock = lock(root)?;
        // Another process may have made it between the look and the lock.
        let is_new = inspect(root)?;
        if is_new {
            // What a start that was stopped half-way left behind holds nothing acknowledged.
            files::remove_folder(&root.join(STORE_FOLDER))?;
        }
        Ok(Self {
            root: root.to_owned(),
            is_new,
            _lock: lock,
        })
    }

    /// Whether the store is to be made.
    pub(crate) fn existence(&self) -> Existence {
        if self.is_new {
            Existence::Create
        } else {
            Existence::Require
        }
    }

    /// Where the store is.
    pub(crate) fn store(&self) -> PathBuf {
        self.root.join(STORE_FOLDER)
    }

    /// Marks a new folder as whole.
    pub(crate) fn finish(&self) -> Result<()> {
        if self.is_new {
            files::sync_folder(&self.store())?;
            files::rename(&self.root.join(CREATING_FILE), &self.root.join(FORMAT_FILE))?;
        }
        Ok(())
    }
}

fn problem(root: &Path, problem: impl Into<String>) -> Error {
    Error::Folder {
        path: root.to_owned(),
        problem: problem.into(),
    }
}

/// Whether the folder is to be made. Refuses what is not ours without touching it.
fn inspect(root: &Path) -> Result<bool> {
    let format = root.join(FORMAT_FILE);
    match fs::read(&format) {
        Ok(found) if found == FORMAT.as_bytes() => {
            if !root.join(STORE_FOLDER).is_dir() {
                return Err(problem(
                    root,
                    "its store is missing; restore it, nothing was changed",
                ));
            }
            return Ok(false);
        }
        Ok(found) => {
            let found = String::from_utf8_lossy(&found[..found.len().min(64)]).into_owned();
            let text = format!("`{FORMAT_FILE}` says {found:?}, this program reads {FORMAT:?}");
            return Err(problem(root, text));
        }
        Err(error) if error.kind() == IoErrorKind::NotFound => {}
        Err(error) => return Err(Error::io("read", &format)(error)),
    }
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(true),
        entries => entries.map_err(Error::io("list", root))?,
    };
    let mut is_empty = true;
    for entry in entries {
        let name = entry.map_err(Error::io("list", root))?.file_name();
        if name == CREATING_FILE {
            return Ok(true);
        }
        is_empty = is_empty && (name == LOCK_FILE || name == "CREATING.aside");
    }
    if is_empty {
        return Ok(true);
    }
    let text = format!(
        "it holds files and no `{FORMAT_FILE}`, so it is not a Kukla data folder; name an empty one"
    );
    Err(problem(root, text))
}

fn lock(root: &Path) -> Result<File> {
    let path = root.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(problem(
            root,
            "another process has it open; stop that one or name another folder",
        )),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
    }
}

#[cfg(test)]
mod tests;
