//! `kukla search` and `kukla collections`.

use std::fmt::Write as _;

use anyhow::Context as _;
use kukla_client::{Hit, Search, SearchMode};

use super::connect::connect;
use super::print;
use crate::args::{CollectionsArgs, ModeArg, SearchArgs};

/// Characters of an answer's text that are printed.
const SNIPPET_CHARACTERS: usize = 240;

/// Asks a question and prints the ranked answers.
pub(super) async fn run(args: &SearchArgs) -> anyhow::Result<()> {
    let client = connect(&args.server)?;
    let mut search = Search::query(&args.query);
    search.limit = Some(args.limit);
    search.recall = args.recall;
    search.mode = args.mode.map(|mode| match mode {
        ModeArg::Hybrid => SearchMode::Hybrid,
        ModeArg::Vector => SearchMode::Vector,
        ModeArg::Text => SearchMode::Text,
    });
    if let Some(filter) = &args.filter {
        search.filter = Some(serde_json::from_str(filter).context("--filter is not JSON")?);
    }
    let answer = client.search(&args.collection, &search).await?;
    let mut text = String::new();
    for (index, hit) in answer.hits.iter().enumerate() {
        describe(&mut text, index + 1, hit)?;
    }
    writeln!(
        text,
        "{} answers in {:.1} ms",
        answer.hits.len(),
        answer.took_ms
    )?;
    print(&text)
}

fn describe(text: &mut String, rank: usize, hit: &Hit) -> anyhow::Result<()> {
    writeln!(text, "{rank:>3}. {}  score {:.4}", hit.id, hit.score)?;
    let chunk = hit.chunk.as_ref().map(|chunk| chunk.text.as_str());
    if let Some(found) = chunk.or(hit.text.as_deref()) {
        writeln!(text, "     {}", snippet(found))?;
    }
    Ok(())
}

/// The beginning of a text on one line.
fn snippet(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(SNIPPET_CHARACTERS) {
        Some((end, _)) => format!("{}...", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// Lists collections.
pub(super) async fn list(args: &CollectionsArgs) -> anyhow::Result<()> {
    let client = connect(&args.server)?;
    let collections = client.collections().await?;
    let mut text = String::new();
    for collection in &collections {
        let model = collection
            .model
            .as_ref()
            .map_or("no model", |model| model.name.as_str());
        writeln!(
            text,
            "{}  {} points  {} dimensions  {model}",
            collection.name, collection.points, collection.dimensions
        )?;
    }
    if collections.is_empty() {
        text.push_str(
            "no collections; make one with `kukla import FILE --collection NAME --create`\n",
        );
    }
    print(&text)
}
