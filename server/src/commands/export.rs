//! `kukla export`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{Stream, StreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use kukla_client::{Client, Include};

use super::connect::connect;
use crate::args::{ExportArgs, ExportFormatArg, ExportPart};
use crate::export::table;

/// Exports a collection into a file. A file that was cut off is removed, because it looks whole.
pub(super) async fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let client = connect(&args.server)?;
    let bar = bar(
        args.format,
        client.collection(&args.collection).await?.points,
    );
    let is_pipe = args.file == Path::new("-");
    let written = if is_pipe {
        let pieces = begin(&client, args).await?;
        write(pieces, &mut BufWriter::new(io::stdout().lock()), &bar).await
    } else {
        // Made first, so that nothing is asked for that cannot be kept.
        let file = File::create_new(&args.file)
            .with_context(|| format!("cannot make `{}`", args.file.display()))?;
        let written = match begin(&client, args).await {
            Ok(pieces) => write_file(pieces, file, &bar).await,
            Err(error) => Err(error.into()),
        };
        let written = written.and_then(|lines| count(args, lines));
        if written.is_err() {
            fs::remove_file(&args.file)
                .with_context(|| format!("cannot remove `{}`", args.file.display()))?;
        }
        written
    };
    bar.finish_and_clear();
    let points = written.with_context(|| format!("the export of `{}` failed", args.collection))?;
    if is_pipe {
        return Ok(());
    }
    super::print(&format!(
        "exported {points} points of `{}` into `{}`\n",
        args.collection,
        args.file.display()
    ))
}

type Piece = Result<bytes::Bytes, kukla_client::Error>;
type Pieces = Pin<Box<dyn Stream<Item = Piece>>>;

async fn begin(client: &Client, args: &ExportArgs) -> Result<Pieces, kukla_client::Error> {
    let has = |part| args.include.contains(&part);
    let include = Include {
        text: has(ExportPart::Text),
        payload: has(ExportPart::Payload),
        vectors: has(ExportPart::Vectors),
    };
    Ok(match args.format {
        ExportFormatArg::Jsonl => Box::pin(client.export(&args.collection, include).await?),
        ExportFormatArg::Parquet => {
            Box::pin(client.export_parquet(&args.collection, include).await?)
        }
    })
}

/// How many points are in the file: a line each, or what the footer of the table says.
fn count(args: &ExportArgs, lines: u64) -> anyhow::Result<u64> {
    match args.format {
        ExportFormatArg::Jsonl => Ok(lines),
        ExportFormatArg::Parquet => table::points(&args.file).context("the file is not whole"),
    }
}

/// Counts lines, which are points; of a table only bytes can be counted before its end.
fn bar(format: ExportFormatArg, points: u64) -> ProgressBar {
    let (bar, template) = match format {
        ExportFormatArg::Jsonl => (
            ProgressBar::new(points),
            "{bar:30} {pos}/{len} points  {per_sec}  {elapsed} gone, {eta} left",
        ),
        ExportFormatArg::Parquet => (
            ProgressBar::no_length(),
            "{spinner} {bytes}  {bytes_per_sec}  {elapsed} gone",
        ),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Writes the pieces and makes them durable; answers how many lines they hold.
async fn write_file(pieces: Pieces, file: File, bar: &ProgressBar) -> anyhow::Result<u64> {
    let mut output = BufWriter::new(file);
    let lines = write(pieces, &mut output, bar).await?;
    output.get_ref().sync_all()?;
    Ok(lines)
}

/// Writes the pieces; answers how many lines they hold.
async fn write(
    mut pieces: Pieces,
    output: &mut impl Write,
    bar: &ProgressBar,
) -> anyhow::Result<u64> {
    let mut lines = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let ends = piece.iter().filter(|byte| **byte == b'\n').count() as u64;
        lines += ends;
        output.write_all(&piece)?;
        let is_counted_in_lines = bar.length().is_some();
        bar.inc(if is_counted_in_lines {
            ends
        } else {
            piece.len() as u64
        });
    }
    output.flush()?;
    Ok(lines)
}
