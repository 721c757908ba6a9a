//! Ranking quality of the built-in model on judged sets, through a real server, in all three modes.
//! With `--nocapture` it prints the table in the README. Skips where `../shared/eval` is missing.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use kukla_client::{CreateCollection, Search, SearchMode, UpsertPoint, Wait};
use tempfile::tempdir;

use crate::support::Process;

/// The first queries of each set, so that the test stays short.
const QUERIES_MAX: usize = 300;
const DEPTH: usize = 10;
/// Points in one request.
const BATCH: usize = 200;
/// Sets with the least nDCG@10 allowed for vector, text and hybrid search: a guard against a
/// broken model, index or fusion, below what was measured.
const SETS: [(&str, [f64; 3]); 4] = [
    ("xquad-en", [0.70, 0.94, 0.85]),
    ("xquad-zh", [0.55, 0.93, 0.80]),
    ("med", [0.40, 0.68, 0.55]),
    ("cranfield", [0.20, 0.33, 0.28]),
];

/// A judged retrieval set in BEIR layout.
struct Judged {
    corpus: Vec<(String, String)>,
    queries: Vec<(String, String)>,
    judgements: HashMap<String, BTreeMap<String, f64>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval")
}

fn lines(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let records = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    records
        .map(|record| {
            let part = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
            let text = format!("{}\n{}", part("title"), part("text"))
                .trim()
                .to_owned();
            (part("_id"), text)
        })
        .collect()
}

fn read(set: &str) -> Judged {
    let folder = folder().join(set);
    let mut judgements: HashMap<String, BTreeMap<String, f64>> = HashMap::new();
    for line in std::fs::read_to_string(folder.join("qrels.tsv"))
        .unwrap()
        .lines()
        .skip(1)
    {
        let mut parts = line.split('\t');
        let (query, document) = (parts.next().unwrap(), parts.next().unwrap());
        let gain: f64 = parts.next().unwrap().trim().parse().unwrap();
        judgements
            .entry(query.to_owned())
            .or_default()
            .insert(document.to_owned(), gain);
    }
    let queries = lines(&folder.join("queries.jsonl"));
    Judged {
        corpus: lines(&folder.join("corpus.jsonl")),
        queries: queries
            .into_iter()
            .filter(|(id, _)| judgements.contains_key(id))
            .collect(),
        judgements,
    }
}

/// Normalised discounted cumulative gain at [`DEPTH`] (Jarvelin and Kekalainen, 2002), linear gain.
fn ndcg(ranked: &[String], gains: &BTreeMap<String, f64>) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| -> f64 {
        (2..)
            .zip(gains)
            .map(|(place, gain)| gain / f64::from(place).log2())
            .sum()
    };
    let found = discounted(
        &mut ranked
            .iter()
            .map(|id| gains.get(id).copied().unwrap_or(0.0)),
    );
    let mut ideal: Vec<f64> = gains.values().copied().filter(|gain| *gain > 0.0).collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = discounted(&mut ideal.into_iter().take(DEPTH));
    if best == 0.0 { 0.0 } else { found / best }
}

async fn score(process: &Process, set: &str, judged: &Judged, mode: SearchMode) -> f64 {
    let mut sum = 0.0;
    let queries = &judged.queries[..judged.queries.len().min(QUERIES_MAX)];
    for (id, query) in queries {
        let search = Search {
            mode: Some(mode),
            limit: Some(DEPTH),
            include: Some(Vec::new()),
            ..Search::query(query.clone())
        };
        let hits = process.client.search(set, &search).await.unwrap().hits;
        let ranked: Vec<String> = hits.iter().map(|hit| hit.id.to_string()).collect();
        sum += ndcg(&ranked, &judged.judgements[id]);
    }
    sum / queries.len() as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_model_ranks_real_texts() {
    if !folder().exists() {
        println!("skipped: {} is missing", folder().display());
        return;
    }
    let data = tempdir().unwrap();
    let process = Process::start(data.path()).await;
    println!("| set (nDCG@10, first {QUERIES_MAX} queries) | vector | text (BM25) | hybrid |");
    println!("|---|---|---|---|");
    let mut failures = Vec::new();
    for (set, floors) in SETS {
        let judged = read(set);
        process
            .client
            .create_collection(set, &CreateCollection::default())
            .await
            .unwrap();
        for batch in judged.corpus.chunks(BATCH) {
            let points: Vec<_> = batch
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(id, text)| UpsertPoint::text(id.as_str(), text.as_str()))
                .collect();
            process
                .client
                .upsert(set, &points, Wait::Searchable)
                .await
                .unwrap();
        }
        let mut found = Vec::new();
        for mode in [SearchMode::Vector, SearchMode::Text, SearchMode::Hybrid] {
            found.push(score(&process, set, &judged, mode).await);
        }
        println!(
            "| {set} | {:.3} | {:.3} | {:.3} |",
            found[0], found[1], found[2]
        );
        for (value, floor) in found.iter().zip(floors) {
            if *value < floor {
                failures.push(format!("{set}: {value:.3} is below {floor}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}
