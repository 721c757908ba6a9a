//! The tensors of one or more safetensors files: finds, checks, reads and converts them.
//!
//! Nothing in a header is believed before it is compared with the file's real size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use half::{bf16, f16};
use serde::Deserialize;
use serde_json::Value;

use crate::codes::Packing;
use crate::error::{Error, Result};
use crate::folder::{Folder, WeightFile};

/// The one-file form, and the list of shards.
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// A header lists about 120 bytes a tensor; the largest published model needs 60 kB.
const HEADER_BYTES_MAX: u64 = 16 << 20;
const INDEX_BYTES_MAX: u64 = 16 << 20;

/// Files a model may be split into.
const SHARDS_MAX: usize = 1024;

/// Types that can be read.
const TYPES: &str = "F32, F16, BF16, or I8 or U8 with a scale";

/// A tensor as the header describes it, checked against its file.
#[derive(Clone, Debug)]
struct Entry {
    file: Arc<WeightFile>,
    element: Element,
    /// How codes lie in a row, where it has codes.
    packing: Option<Packing>,
    shape: Vec<usize>,
    offset: u64,
    bytes: usize,
}

/// How one number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    F32,
    F16,
    Bf16,
    /// Codes of eight bits.
    I8,
    /// Codes of fewer bits, several a byte.
    U8,
}

/// A tensor's line in the header.
#[derive(Deserialize)]
struct HeaderLine {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// The shard list.
#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

/// All tensors of a model, by name as in the file.
#[derive(Debug)]
pub(crate) struct Weights {
    entries: BTreeMap<String, Entry>,
    bytes: u64,
}

/// A tensor as it is stored: its bytes are what the fingerprint covers.
#[derive(Debug)]
pub(crate) struct StoredTensor {
    name: String,
    element: Element,
    packing: Option<Packing>,
    /// What it stands for: a byte of several codes counts as several values.
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

impl Weights {
    /// Reads the headers of the folder's weight files.
    pub(crate) fn open(folder: &Folder) -> Result<Self> {
        let Some(index) = folder.read_text(INDEX, INDEX_BYTES_MAX)? else {
            let file = folder.open(SINGLE)?.ok_or_else(|| folder.missing(SINGLE))?;
            return Self::from_files(vec![file]);
        };
        let index = ShardIndex::parse(&index)?;
        let mut files = Vec::new();
        for name in index.files()? {
            files.push(folder.open(&name)?.ok_or_else(|| folder.missing(&name))?);
        }
        let weights = Self::from_files(files)?;
        for (name, file) in &index.weight_map {
            let found = weights.entries.get(name);
            if found.is_none_or(|entry| entry.file.name() != file) {
                return Err(index_corrupt(format!("`{file}` has no tensor `{name}`")));
            }
        }
        Ok(weights)
    }

    fn from_files(files: Vec<WeightFile>) -> Result<Self> {
        let bytes = files.iter().map(WeightFile::bytes).sum();
        let mut entries = BTreeMap::new();
        for file in files {
            let file = Arc::new(file);
            entries.append(&mut read_header(&file)?);
        }
        Ok(Self { entries, bytes })
    }

    /// Size of the weight files.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Names of all tensors.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Tells whether there is a tensor of this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Values of the square matrices whose diagonals end in `suffix`.
    pub(crate) fn squared_values(&self, suffix: &str) -> u64 {
        let diagonals = self
            .entries
            .iter()
            .filter(|(name, _)| name.ends_with(suffix));
        let sizes = diagonals.map(|(_, entry)| entry.shape.iter().product::<usize>() as u64);
        sizes.fold(0, |sum, size| sum.saturating_add(size.saturating_mul(size)))
    }

    /// How the codes of a matrix lie in its rows, and how many rows it has.
    pub(crate) fn packing(&self, name: &str) -> Option<(&Packing, usize)> {
        let entry = self.entries.get(name)?;
        let rows = entry.shape.first().copied()?;
        entry.packing.as_ref().map(|packing| (packing, rows))
    }

    /// Reads a tensor as it is stored.
    pub(crate) fn read(&self, name: &str) -> Result<StoredTensor> {
        let missing = || Error::TensorMissing {
            name: name.to_owned(),
        };
        let entry = self.entries.get(name).ok_or_else(missing)?;
        let mut shape = entry.shape.clone();
        if let (Some(packing), Some(columns)) = (&entry.packing, shape.last_mut()) {
            *columns = packing.values();
        }
        Ok(StoredTensor {
            name: name.to_owned(),
            element: entry.element,
            packing: entry.packing.clone(),
            shape,
            bytes: entry.file.read(entry.offset, entry.bytes)?,
        })
    }
}

impl StoredTensor {
    /// How the numbers are stored, for the fingerprint and messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.element {
            Element::F32 => "F32",
            Element::F16 => "F16",
            Element::Bf16 => "BF16",
            Element::I8 => "I8",
            Element::U8 => "U8",
        }
    }

    /// Tells whether the numbers are codes, which mean something only with a scale.
    pub(crate) fn has_codes(&self) -> bool {
        self.packing.is_some()
    }

    /// Refuses another shape than the config asks for.
    pub(crate) fn check_shape(&self, expected: &[usize]) -> Result<()> {
        check_shape(&self.name, &self.shape, expected)
    }

