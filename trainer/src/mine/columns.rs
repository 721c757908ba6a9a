//! Columns of text in a Parquet file. The only file that names `parquet`.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::basic::Type as PhysicalType;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use crate::data::json_lines::data_line;
use crate::data::texts::LINE_BYTES_MAX;
use crate::error::{Error, Result};
use crate::files;

/// Rows decoded at once.
const BATCH_ROWS: usize = 1_024;

/// An opened file.
pub struct Columns {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

/// One column of a row group, read in batches.
struct TextColumn {
    reader: ColumnReaderImpl<ByteArrayType>,
    /// The level of a value that is there; below it is null.
    level: i16,
    levels: Vec<i16>,
    values: Vec<ByteArray>,
}

impl Columns {
    /// Opens a file and reads what it says of itself.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| files::io("open", path, source))?;
        let reader = SerializedFileReader::new(file)
            .map_err(|error| Error::content(path, error.to_string()))?;
        Ok(Self {
            path: path.to_path_buf(),
            reader,
        })
    }

    /// Hands the number of each row, from 1, and its texts to `take`; null is an empty text.
    ///
    /// Without `title` the first text is empty. A column that is not there, or holds no texts,
    /// is an error that lists what there is.
    pub fn read(
        &self,
        title: Option<&str>,
        body: &str,
        mut take: impl FnMut(usize, &str, &str) -> Result<()>,
    ) -> Result<usize> {
        let title = title.map(|name| self.find(name)).transpose()?;
        let body = self.find(body)?;
        let mut number = 0;
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group);
            let group = group.map_err(|error| self.wrong(&error))?;
            let mut titles = title
                .map(|at| self.column(group.as_ref(), at))
                .transpose()?;
            let mut bodies = self.column(group.as_ref(), body)?;
            loop {
                let texts = bodies.batch().map_err(|error| self.wrong(&error))?;
                let heads = titles.as_mut().map(TextColumn::batch).transpose();
                let heads = heads.map_err(|error| self.wrong(&error))?;
                if texts.is_empty() {
                    break;
                }
                for (row, bytes) in texts.iter().enumerate() {
                    number += 1;
                    let head = heads.as_ref().and_then(|heads| heads.get(row));
                    let head = self.text(number, head.map_or(&[][..], Vec::as_slice))?;
                    take(number, head, self.text(number, bytes)?)?;
                }
            }
        }
        if number == 0 {
            return Err(Error::content(&self.path, "it has no rows"));
        }
        Ok(number)
    }

    fn find(&self, name: &str) -> Result<usize> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let found = |column: &&_| -> bool {
            let column: &parquet::schema::types::ColumnDescPtr = column;
            column.path().string() == name
        };
        let Some(at) = schema.columns().iter().position(|column| found(&column)) else {
            let columns = schema.columns().iter().take(32);
            let names: Vec<String> = columns.map(|column| column.path().string()).collect();
            let problem = format!("no column `{name}` among {names:?}");
            return Err(Error::content(&self.path, problem));
        };
        let column = schema.column(at);
        if column.physical_type() != PhysicalType::BYTE_ARRAY || column.max_rep_level() > 0 {
            let kind = column.physical_type();
            let problem =
                format!("column `{name}` holds {kind}, or lists; expected one text a row");
            return Err(Error::content(&self.path, problem));
        }
        Ok(at)
    }

    fn column(&self, group: &dyn RowGroupReader, at: usize) -> Result<TextColumn> {
        let reader = group.get_column_reader(at);
        let ColumnReader::ByteArrayColumnReader(reader) =
            reader.map_err(|error| self.wrong(&error))?
        else {
            return Err(Error::content(&self.path, "a column changed its type"));
        };
        let schema = self.reader.metadata().file_metadata().schema_descr();
        Ok(TextColumn {
            reader,
            level: schema.column(at).max_def_level(),
            levels: Vec::new(),
            values: Vec::new(),
        })
    }

    fn text<'a>(&self, row: usize, bytes: &'a [u8]) -> Result<&'a str> {
        if bytes.len() > LINE_BYTES_MAX {
            let problem = format!("{} bytes, at most {LINE_BYTES_MAX} are read", bytes.len());
            return Err(data_line(&self.path, row, problem));
        }
        std::str::from_utf8(bytes).map_err(|error| data_line(&self.path, row, error.to_string()))
    }

    fn wrong(&self, error: &parquet::errors::ParquetError) -> Error {
        Error::content(&self.path, error.to_string())
    }
}

impl TextColumn {
    /// The next rows, at most [`BATCH_ROWS`]; none at the end.
    fn batch(&mut self) -> parquet::errors::Result<Vec<Vec<u8>>> {
        self.levels.clear();
        self.values.clear();
        let levels = (self.level > 0).then_some(&mut self.levels);
        let (rows, _, _) = self
            .reader
            .read_records(BATCH_ROWS, levels, None, &mut self.values)?;
        let mut values = self.values.iter();
        let mut next = || {
            values
                .next()
                .map_or(Vec::new(), |value| value.data().to_vec())
        };
        let is_there = |row: usize| self.level == 0 || self.levels.get(row) == Some(&self.level);
        Ok((0..rows)
            .map(|row| if is_there(row) { next() } else { Vec::new() })
            .collect())
    }
}

#[cfg(test)]
mod tests;
