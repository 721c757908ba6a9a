//! Streamed exports: a thread reads points of one moment and writes lines, as fast as the caller
//! takes them.

use std::io;
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
use crate::wire::export::{ExportParameters, ExportedPoint};
use crate::wire::point::read_include;

/// Bytes of lines sent at once.
const BLOCK_BYTES: usize = 256 << 10;

/// Blocks that wait for the caller. With the one being written they are all that an export holds,
/// apart from one point.
const BLOCKS_MAX: usize = 4;

/// Starts an export and answers with its lines as they are read.
///
/// An error after the first line cuts the answer off without its regular end, which every HTTP
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
    tokio::task::spawn_blocking(move || {
        writer.run(&collection, include);
        drop(permit);
    });
    let lines = stream::unfold(receiver, |mut receiver| async {
        let block = receiver.recv().await?;
        Some((block, receiver))
    });
    let kind = [(header::CONTENT_TYPE, parameters.format.media_type())];
    Ok((kind, Body::from_stream(lines)).into_response())
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
    fn run(mut self, collection: &Collection, asked: Include) {
        let schema = collection.schema();
        let fingerprint = schema.model.as_ref();
        let fingerprint = fingerprint.map(|model| model.fingerprint.as_str());
        let mut ended: Result<(), io::Error> = Ok(());
        let exported = collection.export(read_include(asked), |point| {
            let line = ExportedPoint::new(point, asked, fingerprint);
            ended = self.write(&line);
            ended.is_ok()
        });
        let result = ended
            .and_then(|()| exported.map_err(io::Error::other))
            .and_then(|()| self.flush());
        if let Err(error) = result {
            tracing::warn!(collection = %collection.name(), %error, "an export was cut off");
            // A caller that has left needs no error.
            drop(self.blocks.try_send(Err(error)));
        }
    }

    fn write(&mut self, line: &ExportedPoint<'_>) -> Result<(), io::Error> {
        serde_json::to_writer(&mut self.block, line)?;
        self.block.push(b'\n');
        if self.block.len() >= BLOCK_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands the block over; fails when the caller has left or takes nothing for too long.
    fn flush(&mut self) -> Result<(), io::Error> {
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