    /// The numbers in f32. Codes need their scales: see [`StoredTensor::packing`].
    pub(crate) fn to_floats(&self) -> Result<Vec<f32>> {
        let pairs = || self.bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
        match self.element {
            Element::F32 => {
                let words = self.bytes.chunks_exact(4);
                Ok(words
                    .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
                    .collect())
            }
            Element::F16 => Ok(pairs()
                .map(|pair| f16::from_le_bytes(pair).to_f32())
                .collect()),
            Element::Bf16 => Ok(pairs()
                .map(|pair| bf16::from_le_bytes(pair).to_f32())
                .collect()),
            Element::I8 | Element::U8 => Err(Error::TensorType {
                name: self.name.clone(),
                found: self.type_name().to_owned(),
                expected: "F32, F16 or BF16",
            }),
        }
    }

    /// How its codes are packed; the error says that it has none.
    pub(crate) fn packing(&self) -> Result<&Packing> {
        self.packing.as_ref().ok_or_else(|| Error::TensorType {
            name: self.name.clone(),
            found: self.type_name().to_owned(),
            expected: "I8 or U8",
        })
    }
}

/// Refuses another shape than the config asks for.
pub(crate) fn check_shape(name: &str, found: &[usize], expected: &[usize]) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::TensorShape {
        name: name.to_owned(),
        found: found.to_vec(),
        expected: expected.to_vec(),
    })
}

/// The files that a shard list names.
pub(crate) fn shard_names(index: &str) -> Result<BTreeSet<String>> {
    ShardIndex::parse(index)?.files()
}

impl ShardIndex {
    fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|error| index_corrupt(error.to_string()))
    }

    /// The files, each of which lies in the folder itself.
    fn files(&self) -> Result<BTreeSet<String>> {
        let names: BTreeSet<String> = self.weight_map.values().cloned().collect();
        if names.len() > SHARDS_MAX {
            let count = names.len();
            return Err(index_corrupt(format!(
                "{count} shards, at most {SHARDS_MAX} are read"
            )));
        }
        for name in &names {
            if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
                return Err(index_corrupt(format!("`{name}` is no file of this folder")));
            }
        }
        Ok(names)
    }
}

fn index_corrupt(reason: String) -> Error {
    Error::FileCorrupt {
        file: INDEX.to_owned(),
        reason,
    }
}

/// Reads and checks the header of one file.
fn read_header(file: &Arc<WeightFile>) -> Result<BTreeMap<String, Entry>> {
    let corrupt = |reason: String| Error::FileCorrupt {
        file: file.name().to_owned(),
        reason,
    };
    let length = file.read(0, 8)?;
    let length = length
        .iter()
        .rev()
        .fold(0_u64, |length, byte| (length << 8) | u64::from(*byte));
    if length > HEADER_BYTES_MAX || length > file.bytes() - 8 {
        let bytes = file.bytes();
        return Err(corrupt(format!(
            "its header claims {length} bytes, the file has {bytes}"
        )));
    }
    let header = file.read(8, length as usize)?;
    let mut header: BTreeMap<String, Value> =
        serde_json::from_slice(&header).map_err(|error| corrupt(error.to_string()))?;
    let data = 8 + length;
    let mut entries = BTreeMap::new();
    let mut covered = 0;
    let notes = header.remove("__metadata__").unwrap_or_default();
    for (name, line) in header {
        let line: HeaderLine = serde_json::from_value(line)
            .map_err(|error| corrupt(format!("tensor `{name}`: {error}")))?;
        let element = element(&name, &line.dtype)?;
        let row_bytes = line.shape.last().copied().unwrap_or(0);
        let packing = match (element, notes[format!("{name}.codes")].as_str()) {
            (Element::U8, Some(note)) => Some(Packing::of_note(&name, note, row_bytes)?),
            (Element::U8, None) => Some(Packing::uniform(row_bytes, 4)),
            (Element::I8, _) => Some(Packing::uniform(row_bytes, 8)),
            (Element::F32 | Element::F16 | Element::Bf16, _) => None,
        };
        let expected = line
            .shape
            .iter()
            .try_fold(element_bytes(element), |bytes, size| {
                bytes.checked_mul(*size as u64)
            });
        let (start, end) = line.data_offsets;
        let found = end.checked_sub(start);
        if found.is_none() || found != expected {
            let shape = &line.shape;
            return Err(corrupt(format!(
                "tensor `{name}` of {shape:?} has offsets {start}, {end}"
            )));
        }
        if end > file.bytes() - data {
            return Err(corrupt(format!(
                "tensor `{name}` ends at {end}, beyond the file"
            )));
        }
        covered = covered.max(end);
        let (offset, bytes) = (data + start, (end - start) as usize);
        let file = Arc::clone(file);
        entries.insert(
            name,
            Entry {
                file,
                element,
                packing,
                shape: line.shape,
                offset,
                bytes,
            },
        );
    }
    // A header cut by a byte still parses, and every number would be read one byte off.
    let data_bytes = file.bytes() - data;
    if covered != data_bytes {
        return Err(corrupt(format!(
            "its tensors end at {covered} of {data_bytes} bytes"
        )));
    }
    Ok(entries)
}

fn element(name: &str, dtype: &str) -> Result<Element> {
    match dtype {
        "F32" => Ok(Element::F32),
        "F16" => Ok(Element::F16),
        "BF16" => Ok(Element::Bf16),
        "I8" => Ok(Element::I8),
        "U8" => Ok(Element::U8),
        _ => Err(Error::TensorType {
            name: name.to_owned(),
            found: dtype.to_owned(),
            expected: TYPES,
        }),
    }
}

fn element_bytes(element: Element) -> u64 {
    match element {
        Element::F32 => 4,
        Element::F16 | Element::Bf16 => 2,
        Element::I8 | Element::U8 => 1,
    }
}
