//! Measures the whole product, and prints what it found as Markdown.
//!
//! ```sh
//! make benchmark TEXTS=FILE.jsonl
//! make fusion
//! ```
//!
//! `scale` imports 200,000 texts into a running server: rates, memory by part, disk, restart, and
//! search over REST, in the engine and in usearch called directly. What is compared is measured in
//! turns. FILE has one JSON object a line with a `text`; its last 1,000 become queries.
//!
//! `fusion` tries weights for hybrid search on the judged sets in `../shared/eval`.
//!
//! Keep the machine quiet meanwhile.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is what the example is for"
)]

mod corpus;
mod engines;
mod fusion;
mod imports;
#[path = "../../support/judged.rs"]
mod judged;
mod latency;
mod promises;
mod scale;
mod server;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

/// Texts imported if not told otherwise.
const TEXTS: usize = 200_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["scale", file] => runtime.block_on(scale::measure(Path::new(file), TEXTS)),
        ["scale", file, count] => runtime.block_on(scale::measure(Path::new(file), count.parse()?)),
        ["fusion"] => runtime.block_on(fusion::measure()),
        _ => bail!("usage: benchmark scale TEXTS.jsonl [COUNT] | benchmark fusion"),
    }
}
