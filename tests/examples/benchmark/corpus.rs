//! Texts, their vectors, and queries that are not among them.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use embedder::{Embedder, EmbedderOptions, InputKind, ModelSource};
use serde_json::{Value, json};

use crate::server::busy_seconds;

/// Texts at the end of the file that become queries.
const QUERIES: usize = 1_000;

/// Texts of one request to the model, and requests under way at once: what an import does.
const REQUEST_TEXTS: usize = 256;
const REQUESTS_WAITING: usize = 8;

/// What is imported and asked.
pub(crate) struct Corpus {
    pub(crate) texts: Vec<String>,
    pub(crate) vectors: Vec<Vec<f32>>,
    pub(crate) queries: Vec<String>,
    pub(crate) query_vectors: Vec<Vec<f32>>,
}

impl Corpus {
    /// Reads `count` texts and the queries after them.
    pub(crate) fn read(file: &Path, count: usize) -> Result<Self> {
        let reader = BufReader::new(File::open(file).context(file.display().to_string())?);
        let mut texts = Vec::with_capacity(count + QUERIES);
        for line in reader.lines().take(count + QUERIES) {
            let row: Value = serde_json::from_str(&line?)?;
            let text = row["text"].as_str().context("a line without `text`")?;
            texts.push(text.to_owned());
        }
        ensure!(
            texts.len() > 2 * QUERIES,
            "{} has {} lines, expected more than {}",
            file.display(),
            texts.len(),
            2 * QUERIES
        );
        // About as long as questions are.
        let queries = texts.split_off(texts.len() - QUERIES);
        let queries = queries.iter().map(|text| text.chars().take(120).collect());
        Ok(Self {
            texts,
            vectors: Vec::new(),
            queries: queries.collect(),
            query_vectors: Vec::new(),
        })
    }

    /// Embeds everything; answers how many texts a second, and microseconds of processor time a text.
    pub(crate) fn embed(&mut self) -> Result<(f64, f64)> {
        let embedder = Embedder::open(
            &ModelSource::parse("built-in")?,
            &EmbedderOptions::default(),
        )?;
        let busy = busy_seconds(std::process::id())?;
        let began = Instant::now();
        self.vectors = embed(&embedder, &self.texts, InputKind::Document)?;
        let texts = self.texts.len() as f64;
        let rate = texts / began.elapsed().as_secs_f64();
        let processor_us = (busy_seconds(std::process::id())? - busy) * 1e6 / texts;
        self.query_vectors = embed(&embedder, &self.queries, InputKind::Query)?;
        Ok((rate, processor_us))
    }

    /// Writes the texts as an import file.
    pub(crate) fn write_texts(&self, path: &Path) -> Result<()> {
        let rows = self.texts.iter().enumerate();
        write(
            path,
            rows.map(|(id, text)| json!({ "id": id, "text": text })),
        )
    }

    /// Writes texts and vectors as an import file.
    pub(crate) fn write_vectors(&self, path: &Path) -> Result<()> {
        let rows = self.texts.iter().zip(&self.vectors).enumerate();
        write(
            path,
            rows.map(|(id, (text, vector))| json!({ "id": id, "text": text, "vector": vector })),
        )
    }
}

fn embed(embedder: &Embedder, texts: &[String], kind: InputKind) -> Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::with_capacity(texts.len());
    let mut waiting = VecDeque::new();
    for request in texts.chunks(REQUEST_TEXTS) {
        if waiting.len() >= REQUESTS_WAITING
            && let Some(pending) = waiting.pop_front()
        {
            take(embedder::Pending::wait(pending)?, &mut vectors);
        }
        waiting.push_back(embedder.submit(request.to_vec(), kind)?);
    }
    for pending in waiting {
        take(pending.wait()?, &mut vectors);
    }
    Ok(vectors)
}

fn take(embeddings: Vec<embedder::Embedding>, vectors: &mut Vec<Vec<f32>>) {
    vectors.extend(embeddings.into_iter().map(|embedding| embedding.vector));
}

fn write(path: &Path, rows: impl Iterator<Item = Value>) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for row in rows {
        serde_json::to_writer(&mut file, &row)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(())
}
