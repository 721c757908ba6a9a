//! Points as a Parquet file that is written while they are read from the store. The only file of
//! the server that names `parquet`.
//!
//! The columns are the same whatever an export includes; what it leaves out is null. How optional
//! and repeated values become levels: <https://parquet.apache.org/docs/file-format/nestedencoding/>.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use crate::wire::export::ExportedPoint;
use crate::wire::id::Id;

/// One row a point. `id` is the name that both forms of an id share; `id_number` has it again
/// where it was written as an integer. `vector` is that of a point with one vector for its whole
/// text, or without a text; other points have `chunks`.
const SCHEMA: &str = "
message points {
    required binary id (STRING);
    optional int64 id_number (INTEGER(64, false));
    optional binary text (STRING);
    optional binary payload (STRING);
    optional binary model_fingerprint (STRING);
    optional int64 expires_at (INTEGER(64, false));
    optional group vector (LIST) {
        repeated group list {
            required float element;
        }
    }
    optional group chunks (LIST) {
        repeated group list {
            required group element {
                required int64 start (INTEGER(64, false));
                required int64 end (INTEGER(64, false));
                required group vector (LIST) {
                    repeated group list {
                        required float element;
                    }
                }
            }
        }
    }
}";

/// Bytes of values in a row group. They are held until the group is written, and one point more.
const GROUP_BYTES: usize = 8 << 20;

/// Writes points into `sink`, a row group at a time.
pub(super) struct TableWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    rows: Rows,
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a file.
    pub(super) fn new(sink: W) -> io::Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA).map_err(failed)?);
        let properties = Arc::new(properties()?);
        let writer = SerializedFileWriter::new(sink, schema, properties).map_err(failed)?;
        Ok(Self {
            writer,
            rows: Rows::default(),
        })
    }

    /// Adds a row.
    pub(super) fn write(&mut self, point: ExportedPoint<'_>) -> io::Result<()> {
        self.rows.add(point)?;
        if self.rows.bytes >= GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes what is left and the footer, and gives the sink back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        if !self.rows.ids.values.is_empty() {
            self.write_group()?;
        }
        self.writer.into_inner().map_err(failed)
    }

    fn write_group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.writer.next_row_group().map_err(failed)?;
        rows.write(&mut group).map_err(failed)?;
        group.close().map_err(failed)?;
        Ok(())
    }
}

/// The values of some rows, by column.
#[derive(Default)]
struct Rows {
    /// About how much memory the values take.
    bytes: usize,
    ids: Column<ByteArrayType>,
    id_numbers: Column<Int64Type>,
    texts: Column<ByteArrayType>,
    payloads: Column<ByteArrayType>,
    fingerprints: Column<ByteArrayType>,
    expiries: Column<Int64Type>,
    vectors: Column<FloatType>,
    chunk_starts: Column<Int64Type>,
    chunk_ends: Column<Int64Type>,
    chunk_vectors: Column<FloatType>,
}

/// Values of one column with their levels: how much of the way to a value is there, and which
/// list a value continues.
struct Column<T: DataType> {
    values: Vec<T::T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

impl<T: DataType> Default for Column<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            definitions: Vec::new(),
            repetitions: Vec::new(),
        }
    }
}

impl<T: DataType> Column<T> {
    fn push(&mut self, value: Option<T::T>, definition: i16, repetition: i16) {
        self.values.extend(value);
        self.definitions.push(definition);
        self.repetitions.push(repetition);
    }

    fn optional(&mut self, value: Option<T::T>) {
        let definition = i16::from(value.is_some());
        self.push(value, definition, 0);
    }

    fn write<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> parquet::errors::Result<()> {
        let Some(mut column) = group.next_column()? else {
            return Err(ParquetError::General("too few columns".to_owned()));
        };
        // Levels that a column's type does not have are ignored.
        column.typed::<T>().write_batch(
            &self.values,
            Some(&self.definitions),
            Some(&self.repetitions),
        )?;
        column.close()
    }
}

