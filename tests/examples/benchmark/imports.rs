//! Imports, and how long they take.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use engine::{
    Chunk, CollectionName, CollectionSchema, Condition, Created, Distance, Engine, EngineOptions,
    Payload, PointId, RECALL_DEFAULT, Span, SystemClock, UpsertPoint, Wait, WriteRequest,
};

use crate::corpus::Corpus;
use crate::server::{Server, binary};

/// Points of one write, and writers at once.
const WRITE_POINTS: usize = 1_000;
const WRITERS: usize = 4;

/// Small synced writes that say what a sync costs.
const SYNCS: u32 = 50;

/// What an import took.
pub(crate) struct Imported {
    pub(crate) points_per_second: f64,
    /// Of the server, for each point.
    pub(crate) processor_us: f64,
    /// The server's peak of resident memory, in bytes.
    pub(crate) peak: u64,
}

/// Runs `kukla import`.
pub(crate) async fn from_command(
    server: &Server,
    collection: &str,
    file: &Path,
) -> Result<Imported> {
    eprintln!("importing {} into `{collection}`", file.display());
    let peak = server.watch_memory();
    let busy = server.busy_seconds()?;
    let began = Instant::now();
    let status = std::process::Command::new(binary()?)
        .arg("import")
        .arg(file)
        .args([
            "--create",
            "--collection",
            collection,
            "--url",
            &server.url(),
        ])
        .stdout(Stdio::null())
        .status()?;
    let seconds = began.elapsed().as_secs_f64();
    ensure!(status.success(), "`kukla import` failed");
    let busy = server.busy_seconds()? - busy;
    let points = server.client.collection(collection).await?.points as f64;
    Ok(Imported {
        points_per_second: points / seconds,
        processor_us: busy * 1e6 / points,
        peak: peak.finish(),
    })
}

/// Writes the corpus into an engine of its own; answers points a second, and what syncing had to
/// do with it, in words.
pub(crate) fn into_engine(folder: &Path, corpus: &Corpus) -> Result<(f64, String)> {
    eprintln!("writing ready vectors into an engine");
    let engine = Engine::open(folder, EngineOptions::default(), Arc::new(SystemClock))?;
    let schema = CollectionSchema {
        model: None,
        dimensions: u32::try_from(corpus.vectors.first().map_or(0, Vec::len))?,
        distance: Distance::Cosine,
        recall: RECALL_DEFAULT,
    };
    let (Created::New(collection) | Created::Existing(collection)) =
        engine.create_collection(&CollectionName::new("vectors")?, &schema)?;
    let ids: Vec<usize> = (0..corpus.vectors.len()).collect();
    let batches: Vec<&[usize]> = ids.chunks(WRITE_POINTS).collect();
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| -> Result<()> {
        let write = || -> Result<()> {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let points = batch.iter().map(|&id| point(corpus, id)).collect();
                collection.write(WriteRequest::Upsert(points), Wait::Durable)?;
            }
            Ok(())
        };
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(write)).collect();
        for writer in writers {
            writer.join().ok().context("a writer panicked")??;
        }
        Ok(())
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let sync_ms = sync_ms(folder)?;
    let rate = corpus.vectors.len() as f64 / seconds;
    let share = batches.len() as f64 * sync_ms / 1e3 / seconds;
    engine.close()?;
    let words = format!(
        "A sync of a small file takes {sync_ms:.2} ms here. One for each of the {} writes would be \
         {:.0} % of the {seconds:.1} s that they took; writes that wait together share theirs.",
        batches.len(),
        share * 100.0
    );
    Ok((rate, words))
}

fn point(corpus: &Corpus, id: usize) -> UpsertPoint {
    let text = corpus.texts[id].clone();
    let span = Span {
        start: 0,
        end: text.len() as u32,
    };
    UpsertPoint {
        id: PointId::Integer(id as u64),
        text: Some(text),
        chunks: vec![Chunk {
            span,
            vector: corpus.vectors[id].clone(),
        }],
        payload: Payload::new(),
        expires_at_ms: None,
        condition: Condition::Always,
    }
}

/// The mean time of a small write with a sync, in milliseconds.
fn sync_ms(folder: &Path) -> Result<f64> {
    use std::io::Write as _;
    let mut file = tempfile::tempfile_in(folder)?;
    let began = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
    }
    Ok(began.elapsed().as_secs_f64() * 1e3 / f64::from(SYNCS))
}
