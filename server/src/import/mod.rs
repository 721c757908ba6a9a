//! Streamed imports: lines are read, checked, embedded and committed side by side.
//!
//! ```text
//! reader task -> batches -> embed (2 at once) -> commit (4 at once) -> answer
//! ```
//!
//! Every arrow is bounded, so a slow disk slows the reader, and the client with it. Only the
//! answer is not waited for.

mod answer;
mod commit;
mod lines;
mod read;

use std::sync::Arc;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::mpsc;

use crate::ingest::{CheckedPoint, Target};
use crate::problem::{ApiError, RETRY_AFTER_MS, Result};
use crate::state::AppState;
use crate::wire::import::{ImportFault, ImportProgress};
use crate::wire::point::UpsertParameters;

use answer::Answer;

/// The most lines committed together, as the contract says.
pub(crate) const BATCH_LINES_MAX: usize = 1_000;

/// The most bytes of lines committed together: bounds the memory of one import to a few times
/// this, whatever its lines are like.
pub(crate) const BATCH_BYTES_MAX: usize = 8 << 20;

/// Lines that are committed together, and what became of those that are not in it.
pub(crate) struct Batch {
    /// Each with the number of its line.
    pub(crate) points: Vec<(u64, CheckedPoint)>,
    /// Every line up to here is in this batch, in an earlier one, or was reported.
    pub(crate) last_line: u64,
    /// Bad lines since the batch before.
    pub(crate) failed: u64,
}

/// How an import ended.
#[derive(Debug)]
pub(crate) enum End {
    /// All lines were read.
    Done,
    /// A bad line, and the caller asked to stop there; it was reported.
    Stopped,
    /// Something other than a line.
    Fault(u64, ApiError),
}

/// Starts an import and answers with its progress as it goes.
pub(crate) fn start(
    state: &AppState,
    collection: &str,
    parameters: UpsertParameters,
    body: Body,
) -> Result<Response> {
    let target = Target::find(state, collection)?;
    let permit = Arc::clone(&state.imports)
        .try_acquire_owned()
        .map_err(|_| {
            ApiError::overloaded(
                format!(
                    "{} imports are running, the most allowed; try again in {RETRY_AFTER_MS} ms",
                    state.config.limits.imports_max
                ),
                RETRY_AFTER_MS,
            )
        })?;
    let answer = Arc::new(Answer::default());
    let import = Import {
        state: state.clone(),
        target,
        parameters,
        answer: Arc::clone(&answer),
    };
    tokio::spawn(async move {
        import.run(body).await;
        drop(permit);
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, answer.into_body()).into_response())
}

/// What the parts of one import share.
#[derive(Clone)]
struct Import {
    state: AppState,
    target: Target,
    parameters: UpsertParameters,
    answer: Arc<Answer>,
}

impl Import {
    async fn run(self, body: Body) {
        let (sender, receiver) = mpsc::channel(1);
        let reader = tokio::spawn(read::read(self.clone(), body, sender));
        let committed = commit::commit(&self, receiver).await;
        let mut progress = committed.progress;
        let read = reader
            .await
            .unwrap_or_else(|error| End::Fault(0, ApiError::fault("internal", &error)));
        self.finish(committed.end.unwrap_or(read), &mut progress);
    }

    fn finish(&self, end: End, progress: &mut ImportProgress) {
        progress.done = Some(matches!(end, End::Done));
        if let End::Fault(line, error) = end {
            self.answer.fault(ImportFault::new(line, error));
        }
        self.answer.progress(*progress);
        tracing::info!(
            collection = %self.target.collection.name(),
            lines = progress.lines,
            upserted = progress.upserted,
            failed = progress.failed,
            done = progress.done,
            "import ended"
        );
    }
}
