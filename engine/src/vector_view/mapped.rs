//! Files of fixed-width entries: written once with a header, then mapped and read in place.
//!
//! Layout, little-endian: 8 bytes magic, 4 version, 4 entry width in bytes, 8 entry count, 40 zero;
//! from byte 64 the entries. The header is 64 bytes so that entries begin on a cache line.

#![expect(
    unsafe_code,
    reason = "mapping a file and reading its bytes as numbers cannot be checked by the compiler"
)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use half::f16;
use memmap2::Mmap;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

#[cfg(target_endian = "big")]
compile_error!("mapped files are little-endian and are read in place");

/// Bytes before the first entry.
pub(crate) const HEADER_BYTES: usize = 64;
/// The version of the header and of all entries.
const VERSION: u32 = 1;
/// How much is written at once.
const BUFFER_BYTES: usize = 1 << 20;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileKind {
    /// The first eight bytes.
    pub(crate) magic: [u8; 8],
    /// Bytes of one entry.
    pub(crate) width: u32,
}

/// A file's length and checksum, kept in the manifest because a file cannot prove itself whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileProof {
    /// Length in bytes, header included.
    pub(crate) bytes: u64,
    /// CRC-32 (IEEE) of the whole file.
    pub(crate) checksum: u32,
}

/// Writes one file of entries.
#[derive(Debug)]
pub(crate) struct EntryWriter {
    path: PathBuf,
    file: BufWriter<File>,
    checksum: crc32fast::Hasher,
    bytes: u64,
    expected_bytes: u64,
}

impl EntryWriter {
    /// Creates `path` for exactly `count` entries.
    pub(crate) fn create(path: &Path, kind: FileKind, count: u64) -> Result<Self> {
        let file = File::create(path).map_err(Error::io("create", path))?;
        let mut writer = Self {
            path: path.to_owned(),
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            checksum: crc32fast::Hasher::new(),
            bytes: 0,
            expected_bytes: HEADER_BYTES as u64 + count * u64::from(kind.width),
        };
        writer.write(&header(kind, count))?;
        Ok(writer)
    }

    /// Appends bytes of entries.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.checksum.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(Error::io("write", &self.path))
    }

    /// Makes the file durable. All entries must have been written.
    pub(crate) fn finish(self) -> Result<FileProof> {
        assert_eq!(
            self.bytes, self.expected_bytes,
            "every entry announced is written"
        );
        let file = self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error);
        let file = file.map_err(Error::io("write", &self.path))?;
        file.sync_all().map_err(Error::io("sync", &self.path))?;
        Ok(FileProof {
            bytes: self.bytes,
            checksum: self.checksum.finalize(),
        })
    }
}

fn header(kind: FileKind, count: u64) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&kind.magic);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&kind.width.to_le_bytes());
    header[16..24].copy_from_slice(&count.to_le_bytes());
    header
}

/// A mapped file of entries.
#[derive(Debug)]
pub(crate) struct Mapped {
    map: Mmap,
}

/// A number that any bytes are a legal value of.
pub(crate) trait Number: Copy {}
impl Number for u32 {}
impl Number for f16 {}
impl Number for f32 {}

impl Mapped {
    /// Maps `path` after checking its length, checksum and header.
    pub(crate) fn open(path: &Path, kind: FileKind, count: u64, proof: FileProof) -> Result<Self> {
        let corrupt = |problem: String| Error::corrupt(path.display().to_string(), problem);
        let expected = count
            .checked_mul(u64::from(kind.width))
            .and_then(|bytes| bytes.checked_add(HEADER_BYTES as u64));
        if expected != Some(proof.bytes) {
            return Err(corrupt(format!(
                "the manifest says {} bytes, {count} entries of {} need {expected:?}",
                proof.bytes, kind.width
            )));
        }
        let file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(corrupt("the file is missing".to_owned()));
            }
            result => result.map_err(Error::io("open", path))?,
        };
        let found = file.metadata().map_err(Error::io("measure", path))?.len();
        if found != proof.bytes {
            return Err(corrupt(format!("{found} bytes, expected {}", proof.bytes)));
        }
        // SAFETY: the file is ours, named in the manifest, never written again, and the data
        // folder's lock keeps other servers out. Whoever truncates it by hand gets a SIGBUS.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        let checksum = crc32fast::hash(&map);
        if checksum != proof.checksum {
            return Err(corrupt(format!(
                "checksum {checksum:08x}, expected {:08x}",
                proof.checksum
            )));
        }
        if map.get(..HEADER_BYTES) != Some(&header(kind, count)[..]) {
            return Err(corrupt(
                "its header is of another kind, version or count".to_owned(),
            ));
        }
        Ok(Self { map })
    }

    /// The entries as bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map[HEADER_BYTES..]
    }

    /// The entries as numbers.
    pub(crate) fn numbers<T: Number>(&self) -> &[T] {
        // SAFETY: every bit pattern is a value of a `Number`.
        let (before, numbers, _) = unsafe { self.bytes().align_to::<T>() };
        assert!(
            before.is_empty(),
            "a page plus 64 bytes is aligned for every number"
        );
        numbers
    }
}
