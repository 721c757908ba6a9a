//! Teacher's vectors on their way to disk: two NumPy files that grow and can be taken up again.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::data::teacher_vectors::shape_of;
use crate::error::{Error, Result};
use crate::export::quantize::QuantizedRows;
use crate::files;

/// NumPy aligns values to this many bytes; one line of it holds every header of ours.
const HEADER_BYTES: usize = 128;

/// Codes `[rows, dimensions]` (int8) and scales `[rows]` (float32), written row by row beside the
/// place they are moved to when all are there.
#[derive(Debug)]
pub struct VectorsFile {
    targets: [PathBuf; 2],
    partials: [PathBuf; 2],
    rows_all: usize,
    /// None before the first rows.
    dimensions: Option<usize>,
    rows: usize,
}

impl VectorsFile {
    /// Opens what an interrupted run left, or begins. `rows_all` is how many rows there will be.
    pub fn open(codes: &Path, scales: &Path, rows_all: usize) -> Result<Self> {
        let partial = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(".partial");
            PathBuf::from(name)
        };
        let targets = [codes.to_path_buf(), scales.to_path_buf()];
        let partials = [partial(codes), partial(scales)];
        // Interrupted between the two moves of `finish`: both are whole, and moved again.
        for (target, partial) in targets.iter().zip(&partials) {
            if target.exists() && !partial.exists() {
                files::put(target, partial)?;
            }
        }
        let mut file = Self {
            targets,
            partials,
            rows_all,
            dimensions: None,
            rows: 0,
        };
        file.find()?;
        Ok(file)
    }

    /// How many rows are there.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Cuts to the first `rows` rows; what is behind them is written again.
    pub fn keep(&mut self, rows: usize) -> Result<()> {
        self.rows = rows.min(self.rows);
        let Some(dimensions) = self.dimensions else {
            return Ok(());
        };
        for (path, size) in self.partials.iter().zip([dimensions, 4]) {
            let file = File::options().write(true).open(path);
            let file = file.map_err(|source| files::io("open", path, source))?;
            file.set_len((HEADER_BYTES + self.rows * size) as u64)
                .map_err(|source| files::io("cut", path, source))?;
        }
        Ok(())
    }

    /// Adds rows, and syncs them.
    pub fn push(&mut self, rows: &QuantizedRows) -> Result<()> {
        let expected = *self.dimensions.get_or_insert(rows.columns());
        if rows.columns() != expected {
            let problem = format!(
                "its vectors have {expected} values and the teacher's {}; use another --work \
                 folder, or delete it",
                rows.columns()
            );
            return Err(Error::content(&self.partials[0], problem));
        }
        let codes = rows.bytes.clone();
        let scales: Vec<u8> = rows
            .scales
            .iter()
            .flat_map(|scale| scale.to_le_bytes())
            .collect();
        let headers = [
            header("|i1", &format!("({}, {expected})", self.rows_all)),
            header("<f4", &format!("({},)", self.rows_all)),
        ];
        let sizes = [expected, 4];
        for (at, values) in [codes, scales].into_iter().enumerate() {
            let start = HEADER_BYTES + self.rows * sizes[at];
            write(&self.partials[at], &headers[at], start, &values)?;
        }
        self.rows += rows.scales.len();
        Ok(())
    }

    /// Moves both files to their places.
    pub fn finish(self) -> Result<()> {
        for (partial, target) in self.partials.iter().zip(&self.targets) {
            files::put(partial, target)?;
        }
        Ok(())
    }

    /// Reads how far an interrupted run came: as far as both files go.
    fn find(&mut self) -> Result<()> {
        let [codes, scales] = &self.partials;
        if !codes.exists() || !scales.exists() {
            return Ok(());
        }
        let length = |path: &Path| {
            std::fs::metadata(path)
                .map(|found| found.len() as usize)
                .map_err(|source| files::io("read", path, source))
        };
        let (code_bytes, scale_bytes) = (length(codes)?, length(scales)?);
        if code_bytes < HEADER_BYTES || scale_bytes < HEADER_BYTES {
            return Ok(());
        }
        let shape = read_shape(codes)?;
        let &[rows, dimensions] = shape.as_slice() else {
            let problem = format!("its shape is {shape:?}, expected [rows, dimensions]");
            return Err(Error::content(codes, problem));
        };
        if rows != self.rows_all || dimensions == 0 {
            let problem = format!(
                "its shape is {shape:?}, expected {} rows; delete it to start again",
                self.rows_all
            );
            return Err(Error::content(codes, problem));
        }
        self.dimensions = Some(dimensions);
        let whole = (code_bytes - HEADER_BYTES) / dimensions;
        self.rows = whole.min((scale_bytes - HEADER_BYTES) / 4).min(rows);
        Ok(())
    }
}

/// A header of version 1 in C order, padded as NumPy pads it.
fn header(kind: &str, shape: &str) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let length = (HEADER_BYTES - 10) as u16;
    bytes.extend_from_slice(&length.to_le_bytes());
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(HEADER_BYTES - 1, b' ');
    bytes.push(b'\n');
    bytes
}

fn write(path: &Path, header: &[u8], start: usize, values: &[u8]) -> Result<()> {
    files::create_folder(files::folder_of(path))?;
    let mut options = File::options();
    let options = options.create(true).truncate(false).write(true);
    let mut file = options
        .open(path)
        .map_err(|source| files::io("open", path, source))?;
    let mut all = || -> std::io::Result<()> {
        file.write_all(header)?;
        file.seek(SeekFrom::Start(start as u64))?;
        file.write_all(values)?;
        file.sync_all()
    };
    all().map_err(|source| files::io("write", path, source))
}

fn read_shape(path: &Path) -> Result<Vec<usize>> {
    use std::io::Read;
    let mut bytes = vec![0; HEADER_BYTES];
    let mut file = File::open(path).map_err(|source| files::io("open", path, source))?;
    file.read_exact(&mut bytes)
        .map_err(|source| files::io("read", path, source))?;
    let text = String::from_utf8_lossy(&bytes);
    shape_of(&text)
        .ok_or_else(|| Error::content(path, "it is not a NumPy file of this program; delete it"))
}

#[cfg(test)]
mod tests;
