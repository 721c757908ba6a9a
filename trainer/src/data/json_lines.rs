//! Files of one JSON object a line, plain or gzip, read with bounds and with file and line in
//! every error.

use std::io::{BufRead, Read};
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::data::texts::LINE_BYTES_MAX;
use crate::error::{Error, Result};
use crate::files;

/// Hands every line to `take` and returns how many there were; blank lines count and are skipped.
///
/// `lines_max` bounds the lines, [`LINE_BYTES_MAX`] each of them. A line that is no such object,
/// or that `take` refuses, is [`Error::DataLine`] with file and line.
pub fn read<T: DeserializeOwned>(
    path: &Path,
    lines_max: usize,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Result<usize> {
    let mut reader = files::lines(path)?;
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        let wrong = |problem: String| data_line(path, number + 1, problem);
        let limit = LINE_BYTES_MAX as u64 + 1;
        let read = (&mut reader).take(limit).read_until(b'\n', &mut bytes);
        let count = read.map_err(|source| broken(path, number + 1, source))?;
        if count == 0 {
            return Ok(number);
        }
        if count as u64 == limit {
            return Err(wrong(format!(
                "has more than {LINE_BYTES_MAX} bytes; expected one JSON object a line"
            )));
        }
        if number == lines_max {
            return Err(wrong(format!(
                "more than {lines_max} lines; split the file"
            )));
        }
        number += 1;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let wrong = |problem: String| data_line(path, number, problem);
        let value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        take(value).map_err(wrong)?;
    }
}

/// A line that cannot be used.
pub(crate) fn data_line(path: &Path, line: usize, problem: String) -> Error {
    Error::DataLine {
        path: path.to_path_buf(),
        line,
        problem,
    }
}

/// Broken UTF-8 and broken gzip belong to a line, not to the system.
fn broken(path: &Path, line: usize, source: std::io::Error) -> Error {
    match source.kind() {
        std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::UnexpectedEof => data_line(path, line, source.to_string()),
        _ => files::io("read", path, source),
    }
}

#[cfg(test)]
mod tests;
