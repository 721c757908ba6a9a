//! What recall a segment keeps: measured with its own rows alone, and after people have asked.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use embedder::{Embedder, EmbedderOptions, InputKind, ModelSource};
use engine::{Collection, Engine, EngineOptions, SystemClock};

use crate::corpus::Corpus;
use crate::engines::{copy_folder, recall_of, search};
use crate::judged;
use crate::latency::{LIMIT, percentiles};

/// Questions beside the texts that were held out; people wrote them about paragraphs that are not
/// in the collection.
const QUESTIONS: [&str; 2] = ["xquad-en", "xquad-de"];

/// Queries that judge: fewer than a segment is measured again for.
const JUDGING: usize = 60;

/// Queries of the same kind that are asked in between.
const ASKED: usize = 256;

/// Every so many queries one judges.
const EVERY: usize = 6;

/// The recall asked for.
const RECALL: f32 = 0.95;

/// Queries of one kind.
struct Kind {
    name: &'static str,
    judging: Vec<Vec<f32>>,
    asked: Vec<Vec<f32>>,
}

/// Prints recall and time before and after, of the collection in `folder`, which stays as it is.
pub(crate) fn measure(corpus: &Corpus, folder: &Path, copy: &Path) -> Result<()> {
    println!(
        "\n| recall {RECALL} asked | fresh: recall | p50 us | after {ASKED} queries: recall | p50 us |"
    );
    println!("|---|---|---|---|---|");
    for kind in kinds(corpus)? {
        let truth = exact(corpus, &kind.judging)?;
        copy_folder(folder, copy)?;
        let fresh = ask(copy, |collection| judge(collection, &kind.judging, &truth))?;
        ask(copy, |collection| {
            for vector in &kind.asked {
                search(collection, vector, RECALL)?;
            }
            Ok(collection.settle()?)
        })?;
        // Opened again, so that both find the same of their files in memory.
        let after = ask(copy, |collection| judge(collection, &kind.judging, &truth))?;
        std::fs::remove_dir_all(copy)?;
        println!(
            "| {} | {:.3} | {:.0} | {:.3} | {:.0} |",
            kind.name, fresh.0, fresh.1, after.0, after.1
        );
    }
    Ok(())
}

fn kinds(corpus: &Corpus) -> Result<Vec<Kind>> {
    // Neighbours ask about the same paragraph, so who judges is spread among who asks.
    let kind = |name, vectors: &[Vec<f32>]| {
        let part = |judges: bool, count| {
            let numbered = vectors.iter().enumerate();
            let own = numbered.filter(|(index, _)| index.is_multiple_of(EVERY) == judges);
            own.map(|(_, vector)| vector.clone()).take(count).collect()
        };
        Kind {
            name,
            judging: part(true, JUDGING),
            asked: part(false, ASKED),
        }
    };
    let mut kinds = vec![kind("texts held out", &corpus.query_vectors)];
    if !judged::folder().exists() {
        eprintln!("no questions: {} is missing", judged::folder().display());
        return Ok(kinds);
    }
    let source = ModelSource::parse("built-in")?;
    let embedder = Embedder::open(&source, &EmbedderOptions::default())?;
    for set in QUESTIONS {
        let queries = judged::read(set)?.queries;
        let texts = queries.into_iter().take(JUDGING * EVERY);
        let texts = texts.map(|(_, text)| text).collect();
        let embeddings = embedder.embed(texts, InputKind::Query)?;
        let vectors: Vec<Vec<f32>> = embeddings
            .into_iter()
            .map(|embedding| embedding.vector)
            .collect();
        kinds.push(kind(set, &vectors));
    }
    Ok(kinds)
}

/// Asks a collection that remembers no query yet.
fn ask<T>(folder: &Path, ask: impl FnOnce(&Collection) -> Result<T>) -> Result<T> {
    let engine = Engine::open(folder, EngineOptions::default(), Arc::new(SystemClock))?;
    let answer = ask(&*engine.collection("texts")?)?;
    engine.close()?;
    Ok(answer)
}

/// The mean recall, and the median time in microseconds.
fn judge(
    collection: &Collection,
    queries: &[Vec<f32>],
    truth: &[HashSet<u64>],
) -> Result<(f64, f64)> {
    let mut times = Vec::with_capacity(queries.len());
    let recall = recall_of(truth, queries, |vector| {
        let began = Instant::now();
        let found = search(collection, vector, RECALL);
        times.push(began.elapsed().as_secs_f64() * 1e6);
        found
    })?;
    Ok((recall, percentiles(&mut times)[0]))
}

/// The closest texts of each query, by all inner products.
fn exact(corpus: &Corpus, queries: &[Vec<f32>]) -> Result<Vec<HashSet<u64>>> {
    let threads = std::thread::available_parallelism()?.get();
    let part = queries.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let workers: Vec<_> = queries
            .chunks(part)
            .map(|part| scope.spawn(|| part.iter().map(|query| closest(corpus, query)).collect()))
            .collect();
        let mut truth = Vec::with_capacity(queries.len());
        for worker in workers {
            let part: Vec<HashSet<u64>> = worker.join().ok().context("a thread panicked")?;
            truth.extend(part);
        }
        Ok(truth)
    })
}

fn closest(corpus: &Corpus, query: &[f32]) -> HashSet<u64> {
    let product = |vector: &Vec<f32>| -> f32 { vector.iter().zip(query).map(|(x, y)| x * y).sum() };
    let mut scored: Vec<(f32, u64)> = corpus.vectors.iter().map(product).zip(0..).collect();
    scored.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
    scored.into_iter().take(LIMIT).map(|(_, id)| id).collect()
}
