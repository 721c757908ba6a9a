//! Ranking quality of the built-in model on judged sets, through a real server, in all three modes.
//! With `--nocapture` it prints the table in the README. Skips where `../shared/eval` is missing.

use kukla_client::{Search, SearchMode};
use tempfile::tempdir;

use crate::support::Process;
use crate::support::judged::{DEPTH, folder, import, read, score};

/// The first queries of each set, so that the test stays short.
const QUERIES_MAX: usize = 300;
/// Sets with the least nDCG@10 allowed for vector and text search: a guard against a broken model,
/// index or analysis, below what was measured.
const SETS: [(&str, [f64; 2]); 8] = [
    ("xquad-en", [0.86, 0.94]),
    ("xquad-de", [0.79, 0.90]),
    ("xquad-zh", [0.80, 0.93]),
    ("xquad-ar", [0.59, 0.90]),
    ("xquad-hi", [0.68, 0.93]),
    ("xquad-zh-en", [0.58, 0.10]),
    ("med", [0.53, 0.68]),
    ("cranfield", [0.27, 0.33]),
];
/// How far hybrid search may fall below the better of its two rankings: 0.01 is what was measured
/// on whole sets, the rest is what the first queries of a set may scatter.
const HYBRID_LOSS_MAX: f64 = 0.02;

fn ask(query: &str, mode: SearchMode) -> Search {
    Search {
        mode: Some(mode),
        limit: Some(DEPTH),
        include: Some(Vec::new()),
        ..Search::query(query)
    }
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
        let judged = read(set).unwrap();
        let client = &process.client;
        import(client, set, &judged).await.unwrap();
        let mut found = Vec::new();
        for mode in [SearchMode::Vector, SearchMode::Text, SearchMode::Hybrid] {
            let ask = |query: &str| ask(query, mode);
            let scored = score(client, set, &judged, QUERIES_MAX, ask).await;
            found.push(scored.unwrap());
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
        let better = found[0].max(found[1]);
        if found[2] < better - HYBRID_LOSS_MAX {
            failures.push(format!(
                "{set}: hybrid {:.3}, one alone {better:.3}",
                found[2]
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}
