//! Times of searches over REST, one at a time.

use std::time::Instant;

use anyhow::Result;
use kukla_client::{Search, SearchMode};

use crate::corpus::Corpus;
use crate::server::Server;

/// Hits asked for.
pub(crate) const LIMIT: usize = 10;

/// Searches whose time does not count: the first touch pages.
const WARM: usize = 100;

/// The first searches: while they come in, segments are measured with them.
const FIRST: usize = 300;

/// Prints the time of each mode.
pub(crate) async fn over_rest(server: &Server, corpus: &Corpus) -> Result<()> {
    println!("\n| search over REST, a question in words | p50 ms | p95 ms | p99 ms |");
    println!("|---|---|---|---|");
    let name = format!("vector, the first {FIRST}");
    row(server, &name, SearchMode::Vector, &corpus.queries[..FIRST]).await?;
    server.settle("texts").await?;
    for (name, mode) in [
        ("vector", SearchMode::Vector),
        ("text", SearchMode::Text),
        ("hybrid", SearchMode::Hybrid),
    ] {
        row(server, name, mode, &corpus.queries).await?;
    }
    Ok(())
}

async fn row(server: &Server, name: &str, mode: SearchMode, queries: &[String]) -> Result<()> {
    let mut times = Vec::new();
    for (place, query) in queries.iter().enumerate() {
        let search = Search {
            mode: Some(mode),
            limit: Some(LIMIT),
            ..Search::query(query.clone())
        };
        let began = Instant::now();
        server.client.search("texts", &search).await?;
        if place >= WARM.min(queries.len() / 10) {
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    let [p50, p95, p99] = percentiles(&mut times);
    println!("| {name} | {p50:.2} | {p95:.2} | {p99:.2} |");
    Ok(())
}

/// The 50th, 95th and 99th percentile.
pub(crate) fn percentiles(times: &mut [f64]) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [0.50, 0.95, 0.99].map(|share| {
        let place = (times.len() as f64 * share) as usize;
        times[place.min(times.len() - 1)]
    })
}
