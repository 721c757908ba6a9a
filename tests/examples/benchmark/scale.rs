//! Imports, memory, disk, restart and search at scale.

use std::path::Path;

use anyhow::Result;

use crate::corpus::Corpus;
use crate::imports::Imported;
use crate::server::{self, Server};
use crate::{engines, imports, latency, promises};

/// Measures everything with `count` texts of `file`.
pub(crate) async fn measure(file: &Path, count: usize) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("kukla-scale").tempdir()?;
    let path = |name: &str| folder.path().join(name);

    let mut corpus = Corpus::read(file, count)?;
    eprintln!("embedding {} texts", corpus.texts.len());
    let (alone, alone_us) = corpus.embed()?;
    corpus.write_texts(&path("texts.jsonl"))?;
    corpus.write_vectors(&path("vectors.jsonl"))?;

    println!(
        "| import | texts a second | of the model alone | processor us a text |\n|---|---|---|---|"
    );
    println!("| the model alone | {alone:.0} | 1.00 | {alone_us:.0} |");
    let row = |name: &str, imported: &Imported| {
        let rate = imported.points_per_second;
        let (share, processor_us) = (rate / alone, imported.processor_us);
        println!("| {name} | {rate:.0} | {share:.2} | {processor_us:.0} |");
    };

    let mut server = Server::start(&path("data")).await?;
    let texts = imports::from_command(&server, "texts", &path("texts.jsonl")).await?;
    row("`kukla import` of texts", &texts);
    server.settle("texts").await?;
    let at_rest = server.memory().await?;
    let disk = server::bytes_under(&path("data"))?;

    let vectors = imports::from_command(&server, "vectors", &path("vectors.jsonl")).await?;
    row("`kukla import` of ready vectors", &vectors);
    server.settle("vectors").await?;
    server.client.delete_collection("vectors").await?;
    let (rate, syncs) = imports::into_engine(&path("engine"), &corpus)?;
    println!(
        "| ready vectors into the engine, a thousand a write | {rate:.0} | {:.2} | |",
        rate / alone
    );
    println!("\n{syncs}");

    println!("\n| memory | MB |\n|---|---|");
    println!("| peak resident, importing texts | {} |", texts.peak >> 20);
    println!(
        "| peak resident, importing ready vectors | {} |",
        vectors.peak >> 20
    );
    for (name, bytes) in at_rest {
        println!("| {name} | {} |", bytes >> 20);
    }
    println!("| on disk | {} |", disk >> 20);

    let took = server.kill_and_start().await?;
    println!(
        "\nRestart after a kill: ready after {:.0} ms.\n",
        took.ready_ms
    );
    println!("First search after {:.0} ms.", took.searched_ms);

    // As it is before anybody asks.
    server.stop()?;
    engines::copy_folder(&path("data"), &path("fresh"))?;
    server.resume().await?;

    latency::over_rest(&server, &corpus).await?;
    engines::rest_against_engine(&mut server, &corpus, &path("copy")).await?;
    promises::measure(&corpus, &path("fresh"), &path("asked"))?;
    engines::engine_against_usearch(&corpus, &path("copy"))
}
