//! `kukla import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use futures_util::stream;
use indicatif::{ProgressBar, ProgressStyle};
use kukla_client::{
    Client, CreateCollection, Error, ErrorKind, ImportEvent, ImportOptions, ImportSummary, OnError,
    Wait,
};
use tokio::sync::mpsc;

use super::bookmark::{self, Bookmark};
use super::connect::connect;
use super::rows::Mapping;
use crate::args::ImportArgs;

/// Bytes of lines sent at once: few enough system calls, and little waits in memory.
const BLOCK_BYTES: usize = 64 << 10;

/// Blocks read ahead of the connection.
const BLOCKS_MAX: usize = 4;

/// How often the place is kept. A second of work is what a cut costs at most.
const KEEP_EVERY: Duration = Duration::from_secs(1);

/// Bad lines that are printed; all are counted.
const FAULTS_PRINTED_MAX: u64 = 20;

/// Imports a file.
pub(super) async fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let client = connect(&args.server)?;
    let input = Input::open(&args.file)?;
    let mut bookmark = Bookmark {
        url: args.server.url.trim_end_matches('/').to_owned(),
        collection: args.collection.clone(),
        file_bytes: input.bytes,
        lines: 0,
    };
    if input.is_file() {
        if args.restart {
            bookmark::remove(&args.file)?;
        }
        bookmark.lines = bookmark::resume(&args.file, &bookmark)?;
    }
    if args.create {
        create(&client, args).await?;
    }
    let bar = bar(input.lines, bookmark.lines);
    let options = ImportOptions {
        wait: Wait::Durable,
        on_error: if args.stop_on_error {
            OnError::Stop
        } else {
            OnError::Skip
        },
    };
    let mut tracker = Tracker::new(args, bookmark, bar, input.is_file());
    let skipped = tracker.bookmark.lines;
    let lines = read_aside(
        input,
        Mapping::new(args),
        skipped,
        args.stop_on_error,
        &tracker.bar,
    );
    let summary = client
        .import(&args.collection, lines, &options, |event| {
            tracker.take(event);
        })
        .await;
    tracker.finish(summary)
}

/// What is read: a file that was measured, or a pipe.
struct Input {
    reader: Box<dyn BufRead + Send>,
    bytes: u64,
    /// None for a pipe.
    lines: Option<u64>,
}

impl Input {
    fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self {
                reader: Box::new(BufReader::new(io::stdin())),
                bytes: 0,
                lines: None,
            });
        }
        let open = || File::open(path).with_context(|| format!("cannot read `{}`", path.display()));
        let file = open()?;
        let bytes = file
            .metadata()
            .with_context(|| format!("cannot read `{}`", path.display()))?
            .len();
        let lines =
            count_lines(file).with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok(Self {
            reader: Box::new(BufReader::with_capacity(BLOCK_BYTES, open()?)),
            bytes,
            lines: Some(lines),
        })
    }

    fn is_file(&self) -> bool {
        self.lines.is_some()
    }
}

/// Counts lines, the last one also without its end; about a gigabyte a second.
fn count_lines(mut file: File) -> io::Result<u64> {
    let mut block = vec![0; 1 << 20];
    let mut lines = 0;
    let mut last = b'\n';
    loop {
        let count = file.read(&mut block)?;
        let Some(read) = block.get(..count).filter(|read| !read.is_empty()) else {
            return Ok(lines + u64::from(last != b'\n'));
        };
        lines += read.iter().filter(|byte| **byte == b'\n').count() as u64;
        last = read.last().copied().unwrap_or(last);
    }
}

