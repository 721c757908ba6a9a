//! Retrieval quality on folders with judgements, by exact scan, at every prefix length.
//!
//! The scan compares every query with every document, so the figures are the model's alone.

pub mod collection;
pub mod judge;
pub mod metrics;
pub mod report;

use std::path::Path;

use embedder::{Embedder, InputKind};
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::Result;
use crate::evaluate::collection::Collection;
use crate::evaluate::judge::judge;
use crate::evaluate::report::{Report, SetReport};
use crate::matrix::Matrix;

/// Texts handed to the embedder at once, so that the bar moves.
const CHUNK_TEXTS: usize = 64;

/// Embeds and searches every folder; `lengths` empty means all of the model's.
pub fn evaluate(embedder: &Embedder, folders: &[&Path], lengths: &[usize]) -> Result<Report> {
    let info = embedder.info();
    let lengths = if lengths.is_empty() {
        &info.prefix_lengths
    } else {
        lengths
    };
    let mut sets = Vec::new();
    for folder in folders {
        let collection = Collection::read(folder)?;
        let bar = ProgressBar::new((collection.documents.len() + collection.queries.len()) as u64);
        let template = "{msg} {bar:30} {pos}/{len} texts, {per_sec}, {eta} left";
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
        bar.set_message(collection.name.clone());
        let documents = collection
            .documents
            .iter()
            .map(|document| document.text.as_str());
        let documents = embed(embedder, documents, InputKind::Document, &bar)?;
        let queries = collection.queries.iter().map(|query| query.text.as_str());
        let queries = embed(embedder, queries, InputKind::Query, &bar)?;
        bar.finish_and_clear();
        sets.push(SetReport {
            set: collection.name.clone(),
            documents: documents.rows,
            queries: queries.rows,
            lengths: judge(&collection, &queries, &documents, lengths)?,
        });
    }
    Ok(Report {
        model: info.name.clone(),
        fingerprint: info.fingerprint.clone(),
        sets,
    })
}

fn embed<'a>(
    embedder: &Embedder,
    texts: impl Iterator<Item = &'a str>,
    kind: InputKind,
    bar: &ProgressBar,
) -> Result<Matrix> {
    let texts: Vec<&str> = texts.collect();
    let mut vectors = Matrix::zeros(0, embedder.info().dimensions);
    for chunk in texts.chunks(CHUNK_TEXTS) {
        let owned = chunk.iter().map(|&text| text.to_owned()).collect();
        for embedding in embedder.embed(owned, kind)? {
            vectors.values.extend(embedding.vector);
            vectors.rows += 1;
        }
        bar.inc(chunk.len() as u64);
    }
    Ok(vectors)
}
