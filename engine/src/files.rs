//! Files that survive a crash: written aside, synced, renamed, and the folder synced too.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// How much of a file is read at once when its checksum is computed.
const READ_BYTES: usize = 1 << 20;

/// Replaces `path` with `bytes`; after a crash the file is the old one or the new one, whole.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let aside = path.with_extension("aside");
    let mut file = File::create(&aside).map_err(Error::io("create", &aside))?;
    file.write_all(bytes).map_err(Error::io("write", &aside))?;
    file.sync_all().map_err(Error::io("sync", &aside))?;
    drop(file);
    rename(&aside, path)
}

/// Renames `source` to `target` and syncs the folder, without which the name can be lost.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the function that syncs the folder"
)]
pub(crate) fn rename(source: &Path, target: &Path) -> Result<()> {
    fs::rename(source, target).map_err(Error::io("rename", source))?;
    target.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    let handle = File::open(folder).map_err(Error::io("open", folder))?;
    handle.sync_all().map_err(Error::io("sync", folder))
}

/// Makes `folder` and its parents, and their names durable.
pub(crate) fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    match folder.parent() {
        // A relative name of one part has its parent in the current folder.
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Removes `folder` and everything in it; an absent one is fine.
pub(crate) fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(Error::io("remove", folder)),
    }
}

/// The length in bytes and the CRC-32 of a file.
pub(crate) fn checksum_file(path: &Path) -> Result<(u64, u32)> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut length = 0_u64;
    loop {
        let count = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if count == 0 {
            return Ok((length, hasher.finalize()));
        }
        hasher.update(&buffer[..count]);
        length += count as u64;
    }
}