impl Rows {
    fn add(&mut self, point: ExportedPoint<'_>) -> io::Result<()> {
        self.add_one_vector(&point);
        self.add_chunks(&point);
        let number = match point.id {
            Id::Integer(number) => Some(number.cast_signed()),
            Id::String(_) => None,
        };
        self.id_numbers.optional(number);
        let id = point.id.to_string();
        let payload = point.payload.map(|payload| serde_json::to_string(&payload));
        let payload = payload.transpose()?;
        let texts = [Some(&id), point.text.as_ref(), payload.as_ref()];
        let lengths = texts.into_iter().flatten().map(String::len);
        // Beside the texts a row has a dozen values with their levels.
        self.bytes += lengths.sum::<usize>() + 256;
        self.ids.push(Some(id.into_bytes().into()), 0, 0);
        self.texts.optional(point.text.map(bytes));
        self.payloads.optional(payload.map(bytes));
        let fingerprint = point.model_fingerprint.map(ByteArray::from);
        self.fingerprints.optional(fingerprint);
        self.expiries
            .optional(point.expires_at.map(u64::cast_signed));
        Ok(())
    }

    /// The vector of a point that has one for its whole text.
    fn add_one_vector(&mut self, point: &ExportedPoint<'_>) {
        let chunks = point.chunks.as_deref().filter(|_| point.has_one_vector);
        let Some([chunk]) = chunks else {
            return self.vectors.push(None, 0, 0);
        };
        if chunk.vector.is_empty() {
            self.vectors.push(None, 1, 0);
        }
        for (index, number) in chunk.vector.iter().enumerate() {
            self.vectors.push(Some(*number), 2, i16::from(index > 0));
        }
        self.count_numbers(chunk.vector.len());
    }

    fn add_chunks(&mut self, point: &ExportedPoint<'_>) {
        let chunks = point.chunks.as_deref().filter(|_| !point.has_one_vector);
        let Some(chunks) = chunks.filter(|chunks| !chunks.is_empty()) else {
            let definition = i16::from(chunks.is_some());
            self.chunk_starts.push(None, definition, 0);
            self.chunk_ends.push(None, definition, 0);
            self.chunk_vectors.push(None, definition, 0);
            return;
        };
        for (index, chunk) in chunks.iter().enumerate() {
            let repetition = i16::from(index > 0);
            self.chunk_starts
                .push(Some(chunk.start as i64), 2, repetition);
            self.chunk_ends.push(Some(chunk.end as i64), 2, repetition);
            if chunk.vector.is_empty() {
                self.chunk_vectors.push(None, 2, repetition);
            }
            for (place, number) in chunk.vector.iter().enumerate() {
                let repetition = if place > 0 { 2 } else { repetition };
                self.chunk_vectors.push(Some(*number), 3, repetition);
            }
            self.count_numbers(chunk.vector.len() + 8);
        }
    }

    /// Four bytes a number and two for each of its levels.
    fn count_numbers(&mut self, count: usize) {
        self.bytes += 8 * count;
    }

    /// Writes all columns, in the order of the schema.
    fn write<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> parquet::errors::Result<()> {
        self.ids.write(group)?;
        self.id_numbers.write(group)?;
        self.texts.write(group)?;
        self.payloads.write(group)?;
        self.fingerprints.write(group)?;
        self.expiries.write(group)?;
        self.vectors.write(group)?;
        self.chunk_starts.write(group)?;
        self.chunk_ends.write(group)?;
        self.chunk_vectors.write(group)
    }
}

fn bytes(text: String) -> ByteArray {
    text.into_bytes().into()
}

/// Texts compressed; numbers of vectors as they are, because hardly anything is gained on them.
/// No statistics and no page index, because they stay in memory up to the footer.
fn properties() -> io::Result<WriterProperties> {
    let path = |dotted: &str| {
        let parts = dotted.split('.').map(str::to_owned);
        ColumnPath::new(parts.collect())
    };
    let level = ZstdLevel::try_new(1).map_err(failed)?;
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("kukla version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_column_dictionary_enabled(path("model_fingerprint"), true);
    for vector in [
        "vector.list.element",
        "chunks.list.element.vector.list.element",
    ] {
        builder = builder
            .set_column_compression(path(vector), Compression::UNCOMPRESSED)
            .set_column_encoding(path(vector), Encoding::PLAIN);
    }
    Ok(builder.build())
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

/// How many points a finished file holds, from its footer.
pub(crate) fn points(path: &Path) -> io::Result<u64> {
    let reader = SerializedFileReader::new(File::open(path)?).map_err(failed)?;
    Ok(reader.metadata().file_metadata().num_rows().cast_unsigned())
}
