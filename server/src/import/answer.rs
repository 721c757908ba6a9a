//! The streamed answer of an import. Reading never waits for it: progress that the client does
//! not read is replaced by later progress, and faults beyond a bound are only counted.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;

use crate::wire::import::{ImportFault, ImportProgress};

/// Faults that wait for the client to read them. More are counted in the progress only.
pub(crate) const FAULTS_WAITING_MAX: usize = 1_000;

/// What the client has not read yet.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    faults: VecDeque<ImportFault>,
    progress: Option<ImportProgress>,
    is_closed: bool,
}

impl Answer {
    /// Reports a bad line.
    pub(crate) fn fault(&self, fault: ImportFault) {
        let mut waiting = self.waiting.lock();
        if waiting.faults.len() < FAULTS_WAITING_MAX {
            waiting.faults.push_back(fault);
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Acknowledges lines.
    pub(crate) fn progress(&self, progress: ImportProgress) {
        let mut waiting = self.waiting.lock();
        waiting.is_closed |= progress.done.is_some();
        waiting.progress = Some(progress);
        drop(waiting);
        self.changed.notify_one();
    }

    /// The answer's body: ends after the progress that has `done`.
    pub(crate) fn into_body(self: Arc<Self>) -> Body {
        let lines = stream::unfold(self, |answer| async move {
            let bytes = answer.next().await?;
            Some((Ok::<_, std::convert::Infallible>(bytes), answer))
        });
        Body::from_stream(lines)
    }

    /// The next lines to send; none after the last.
    pub(crate) async fn next(&self) -> Option<Bytes> {
        loop {
            if let Some(taken) = self.take() {
                return taken;
            }
            self.changed.notified().await;
        }
    }

    /// What there is to send now. The outer none means nothing yet, the inner one the end.
    fn take(&self) -> Option<Option<Bytes>> {
        let mut waiting = self.waiting.lock();
        let mut lines = Vec::new();
        // Faults first: progress says that they were reported.
        for fault in waiting.faults.drain(..) {
            write_line(&mut lines, &fault);
        }
        if let Some(progress) = waiting.progress.take() {
            write_line(&mut lines, &progress);
        }
        if !lines.is_empty() {
            return Some(Some(lines.into()));
        }
        waiting.is_closed.then_some(None)
    }
}

fn write_line(lines: &mut Vec<u8>, line: &impl Serialize) {
    // Numbers and strings always make JSON, and a Vec takes all bytes.
    if serde_json::to_writer(&mut *lines, line).is_ok() {
        lines.push(b'\n');
    }
}

#[cfg(test)]
mod tests;
