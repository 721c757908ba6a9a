//! The document view: one tantivy document per point, for BM25 and for filters. Derived from the
//! store; it knows the last operation it covers and can be deleted.
//!
//! Only this folder names tantivy, and its error types end here. It judges no single payload:
//! that is `query::filter`, which it is compared with in tests.

mod analysis;
mod committed;
mod documents;
mod facts;
mod index;
mod matching;
mod search;
mod tokenizer;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use roaring::RoaringBitmap;
use tantivy::IndexReader;

use crate::error::Result;
#[cfg(test)]
use crate::query::filter::Filter;
use crate::value::Payload;
use analysis::Analyzer;
pub(crate) use committed::CommittedDocuments;
use index::Fields;
pub(crate) use matching::Matching;
pub(crate) use search::TextAnswer;
use writer::Writer;

/// What a document is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DocumentContent<'a> {
    /// The point's text, if it has one.
    pub(crate) text: Option<&'a str>,
    /// The point's payload.
    pub(crate) payload: &'a Payload,
}

/// A collection's documents. Many threads may read at once; writes take turns.
pub(crate) struct DocumentView {
    folder: PathBuf,
    analyzer: Analyzer,
    fields: Fields,
    reader: IndexReader,
    /// Lock order: nothing else is locked while this is held.
    writer: Mutex<Writer>,
    applied: AtomicU64,
}

impl DocumentView {
    /// Opens the documents in `folder`, or makes an empty index. One that is broken, foreign or of
    /// another version is removed and made anew with `applied` 0, because it can be rebuilt. Reads
    /// every byte once, to verify its checksum.
    ///
    /// Errors where the system refuses access (`Unavailable`), because then rebuilding is no cure.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let analyzer = Analyzer::default();
        let opened = index::open(folder, &analyzer)?;
        Ok(Self {
            folder: folder.to_owned(),
            analyzer,
            fields: opened.fields,
            reader: opened.reader,
            writer: Mutex::new(Writer::new(opened.index, opened.fields, opened.highest)),
            applied: AtomicU64::new(opened.applied),
        })
    }

    /// The last operation that the committed documents cover; 0 is none.
    pub(crate) fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    /// Replaces the document of a point, or removes it where there is no content. Shown by the
    /// next [`commit`](Self::commit), and repeatable: staging twice is staging once.
    ///
    /// After an error, of this call or of [`commit`](Self::commit), everything staged is lost and
    /// must be staged again from [`applied`](Self::applied) on.
    pub(crate) fn stage(&self, number: u32, content: Option<DocumentContent<'_>>) -> Result<()> {
        self.writer.lock().stage(number, content, self.applied())
    }

    /// Removes every document, staged ones too, durably, and sets `applied` to 0.
    pub(crate) fn clear(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        writer.clear()?;
        self.show(0)
    }

    /// Makes what was staged durable and shows it, with `applied` as the operation it covers.
    pub(crate) fn commit(&self, applied: u64) -> Result<()> {
        let mut writer = self.writer.lock();
        if applied == self.applied() && !writer.is_staged() {
            return Ok(());
        }
        writer.commit(applied)?;
        self.show(applied)
    }

    fn show(&self, applied: u64) -> Result<()> {
        self.reader
            .reload()
            .map_err(index::error("show committed documents"))?;
        self.applied.store(applied, Ordering::Release);
        Ok(())
    }

    /// Gives back the writer's memory and threads, after its merges are done. Does nothing while
    /// something is staged. The next [`stage`](Self::stage) takes them again.
    pub(crate) fn release(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        if writer.is_staged() || !writer.is_open() {
            return Ok(());
        }
        writer.finish()?;
        self.reader
            .reload()
            .map_err(index::error("show merged documents"))?;
        writer.remove_unused_files()
    }

    /// The points whose texts score best for a query by BM25 (k1 1.2, b 0.75, the sum over its
    /// terms), best first, ties by number. Only `allowed` ones, if given: a page is full when
    /// enough of them match.
    pub(crate) fn search_text(
        &self,
        text: &str,
        points: usize,
        allowed: Option<&RoaringBitmap>,
    ) -> Result<TextAnswer> {
        let terms = self.analyzer.query_terms(text, search::TERMS_READ_MAX);
        let searcher = self.reader.searcher();
        search::best(&searcher, self.fields, &terms, points, allowed)
    }

    /// The documents of the last commit.
    pub(crate) fn committed(&self) -> CommittedDocuments {
        CommittedDocuments::new(self.reader.searcher(), self.fields)
    }

    /// See [`CommittedDocuments::matching`].
    #[cfg(test)]
    pub(crate) fn matching(&self, filter: &Filter) -> Result<Matching> {
        let no_ids = std::collections::HashMap::new();
        self.committed().matching(filter, &no_ids)
    }

    /// The number of committed documents.
    #[cfg(test)]
    pub(crate) fn documents(&self) -> u64 {
        self.reader.searcher().num_docs()
    }
}

impl fmt::Debug for DocumentView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DocumentView")
            .field("folder", &self.folder)
            .field("applied", &self.applied)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
