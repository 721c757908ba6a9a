//! The tantivy index of one collection: its fields, and opening it or making it anew.

use std::fs;
use std::io;
use std::path::Path;

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;
use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, JsonObjectOptions, NumericOptions, Schema,
    TextFieldIndexing, TextOptions,
};
use tantivy::store::Compressor;
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, IndexReader, IndexSettings, ReloadPolicy, TantivyError};

use super::analysis::{ANALYSIS_VERSION, Analyzer};
use super::facts::FACTS_VERSION;
use super::tokenizer::DocumentTokenizer;
use crate::error::{Error, Result};
use crate::files;

/// The column of point numbers.
pub(super) const NUMBER: &str = "number";
/// The columns of payload numbers.
pub(super) const NUMBERS: &str = "numbers";
/// Before the applied sequence number in a commit's payload.
const APPLIED: &str = "applied ";

/// Where each part of a document goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The point's number: a term, to delete by, and a column.
    pub(super) number: Field,
    /// The text's terms with their frequencies.
    pub(super) text: Field,
    /// What `facts` knows of the payload, as terms.
    pub(super) facts: Field,
    /// The payload's numbers as columns, one for each path.
    pub(super) numbers: Field,
}

/// An open index.
pub(super) struct Opened {
    pub(super) index: Index,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
    pub(super) applied: u64,
    /// The highest point number in it, deleted ones counted.
    pub(super) highest: Option<u32>,
}

/// Why an index did not open.
enum Refusal {
    /// Its bytes are not those of an index of this version.
    Broken(String),
    /// The system is in the way.
    Unavailable(TantivyError),
}

impl From<TantivyError> for Refusal {
    fn from(error: TantivyError) -> Self {
        let refusing_system = match &error {
            TantivyError::IoError(source) => is_systems_fault(source),
            TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => {
                is_systems_fault(io_error)
            }
            TantivyError::LockFailure(..)
            | TantivyError::OpenDirectoryError(_)
            | TantivyError::OpenWriteError(_)
            | TantivyError::SystemError(_) => true,
            _ => false,
        };
        if refusing_system {
            Self::Unavailable(error)
        } else {
            Self::Broken(error.to_string())
        }
    }
}

fn is_systems_fault(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::NotFound
    )
}

/// Turns tantivy's errors into ours.
pub(super) fn error(action: &'static str) -> impl FnOnce(TantivyError) -> Error {
    move |source| Error::backend(action, source)
}

/// Opens the index in `folder`; removes it first where it is broken.
pub(super) fn open(folder: &Path, analyzer: &Analyzer) -> Result<Opened> {
    files::create_folder(folder)?;
    match try_open(folder, analyzer)? {
        Ok(opened) => return Ok(opened),
        Err(problem) => {
            tracing::warn!(folder = %folder.display(), problem, "documents are rebuilt");
        }
    }
    files::remove_folder(folder)?;
    files::create_folder(folder)?;
    try_open(folder, analyzer)?.map_err(|problem| Error::backend("make an index", problem))
}

/// The inner error says how the index is broken.
fn try_open(folder: &Path, analyzer: &Analyzer) -> Result<Result<Opened, String>> {
    if !folder.join("meta.json").exists() && !is_empty(folder)? {
        return Ok(Err("files without `meta.json`".to_owned()));
    }
    match open_here(folder, analyzer) {
        Ok(opened) => Ok(Ok(opened)),
        Err(Refusal::Broken(problem)) => Ok(Err(problem)),
        Err(Refusal::Unavailable(source)) => Err(Error::backend("open documents", source)),
    }
}

fn is_empty(folder: &Path) -> Result<bool> {
    let mut entries = fs::read_dir(folder).map_err(Error::io("read", folder))?;
    Ok(entries.next().is_none())
}

fn open_here(folder: &Path, analyzer: &Analyzer) -> Result<Opened, Refusal> {
    let (schema, fields) = schema();
    // tantivy asks for its own default tokenizer even for fields of numbers.
    let tokenizers = TokenizerManager::default();
    tokenizers.register(&tokenizer_name(), DocumentTokenizer::new(analyzer.clone()));
    let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
    let index = Index::builder()
        .schema(schema)
        .settings(settings())
        .tokenizers(tokenizers)
        .open_or_create(directory)?;
    let damaged = index.validate_checksum()?;
    if let Some(path) = damaged.iter().next() {
        let problem = format!("wrong checksum of `{}`", path.display());
        return Err(Refusal::Broken(problem));
    }
    let applied = parse_applied(index.load_metas()?.payload.as_deref())?;
    // Reloading on our own call keeps tantivy from starting a thread that watches files.
    let reader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .try_into()?;
    let highest = highest_number(&reader)?;
    Ok(Opened {
        index,
        reader,
        fields,
        applied,
        highest,
    })
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let number = NumericOptions::default().set_indexed().set_fast();
    let text = TextFieldIndexing::default()
        .set_tokenizer(&tokenizer_name())
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let fields = Fields {
        number: builder.add_u64_field(NUMBER, number),
        text: builder.add_text_field("text", TextOptions::default().set_indexing_options(text)),
        facts: builder.add_bytes_field("facts", BytesOptions::default().set_indexed()),
        // Only numbers go in, so the tokenizer is never asked.
        numbers: builder.add_json_field(NUMBERS, JsonObjectOptions::default().set_fast("raw")),
    };
    (builder.build(), fields)
}

/// The name is kept in the index; another version has another, and so another schema.
fn tokenizer_name() -> String {
    format!("kukla-{ANALYSIS_VERSION}-{FACTS_VERSION}")
}

/// Nothing is stored, so nothing needs compressing, on no thread.
fn settings() -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

/// What a commit writes beside its documents.
pub(super) fn applied_payload(applied: u64) -> String {
    format!("{APPLIED}{applied}")
}

fn parse_applied(payload: Option<&str>) -> Result<u64, Refusal> {
    let Some(payload) = payload else {
        return Ok(0);
    };
    payload
        .strip_prefix(APPLIED)
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| Refusal::Broken(format!("commit payload `{payload}`")))
}

fn highest_number(reader: &IndexReader) -> Result<Option<u32>, TantivyError> {
    let mut highest = None;
    for segment in reader.searcher().segment_readers() {
        let column = segment.fast_fields().u64(NUMBER)?;
        // A column knows the bounds of its values, deleted ones counted.
        highest = highest.max(Some(column.max_value() as u32));
    }
    Ok(highest)
}
