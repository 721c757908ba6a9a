//! The reader: bytes to checked points to batches.

use std::collections::HashSet;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::lines::{Line, LineCutter};
use super::{BATCH_BYTES_MAX, BATCH_LINES_MAX, Batch, End, Import};
use crate::extract;
use crate::ingest;
use crate::problem::{ApiError, Result};
use crate::wire::import::ImportFault;
use crate::wire::point::{OnError, UpsertPoint};

/// A batch that is not full is sent on when nothing has arrived for this long, so that a caller
/// who waits for an acknowledgement before the next line gets it.
const FLUSH_AFTER: Duration = Duration::from_millis(50);

/// A longer rest is not read: its connection ends, and the client sees that while it still sends.
const READ_ON_BYTES_MAX: usize = 1 << 20;

/// Reads the body to its end, or to the first reason to stop.
pub(super) async fn read(import: Import, body: Body, batches: mpsc::Sender<Batch>) -> End {
    let mut reader = Reader {
        cutter: LineCutter::new(import.state.config.limits.line_bytes_max),
        batch: Batch::empty(),
        batch_bytes: 0,
        ids: HashSet::new(),
        line: 0,
        batches,
        import,
    };
    let end = reader.read_all(body).await;
    // What was read before the end counts, whatever the end was.
    if reader.flush().await.is_err() {
        return End::Stopped;
    }
    end
}

/// Reads what has arrived behind the line that an import ends at. A body that is left unread ends
/// its connection, and a client that takes it for its next request just then gets an error there.
async fn read_on(stream: &mut BodyDataStream) {
    let mut bytes = 0;
    while bytes < READ_ON_BYTES_MAX
        && let Ok(Some(Ok(more))) = tokio::time::timeout(FLUSH_AFTER, stream.next()).await
    {
        bytes += more.len();
    }
}

struct Reader {
    import: Import,
    cutter: LineCutter,
    batch: Batch,
    batch_bytes: usize,
    /// Ids in the batch: a line that writes one of them again begins the next batch, so that the
    /// later line wins.
    ids: HashSet<Vec<u8>>,
    /// Lines seen.
    line: u64,
    batches: mpsc::Sender<Batch>,
}

impl Reader {
    async fn read_all(&mut self, body: Body) -> End {
        let mut stream = body.into_data_stream();
        let mut stopping = self.import.state.stopping.clone();
        let idle = Duration::from_millis(self.import.state.config.limits.import_idle_ms_max);
        loop {
            let has_lines = self.batch.last_line != 0;
            let patience = if has_lines { FLUSH_AFTER } else { idle };
            let found = tokio::select! {
                _ = stopping.wait_for(|is_stopping| *is_stopping) => {
                    let error = ApiError::new("shutting_down", "the server is shutting down; send the lines after the last acknowledged one again");
                    return End::Fault(self.line + 1, error);
                }
                found = tokio::time::timeout(patience, stream.next()) => found,
            };
            let step = match found {
                Ok(Some(Ok(bytes))) => self.take(&bytes).await,
                Ok(Some(Err(error))) => {
                    let detail = format!("the body ended early: {error}");
                    return End::Fault(self.line + 1, ApiError::new("body_incomplete", detail));
                }
                Ok(None) => return self.take_last().await.err().unwrap_or(End::Done),
                Err(_) if has_lines => self.flush().await,
                Err(_) => {
                    let detail = format!("nothing arrived for {} ms", idle.as_millis());
                    return End::Fault(self.line + 1, ApiError::new("request_timeout", detail));
                }
            };
            if let Err(end) = step {
                read_on(&mut stream).await;
                return end;
            }
        }
    }

    async fn take(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.cutter.push(bytes);
        while let Some(line) = self.cutter.next_line() {
            self.take_line(line).await?;
        }
        Ok(())
    }

    async fn take_last(&mut self) -> Result<(), End> {
        match self.cutter.last_line() {
            Some(line) => self.take_line(line).await,
            None => Ok(()),
        }
    }

    async fn take_line(&mut self, line: Line) -> Result<(), End> {
        let checked = match line {
            Line::Whole(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => Ok(None),
            Line::Whole(bytes) => self.check(&bytes).map(|point| Some((point, bytes.len()))),
            Line::TooLong(bytes) => Err(self.too_long(bytes)),
        };
        match checked {
            Ok(Some((point, bytes))) => {
                let key = point.id.key();
                let is_full = self.batch.points.len() >= BATCH_LINES_MAX.min(self.points_max())
                    || self.batch_bytes + bytes > BATCH_BYTES_MAX
                    || self.ids.contains(&key);
                if is_full {
                    self.flush().await?;
                }
                self.line += 1;
                self.ids.insert(key);
                self.batch_bytes += bytes;
                self.batch.points.push((self.line, point));
            }
            Ok(None) => self.line += 1,
            Err(error) => {
                self.line += 1;
                self.batch.failed += 1;
                self.import.answer.fault(ImportFault::new(self.line, error));
                if self.import.parameters.on_error == OnError::Stop {
                    self.batch.last_line = self.line;
                    return Err(End::Stopped);
                }
            }
        }
        self.batch.last_line = self.line;
        Ok(())
    }

    fn points_max(&self) -> usize {
        self.import.state.config.engine.write_points_max
    }

    fn check(&self, bytes: &Bytes) -> Result<ingest::CheckedPoint> {
        let point: UpsertPoint = extract::parse(bytes)?;
        ingest::check_point(&self.import.state, &self.import.target, point, "")
    }

    fn too_long(&self, bytes: usize) -> ApiError {
        let bytes_max = self.import.state.config.limits.line_bytes_max;
        ApiError::new(
            "line_too_long",
            format!("the line has {bytes} bytes, at most {bytes_max} are taken"),
        )
    }

    /// Sends the batch on. An error means that nobody commits any more, and says why itself.
    async fn flush(&mut self) -> Result<(), End> {
        if self.batch.last_line == 0 {
            return Ok(());
        }
        self.ids.clear();
        self.batch_bytes = 0;
        let batch = std::mem::replace(&mut self.batch, Batch::empty());
        self.batches.send(batch).await.map_err(|_| End::Stopped)
    }
}

impl Batch {
    fn empty() -> Self {
        Self {
            points: Vec::new(),
            last_line: 0,
            failed: 0,
        }
    }
}
