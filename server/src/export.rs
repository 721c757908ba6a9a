//! Streamed exports: a thread reads points of one moment and writes lines or a table, as fast as
//! the caller takes them.

pub(crate) mod table;

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use engine::{Collection, Include};
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::problem::{ApiError, RETRY_AFTER_MS, Result};
use crate::state::{AppState, EXPORTS_MAX};
use crate::wire::export::{ExportFormat, ExportParameters, ExportedPoint};
use crate::wire::point::read_include;
use table::TableWriter;

/// Bytes sent at once.
const BLOCK_BYTES: usize = 256 << 10;

/// Blocks that wait for the caller. With the one being written they are all that an export of lines
/// holds, apart from one point; a table also holds a row group.
const BLOCKS_MAX: usize = 4;

/// Starts an export and answers with its bytes as they are made.
///
/// The table is made here and not by the command line, so that every caller has it.
/// An error after the first byte cuts the answer off without its regular end, which every HTTP
/// client reports; nothing else can be said after a status of 200.
pub(crate) fn start(
    state: &AppState,
    collection: &str,
    parameters: &ExportParameters,
) -> Result<Response> {
    let include = parameters.include()?;
    let collection = state.collection(collection)?;
    check_source(&collection, include)?;
    let permit = Arc::clone(&state.exports)
        .try_acquire_owned()
        .map_err(|_| {
            ApiError::overloaded(
                format!(
                    "{EXPORTS_MAX} exports are running, the most allowed; try again in \
                     {RETRY_AFTER_MS} ms"
                ),
                RETRY_AFTER_MS,
            )
        })?;
    let (blocks, receiver) = mpsc::channel(BLOCKS_MAX);
    let writer = Writer {
        state: state.clone(),
        runtime: Handle::current(),
        blocks,
        block: Vec::with_capacity(BLOCK_BYTES),
    };
    let format = parameters.format;
    tokio::task::spawn_blocking(move || {
        writer.run(&collection, include, format);
        drop(permit);
    });
    let written = stream::unfold(receiver, |mut receiver| async {
        let block = receiver.recv().await?;
        Some((block, receiver))
    });
    let kind = [(header::CONTENT_TYPE, format.media_type())];
    Ok((kind, Body::from_stream(written)).into_response())
}

/// Refuses an export that no import could read: points need a text or a vector.
fn check_source(collection: &Collection, include: Include) -> Result<()> {
    let has_model = collection.schema().model.is_some();
    if include.vectors || (include.text && has_model) {
        return Ok(());
    }
    let needed = if has_model {
        "`text` or `vectors`"
    } else {
        "`vectors`, because the collection has no model"
    };
    Err(ApiError::invalid(
        "include",
        "include_invalid",
        format!("`include` must have {needed}, or the lines cannot be imported again"),
    ))
}

type Block = Result<Bytes, io::Error>;

struct Writer {
    state: AppState,
    runtime: Handle,
    blocks: mpsc::Sender<Block>,
    block: Vec<u8>,
}

impl Writer {
    fn run(self, collection: &Collection, include: Include, format: ExportFormat) {
        let blocks = self.blocks.clone();
        let written = match format {
            ExportFormat::Jsonl => self.write_lines(collection, include),
            ExportFormat::Parquet => self.write_table(collection, include),
        };
        if let Err(error) = written {
            tracing::warn!(collection = %collection.name(), %error, "an export was cut off");
            // A caller that has left needs no error.
            drop(blocks.try_send(Err(error)));
        }
    }

    fn write_lines(mut self, collection: &Collection, include: Include) -> io::Result<()> {
        read(collection, include, |point| {
            serde_json::to_writer(&mut self, &point)?;
            self.write_all(b"\n")
        })?;
        self.send()
    }

    fn write_table(self, collection: &Collection, include: Include) -> io::Result<()> {
        let mut table = TableWriter::new(self)?;
        read(collection, include, |point| table.write(point))?;
        table.finish()?.send()
    }

    /// Hands the block over; fails when the caller has left or takes nothing for too long.
    fn send(&mut self) -> io::Result<()> {
        if self.state.is_stopping() {
            return Err(io::Error::other("the server is shutting down"));
        }
        let full = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        let idle = Duration::from_millis(self.state.config.limits.import_idle_ms_max);
        let blocks = self.blocks.clone();
        let sent = self.runtime.block_on(async move {
            tokio::time::timeout(idle, blocks.send(Ok(full.into()))).await
        });
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::Error::from(io::ErrorKind::BrokenPipe)),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
        }
    }
}

/// Blocks are sent when they are full; the last one is for [`Writer::send`], not for a flush.
impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BLOCK_BYTES - self.block.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.block.extend_from_slice(taken);
        if self.block.len() >= BLOCK_BYTES {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hands every point to `write` until that fails.
fn read(
    collection: &Collection,
    asked: Include,
    mut write: impl FnMut(ExportedPoint<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let schema = collection.schema();
    let fingerprint = schema.model.as_ref();
    let fingerprint = fingerprint.map(|model| model.fingerprint.as_str());
    let mut ended = Ok(());
    let exported = collection.export(read_include(asked), |point| {
        ended = write(ExportedPoint::new(point, asked, fingerprint));
        ended.is_ok()
    });
    ended.and_then(|()| exported.map_err(io::Error::other))
}
