//! Prints how many texts and tokens a second a model embeds on this machine.
//!
//!     cargo run --release -p embedder --example throughput -- MODEL FILE [TEXTS] [BATCH_TOKENS]
//!
//! MODEL is `built-in`, a folder or a name. FILE has one text a line, or one JSON object a line
//! with a `text` field. TEXTS is how many of them to embed, 20,000 if not given.
#![expect(clippy::print_stdout, reason = "it is what the example is for")]

use std::io::{BufRead, BufReader};
use std::process::ExitCode;
use std::time::Instant;

use embedder::{Embedder, EmbedderOptions, InputKind, ModelSource};

/// Texts embedded if not told otherwise.
const TEXTS: usize = 20_000;

/// Texts of one request, as an import would send them.
const REQUEST_TEXTS: usize = 256;

/// Requests under way at once: enough that neither stage waits for the other.
const REQUESTS_WAITING: usize = 8;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match measure(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [model, file, numbers @ ..] = args else {
        return Err("usage: throughput MODEL FILE [TEXTS] [BATCH_TOKENS]".into());
    };
    let mut options = EmbedderOptions::default();
    let count = numbers.first().map_or(Ok(TEXTS), |count| count.parse())?;
    if let Some(batch_tokens_max) = numbers.get(1) {
        options.batch_tokens_max = batch_tokens_max.parse()?;
    }
    let texts = read(file, count)?;
    let begin = Instant::now();
    let embedder = Embedder::open(&ModelSource::parse(model)?, &options)?;
    let info = embedder.info();
    println!(
        "{}: {} parameters, {} dimensions",
        info.name, info.parameters, info.dimensions
    );
    println!(
        "opened in {:.3} s, fingerprint {}",
        begin.elapsed().as_secs_f64(),
        info.fingerprint
    );

    let begin = Instant::now();
    let mut tokens = 0;
    for text in &texts {
        tokens += embedder.count_tokens(text, InputKind::Document)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    report("tokenize, one thread", texts.len(), tokens, seconds);

    let begin = Instant::now();
    let mut waiting = std::collections::VecDeque::new();
    for request in texts.chunks(REQUEST_TEXTS) {
        if waiting.len() >= REQUESTS_WAITING
            && let Some(pending) = waiting.pop_front()
        {
            embedder::Pending::wait(pending)?;
        }
        waiting.push_back(embedder.submit(request.to_vec(), InputKind::Document)?);
    }
    for pending in waiting {
        pending.wait()?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    report("embed", texts.len(), tokens, seconds);
    let statistics = embedder.statistics();
    let share = statistics.model_seconds_total / seconds;
    println!(
        "{} batches, {:.0}% of the time in the model",
        statistics.batches_total,
        share * 100.0
    );

    let query = &texts[..texts.len().min(100)];
    let begin = Instant::now();
    for text in query {
        embedder.embed(vec![text.clone()], InputKind::Query)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "one query alone: {:.2} ms",
        seconds * 1000.0 / query.len() as f64
    );
    Ok(())
}

fn report(what: &str, texts: usize, tokens: usize, seconds: f64) {
    let [texts_rate, tokens_rate] = [texts, tokens].map(|count| count as f64 / seconds);
    println!("{what}: {texts_rate:.0} texts/s, {tokens_rate:.0} tokens/s ({tokens} tokens)");
}

fn read(file: &str, count: usize) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut texts = Vec::new();
    for line in BufReader::new(std::fs::File::open(file)?)
        .lines()
        .take(count)
    {
        let line = line?;
        let text = match serde_json::from_str::<serde_json::Value>(&line) {
            Ok(value) => value["text"].as_str().unwrap_or(&line).to_owned(),
            Err(_) => line,
        };
        texts.push(text);
    }
    if texts.is_empty() {
        return Err(format!("`{file}` has no texts").into());
    }
    Ok(texts)
}
