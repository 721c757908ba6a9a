//! REST against the engine, and the engine against usearch, each pair in turns on the same
//! vectors.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use engine::{
    Collection, Engine, EngineOptions, Fusion, Include, PointId, SearchMode, SearchRequest,
    SystemClock,
};
use kukla_client::Search;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use crate::corpus::Corpus;
use crate::latency::{LIMIT, percentiles};
use crate::server::Server;

/// Queries that the segments may be measured with; the rest judge.
const REMEMBERED: usize = 500;

/// Beams of usearch that are tried.
const BEAMS: [usize; 14] = [
    10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 896,
];

/// Rounds in turns; the median over all is reported.
const ROUNDS: usize = 3;

fn request(vector: &[f32], recall: f32) -> SearchRequest {
    SearchRequest {
        mode: SearchMode::Vector,
        text: None,
        vector: Some(vector.to_vec()),
        limit: LIMIT,
        recall: Some(recall),
        filter: None,
        fusion: Fusion::default(),
        include: Include {
            text: false,
            payload: false,
            vectors: false,
        },
        explain: false,
    }
}

/// Prints the ratio of REST to a call of the engine on a copy of the same folder.
pub(crate) async fn rest_against_engine(
    server: &mut Server,
    corpus: &Corpus,
    copy: &Path,
) -> Result<()> {
    server.stop()?;
    copy_folder(server.data(), copy)?;
    server.resume().await?;
    let engine = Engine::open(copy, EngineOptions::default(), Arc::new(SystemClock))?;
    let collection = engine.collection("texts")?;
    let (mut direct, mut rest) = (Vec::new(), Vec::new());
    for round in 0..=1 {
        for vector in &corpus.query_vectors {
            let search = Search {
                mode: Some(kukla_client::SearchMode::Vector),
                limit: Some(LIMIT),
                recall: Some(0.95),
                include: Some(Vec::new()),
                ..Search::vector(vector.clone())
            };
            let began = Instant::now();
            server.client.search("texts", &search).await?;
            let over_rest = began.elapsed().as_secs_f64() * 1e3;
            let began = Instant::now();
            collection.search(&request(vector, 0.95))?;
            // The first round touches pages.
            if round > 0 {
                direct.push(began.elapsed().as_secs_f64() * 1e3);
                rest.push(over_rest);
            }
        }
    }
    let (direct, rest) = (percentiles(&mut direct), percentiles(&mut rest));
    println!("\n| search by vector, recall 0.95 | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|");
    println!(
        "| engine | {:.3} | {:.3} | {:.3} |",
        direct[0], direct[1], direct[2]
    );
    println!(
        "| REST | {:.3} | {:.3} | {:.3} |",
        rest[0], rest[1], rest[2]
    );
    println!(
        "| ratio | {:.2} | {:.2} | {:.2} |",
        rest[0] / direct[0],
        rest[1] / direct[1],
        rest[2] / direct[2]
    );
    engine.close()?;
    Ok(())
}

/// Prints the engine's time as a share of usearch's at the same recall.
pub(crate) fn engine_against_usearch(corpus: &Corpus, copy: &Path) -> Result<()> {
    let engine = Engine::open(copy, EngineOptions::default(), Arc::new(SystemClock))?;
    let collection = engine.collection("texts")?;
    let (remembered, judging) = corpus.query_vectors.split_at(REMEMBERED);
    // What real use does: searches are remembered, and the segments measured again with them.
    for vector in remembered {
        collection.search(&request(vector, 0.95))?;
    }
    collection.settle()?;
    eprintln!("exact answers for {} queries", judging.len());
    let truth = exact(&collection, judging)?;
    let statistics = collection.statistics()?;
    let segments: Vec<_> = statistics
        .segments
        .iter()
        .map(|segment| segment.rows)
        .collect();
    println!(
        "\nSegments: {segments:?} rows, {} in memory.",
        statistics.active_rows
    );
    println!(
        "\n| recall asked | engine: recall | p50 us | usearch i8: recall | p50 us | ratio | usearch f32: recall | p50 us | ratio |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let peers = [
        Peer::build(corpus, Code::I8)?,
        Peer::build(corpus, Code::F32)?,
    ];
    for recall in [0.9, 0.95, 0.98] {
        let ours = recall_of(&truth, judging, |vector| {
            search(&collection, vector, recall)
        })?;
        let mut row = String::new();
        let mut own = 0.0;
        for peer in &peers {
            let (beam, theirs) = peer.beam_for(ours, &truth, judging)?;
            let (own_us, peer_us) = in_turns(
                judging,
                |vector| search(&collection, vector, recall),
                |vector| peer.search(vector, beam),
            )?;
            own = own_us;
            write!(
                row,
                " {theirs:.3} | {peer_us:.0} | {:.2} |",
                own_us / peer_us
            )?;
        }
        println!("| {recall} | {ours:.3} | {own:.0} |{row}");
    }
    engine.close()?;
    Ok(())
}

