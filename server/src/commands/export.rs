//! `kukla export`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{Stream, StreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use kukla_client::Include;

use super::connect::connect;
use crate::args::{ExportArgs, ExportPart};

/// Exports a collection into a file. A file that was cut off is removed, because it looks whole.
pub(super) async fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let client = connect(&args.server)?;
    let has = |part| args.include.contains(&part);
    let include = Include {
        text: has(ExportPart::Text),
        payload: has(ExportPart::Payload),
        vectors: has(ExportPart::Vectors),
    };
    let bar = bar(client.collection(&args.collection).await?.points);
    let is_pipe = args.file == Path::new("-");
    let written = if is_pipe {
        let lines = client.export(&args.collection, include).await?;
        write(lines, &mut BufWriter::new(io::stdout().lock()), &bar).await
    } else {
        // Made first, so that nothing is asked for that cannot be kept.
        let file = File::create_new(&args.file)
            .with_context(|| format!("cannot make `{}`", args.file.display()))?;
        let written = match client.export(&args.collection, include).await {
            Ok(lines) => write_file(lines, file, &bar).await,
            Err(error) => Err(error.into()),
        };
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

fn bar(points: u64) -> ProgressBar {
    let bar = ProgressBar::new(points);
    let template = "{bar:30} {pos}/{len} points  {per_sec}  {elapsed} gone, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

type Piece = Result<bytes::Bytes, kukla_client::Error>;

/// Writes the lines and makes them durable; answers how many.
async fn write_file(
    lines: impl Stream<Item = Piece>,
    file: File,
    bar: &ProgressBar,
) -> anyhow::Result<u64> {
    let mut output = BufWriter::new(file);
    let points = write(lines, &mut output, bar).await?;
    output.get_ref().sync_all()?;
    Ok(points)
}

/// Writes the lines; answers how many.
async fn write(
    lines: impl Stream<Item = Piece>,
    output: &mut impl Write,
    bar: &ProgressBar,
) -> anyhow::Result<u64> {
    let mut lines = std::pin::pin!(lines);
    let mut points = 0;
    while let Some(piece) = lines.next().await {
        let piece = piece?;
        points += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
        output.write_all(&piece)?;
        bar.set_position(points);
    }
    output.flush()?;
    Ok(points)
}
