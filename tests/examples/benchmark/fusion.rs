//! Weights for hybrid search, tried on judged sets.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use kukla_client::{Client, Fusion, FusionMethod, Search, SearchMode, Weights};

use crate::judged::{DEPTH, Judged, folder, import, read, score};
use crate::server::Server;

/// The sets on which the default weights are chosen, and those that say what they are worth.
const TUNED: [&str; 4] = ["xquad-en", "xquad-zh", "xquad-zh-en", "med"];
const HELD_OUT: [&str; 4] = ["xquad-de", "xquad-ar", "xquad-hi", "cranfield"];

/// Weights of the vector ranking that are tried, of 1 together with the text's.
const VECTOR_WEIGHTS: [f32; 7] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6];

/// Queries of each set.
const QUERIES_MAX: usize = 400;

/// Prints nDCG@10 of each ranking alone and of each weight.
pub(crate) async fn measure() -> Result<()> {
    ensure!(folder().exists(), "{} is missing", folder().display());
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path()).await?;
    let client = &server.client;
    let mut sets = Vec::new();
    for set in TUNED.into_iter().chain(HELD_OUT) {
        let judged = read(set)?;
        import(client, set, &judged).await?;
        sets.push((set, judged));
    }
    let names: Vec<&str> = sets.iter().map(|(set, _)| *set).collect();
    println!(
        "| the first {QUERIES_MAX} queries | {} |",
        names.join(" | ")
    );
    println!("|---{}|", "|---".repeat(names.len()));
    println!(
        "| tuned on |{}{}",
        " yes |".repeat(TUNED.len()),
        " no |".repeat(HELD_OUT.len())
    );
    let alone = |mode| move |query: &str| search(query, mode, None);
    row(client, &sets, "vector alone", alone(SearchMode::Vector)).await?;
    row(client, &sets, "text alone", alone(SearchMode::Text)).await?;
    let by_rank = fusion(FusionMethod::Rrf, None);
    let ask = |query: &str| search(query, SearchMode::Hybrid, Some(by_rank));
    row(client, &sets, "reciprocal ranks, equal weights", ask).await?;
    for weight in VECTOR_WEIGHTS {
        let by_score = fusion(FusionMethod::Scores, Some(weight));
        let ask = |query: &str| search(query, SearchMode::Hybrid, Some(by_score));
        row(client, &sets, &format!("scores, vector {weight}"), ask).await?;
    }
    Ok(())
}

fn fusion(method: FusionMethod, vector: Option<f32>) -> Fusion {
    Fusion {
        method: Some(method),
        rank_constant: None,
        weights: Weights {
            vector,
            text: vector.map(|weight| 1.0 - weight),
        },
    }
}

fn search(query: &str, mode: SearchMode, fusion: Option<Fusion>) -> Search {
    Search {
        mode: Some(mode),
        limit: Some(DEPTH),
        include: Some(Vec::new()),
        fusion,
        ..Search::query(query)
    }
}

async fn row(
    client: &Client,
    sets: &[(&str, Judged)],
    name: &str,
    ask: impl Fn(&str) -> Search,
) -> Result<()> {
    let mut line = format!("| {name} |");
    for (set, judged) in sets {
        let found = score(client, set, judged, QUERIES_MAX, &ask).await?;
        write!(line, " {found:.3} |")?;
    }
    println!("{line}");
    Ok(())
}
