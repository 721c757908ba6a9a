//! Changes to the index: staged, then committed with the operation that they cover.

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{Index, IndexWriter, TantivyDocument, Term};

use super::DocumentContent;
use super::documents;
use super::index::{self, Fields};
use crate::error::Result;
use crate::value;

/// Memory in which tantivy builds a text segment before it writes it out. At least 15 MB by its
/// rule; more means fewer, larger text segments and fewer merges.
const WRITER_BYTES: usize = 32 << 20;

/// Staged text and payload after which documents go to disk, still not shown. tantivy's own queue
/// is bounded in documents only.
pub(super) const STAGED_BYTES_MAX: usize = 32 << 20;

/// Share of deleted documents at which a text segment is written anew.
const DELETED_RATIO_MAX: f32 = 0.3;

/// Writes the index of one collection.
pub(super) struct Writer {
    index: Index,
    fields: Fields,
    /// Opened by the first change: it holds memory, a lock and three threads.
    open: Option<IndexWriter>,
    /// Changes since the last commit.
    staged: usize,
    staged_bytes: usize,
    /// No document has a higher number, so a higher one needs no deletion first. Numbers of new
    /// points ascend, which spares nearly every deletion of a first load.
    highest: Option<u32>,
}

impl Writer {
    pub(super) fn new(index: Index, fields: Fields, highest: Option<u32>) -> Self {
        Self {
            index,
            fields,
            open: None,
            staged: 0,
            staged_bytes: 0,
            highest,
        }
    }

    pub(super) fn is_staged(&self) -> bool {
        self.staged > 0
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Stages one change. `applied` is what the index covers so far.
    pub(super) fn stage(
        &mut self,
        number: u32,
        content: Option<DocumentContent<'_>>,
        applied: u64,
    ) -> Result<()> {
        let fields = self.fields;
        let is_known = self.highest.is_some_and(|highest| number <= highest);
        self.staged += 1;
        if is_known || content.is_some() {
            self.change("stage a document", |writer| {
                if is_known {
                    writer.delete_term(Term::from_field_u64(fields.number, u64::from(number)));
                }
                if let Some(content) = content {
                    writer.add_document(documents::document(fields, number, content))?;
                }
                Ok(())
            })?;
        }
        self.highest = self.highest.max(Some(number));
        self.staged_bytes += content.map_or(0, weight);
        if self.staged_bytes >= STAGED_BYTES_MAX {
            // What this shows after a crash is newer than `applied` says; replay sets it right.
            self.write_out(applied)?;
        }
        Ok(())
    }

    /// Makes what was staged durable.
    pub(super) fn commit(&mut self, applied: u64) -> Result<()> {
        self.write_out(applied)?;
        self.staged = 0;
        Ok(())
    }

    /// Removes everything, durably.
    pub(super) fn clear(&mut self) -> Result<()> {
        // Dropping the writer drops what was staged.
        self.open = None;
        self.change("clear documents", |writer| {
            writer.delete_all_documents().map(|_| ())
        })?;
        self.commit(0)?;
        self.highest = None;
        Ok(())
    }

    /// Waits for merges and gives back memory and threads. What was staged must be committed.
    pub(super) fn finish(&mut self) -> Result<()> {
        match self.open.take() {
            Some(writer) => writer
                .wait_merging_threads()
                .map_err(index::error("merge documents")),
            None => Ok(()),
        }
    }

    /// Removes files that a merge replaced and no reader holds any longer.
    pub(super) fn remove_unused_files(&mut self) -> Result<()> {
        self.change("remove unused files", |writer| {
            writer.garbage_collect_files().wait().map(|_| ())
        })?;
        self.open = None;
        Ok(())
    }

    fn write_out(&mut self, applied: u64) -> Result<()> {
        self.change("commit documents", |writer| {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&index::applied_payload(applied));
            prepared.commit().map(|_| ())
        })?;
        self.staged_bytes = 0;
        Ok(())
    }

    /// Runs one step on the writer. When it fails, the writer is dropped and with it what was
    /// staged, so that no half of it is ever committed.
    fn change(
        &mut self,
        action: &'static str,
        step: impl FnOnce(&mut IndexWriter) -> tantivy::Result<()>,
    ) -> Result<()> {
        let opened = match self.open.take() {
            Some(writer) => Ok(writer),
            None => open(&self.index),
        };
        match opened.and_then(|mut writer| step(&mut writer).map(|()| writer)) {
            Ok(writer) => {
                self.open = Some(writer);
                Ok(())
            }
            Err(error) => {
                self.staged = 0;
                self.staged_bytes = 0;
                Err(index::error(action)(error))
            }
        }
    }
}

/// One thread to index and one to merge, because there can be many collections.
fn open(index: &Index) -> tantivy::Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .memory_budget_per_thread(WRITER_BYTES)
        .num_worker_threads(1)
        .num_merge_threads(1)
        .build();
    let writer: IndexWriter<TantivyDocument> = index.writer_with_options(options)?;
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(DELETED_RATIO_MAX);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

fn weight(content: DocumentContent<'_>) -> usize {
    content.text.map_or(0, str::len) + value::weight(content.payload)
}