/// Creates the collection: for lines with ready vectors without a model, else with the server's.
async fn create(client: &Client, args: &ImportArgs) -> anyhow::Result<()> {
    match client.collection(&args.collection).await {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let schema = match first_vector(&args.file)? {
        Some(dimensions) => CreateCollection::of_vectors(dimensions),
        None => CreateCollection::default(),
    };
    client.create_collection(&args.collection, &schema).await?;
    Ok(())
}

/// The length of the vector in the first line, if it has one and names no model for it.
fn first_vector(path: &Path) -> anyhow::Result<Option<u32>> {
    if path == Path::new("-") {
        // A pipe can be read once only.
        return Ok(None);
    }
    let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut line = String::new();
    BufReader::new(file)
        .read_line(&mut line)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let row: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
    let vector = row
        .get("vector")
        .or_else(|| row.pointer("/chunks/0/vector"));
    let dimensions = vector.and_then(|vector| vector.as_array());
    Ok(dimensions
        .filter(|_| row.get("model_fingerprint").is_none())
        .map(|vector| u32::try_from(vector.len()).unwrap_or(u32::MAX)))
}

fn bar(lines: Option<u64>, skipped: u64) -> ProgressBar {
    let (bar, template) = match lines {
        Some(lines) => (
            ProgressBar::new(lines),
            "{bar:30} {pos}/{len} lines  {per_sec}  {elapsed} gone, {eta} left  {msg}",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {pos} lines  {per_sec}  {elapsed} gone  {msg}",
        ),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_position(skipped);
    // Lines of an earlier run do not count for the rate.
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Tells something above the bar, and also where there is no terminal to draw a bar on.
#[expect(
    clippy::print_stderr,
    reason = "indicatif drops what it is told while the bar is hidden"
)]
fn tell(bar: &ProgressBar, text: &str) {
    if bar.is_hidden() {
        eprintln!("{text}");
    } else {
        bar.println(text);
    }
}

/// Reads and maps lines on a thread of their own; the stream ends with the input.
fn read_aside(
    input: Input,
    mapping: Mapping,
    skipped: u64,
    must_stop: bool,
    bar: &ProgressBar,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    let (sender, receiver) = mpsc::channel(BLOCKS_MAX);
    let mut rows = Rows {
        reader: input.reader,
        mapping,
        number: 0,
        must_stop,
        bar: bar.clone(),
    };
    tokio::task::spawn_blocking(move || {
        if let Err(error) = rows.skip(skipped).and_then(|()| rows.send(&sender)) {
            // The receiver may be gone; then the import ended for another reason.
            if sender.blocking_send(Err(error)).is_err() {
                tracing::debug!("the import ended before its input was read");
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        let block = receiver.recv().await?;
        Some((block, receiver))
    })
}

/// The lines of the input.
struct Rows {
    reader: Box<dyn BufRead + Send>,
    mapping: Mapping,
    /// Lines read.
    number: u64,
    must_stop: bool,
    bar: ProgressBar,
}

impl Rows {
    fn skip(&mut self, lines: u64) -> io::Result<()> {
        let mut line = Vec::new();
        while self.number < lines {
            line.clear();
            if self.reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            self.number += 1;
        }
        Ok(())
    }

    fn send(&mut self, sender: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
        let mut block = Vec::with_capacity(2 * BLOCK_BYTES);
        let mut line = Vec::new();
        loop {
            line.clear();
            let is_end = self.reader.read_until(b'\n', &mut line)? == 0;
            if !is_end {
                self.number += 1;
                self.append(&line, &mut block)?;
            }
            if block.len() >= BLOCK_BYTES || (is_end && !block.is_empty()) {
                let full = std::mem::replace(&mut block, Vec::with_capacity(2 * BLOCK_BYTES));
                if sender.blocking_send(Ok(full.into())).is_err() {
                    return Ok(());
                }
            }
            if is_end {
                return Ok(());
            }
        }
    }

    /// One line out for each line in, so that the server counts the same lines: a bad one
    /// becomes an empty one.
    fn append(&self, line: &[u8], block: &mut Vec<u8>) -> io::Result<()> {
        if !line.iter().all(u8::is_ascii_whitespace) {
            let point = std::str::from_utf8(line)
                .map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to()))
                .and_then(|text| self.mapping.point(text, self.number));
            match point {
                Ok(point) => serde_json::to_writer(&mut *block, &point)?,
                Err(problem) if self.must_stop => {
                    let problem = format!("line {}: {problem}", self.number);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
                }
                Err(problem) => tell(
                    &self.bar,
                    &format!("line {}: left out: {problem}", self.number),
                ),
            }
        }
        block.push(b'\n');
        Ok(())
    }
}

/// Follows an import: bar, bookmark, bad lines.
struct Tracker<'a> {
    args: &'a ImportArgs,
    bookmark: Bookmark,
    skipped: u64,
    bar: ProgressBar,
    /// A pipe has no place to come back to.
    can_resume: bool,
    kept_at: Instant,
    faults: u64,
    /// The last bad line, counted from where this run began.
    last_fault: u64,
    upserted: u64,
}

impl<'a> Tracker<'a> {
    fn new(args: &'a ImportArgs, bookmark: Bookmark, bar: ProgressBar, can_resume: bool) -> Self {
        Self {
            skipped: bookmark.lines,
            args,
            bookmark,
            bar,
            can_resume,
            kept_at: Instant::now(),
            faults: 0,
            last_fault: 0,
            upserted: 0,
        }
    }

    fn take(&mut self, event: ImportEvent) {
        match event {
            ImportEvent::Progress(progress) => {
                self.bookmark.lines = self.skipped + progress.lines;
                self.upserted = progress.upserted;
                self.bar.set_position(self.bookmark.lines);
                if self.kept_at.elapsed() >= KEEP_EVERY {
                    self.kept_at = Instant::now();
                    if let Err(error) = self.keep() {
                        tell(&self.bar, &format!("the place is not kept: {error:#}"));
                    }
                }
            }
            ImportEvent::Fault(fault) => {
                self.faults += 1;
                self.last_fault = fault.line;
                if self.faults <= FAULTS_PRINTED_MAX {
                    let line = self.skipped + fault.line;
                    let text = format!("line {line}: {} ({})", fault.detail, fault.code);
                    tell(&self.bar, &text);
                }
                if self.faults == FAULTS_PRINTED_MAX {
                    tell(&self.bar, "more bad lines are counted and not printed");
                }
            }
        }
    }

    fn keep(&self) -> anyhow::Result<()> {
        if self.can_resume {
            bookmark::keep(&self.args.file, &self.bookmark)?;
        }
        Ok(())
    }

    fn finish(mut self, summary: Result<ImportSummary, Error>) -> anyhow::Result<()> {
        let took = self.bar.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        match summary {
            Ok(summary) if summary.is_done => {
                if self.can_resume {
                    bookmark::remove(&self.args.file)?;
                }
                let failed = summary.progress.failed;
                super::print(&format!(
                    "imported {} points into `{}` in {took:.1} s ({:.0} a second), {failed} lines \
                     refused\n",
                    summary.progress.upserted,
                    self.args.collection,
                    summary.progress.upserted as f64 / took.max(1e-3),
                ))
            }
            Ok(_) => {
                // The bad line was dealt with by refusing it; corrected, it is to be sent again.
                self.bookmark.lines = self.skipped + self.last_fault.saturating_sub(1);
                self.keep()?;
                bail!(
                    "ended at a bad line, as asked; {} lines are imported; correct it and run the \
                     same command to go on",
                    self.bookmark.lines
                )
            }
            Err(error) => {
                self.keep()?;
                let hint = if self.can_resume {
                    "run the same command to go on"
                } else {
                    "a pipe cannot be resumed"
                };
                Err(error).with_context(|| {
                    format!(
                        "cut off after {} acknowledged lines ({} points); {hint}",
                        self.bookmark.lines, self.upserted
                    )
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