/// The ids that the engine finds.
pub(crate) fn search(collection: &Collection, vector: &[f32], recall: f32) -> Result<Vec<u64>> {
    let hits = collection.search(&request(vector, recall))?.hits;
    let ids = hits.into_iter().map(|hit| match hit.id {
        PointId::Integer(id) => Ok(id),
        PointId::String(id) => Ok(id.parse()?),
    });
    ids.collect()
}

fn exact(collection: &Collection, queries: &[Vec<f32>]) -> Result<Vec<HashSet<u64>>> {
    let answers = queries
        .iter()
        .map(|vector| Ok(search(collection, vector, 1.0)?.into_iter().collect()));
    answers.collect()
}

/// The mean share of the true hits that are found.
pub(crate) fn recall_of(
    truth: &[HashSet<u64>],
    queries: &[Vec<f32>],
    mut search: impl FnMut(&[f32]) -> Result<Vec<u64>>,
) -> Result<f64> {
    let mut found = 0;
    for (vector, truth) in queries.iter().zip(truth) {
        found += search(vector)?
            .iter()
            .filter(|id| truth.contains(id))
            .count();
    }
    Ok(found as f64 / truth.iter().map(HashSet::len).sum::<usize>() as f64)
}

/// The median time of each of two searches, in microseconds, query by query in turns.
fn in_turns(
    queries: &[Vec<f32>],
    first: impl Fn(&[f32]) -> Result<Vec<u64>>,
    second: impl Fn(&[f32]) -> Result<Vec<u64>>,
) -> Result<(f64, f64)> {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for vector in queries {
            let began = Instant::now();
            first(vector)?;
            firsts.push(began.elapsed().as_secs_f64() * 1e6);
            let began = Instant::now();
            second(vector)?;
            seconds.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    Ok((percentiles(&mut firsts)[0], percentiles(&mut seconds)[0]))
}

/// What usearch keeps of a vector.
#[derive(Clone, Copy)]
enum Code {
    /// Scaled by its largest component by us, as our segments do.
    I8,
    F32,
}

/// One index over the whole corpus, called directly.
struct Peer {
    index: Index,
    code: Code,
}

impl Peer {
    fn build(corpus: &Corpus, code: Code) -> Result<Self> {
        let options = IndexOptions {
            dimensions: corpus.vectors.first().map_or(0, Vec::len),
            metric: MetricKind::Cos,
            quantization: match code {
                Code::I8 => ScalarKind::I8,
                Code::F32 => ScalarKind::F32,
            },
            connectivity: 16,
            expansion_add: 128,
            expansion_search: 64,
            multi: false,
        };
        eprintln!("building usearch over {} vectors", corpus.vectors.len());
        let index = Index::new(&options)?;
        let threads = std::thread::available_parallelism()?.get();
        index.reserve_capacity_and_threads(corpus.vectors.len(), threads)?;
        let peer = Self { index, code };
        std::thread::scope(|scope| -> Result<()> {
            let add = |thread: usize| -> Result<()> {
                for (id, vector) in corpus
                    .vectors
                    .iter()
                    .enumerate()
                    .skip(thread)
                    .step_by(threads)
                {
                    match code {
                        Code::I8 => peer.index.add(id as u64, &scaled(vector))?,
                        Code::F32 => peer.index.add(id as u64, vector)?,
                    }
                }
                Ok(())
            };
            let workers: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || add(thread)))
                .collect();
            for worker in workers {
                worker.join().ok().context("a builder panicked")??;
            }
            Ok(())
        })?;
        Ok(peer)
    }

    fn search(&self, vector: &[f32], beam: usize) -> Result<Vec<u64>> {
        // The beam is the larger of expansion and count, and the expansion is the whole index's.
        self.index.change_expansion_search(beam);
        let found = match self.code {
            Code::I8 => self.index.search(&scaled(vector), LIMIT)?,
            Code::F32 => self.index.search(vector, LIMIT)?,
        };
        Ok(found.keys)
    }

    /// The narrowest beam that finds as much, and what it finds; the widest if none does.
    fn beam_for(
        &self,
        recall: f64,
        truth: &[HashSet<u64>],
        queries: &[Vec<f32>],
    ) -> Result<(usize, f64)> {
        let mut last = (BEAMS[0], 0.0);
        for beam in BEAMS {
            last = (
                beam,
                recall_of(truth, queries, |vector| self.search(vector, beam))?,
            );
            if last.1 >= recall {
                break;
            }
        }
        Ok(last)
    }
}

fn scaled(vector: &[f32]) -> Vec<i8> {
    let largest = vector
        .iter()
        .fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    vector
        .iter()
        .map(|x| (x * 127.0 / largest).round() as i8)
        .collect()
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.metadata()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
