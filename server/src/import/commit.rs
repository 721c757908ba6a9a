//! The committer: batches to embedded points to synced writes to acknowledgements.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use engine::{Collection, UpsertPoint, Wait, WriteRequest, Written};
use futures_util::stream::{self, FuturesOrdered};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use super::{Batch, End, Import};
use crate::ingest::{self, Patience};
use crate::problem::{ApiError, RETRY_AFTER_MS, Result};
use crate::state::AppState;
use crate::wire::import::{ImportFault, ImportProgress};
use crate::wire::point::OnError;

/// Batches in the model at once: the next is there when the last one is done.
const EMBEDS_IN_FLIGHT_MAX: usize = 2;

/// Commits at once: those that wait for the disk together share a sync.
const COMMITS_IN_FLIGHT_MAX: usize = 4;

/// What was reached, and what ended it early.
pub(super) struct Committed {
    pub(super) progress: ImportProgress,
    pub(super) end: Option<End>,
}

/// A batch ready to write.
struct ReadyBatch {
    lines: Vec<u64>,
    points: Vec<UpsertPoint>,
    last_line: u64,
    failed: u64,
    /// A line of it was refused, what follows was dropped, and the import is to end.
    is_last: bool,
}

/// A batch on disk.
struct WrittenBatch {
    last_line: u64,
    upserted: u64,
    sequence: u64,
    faults: Vec<ImportFault>,
    failed: u64,
    is_last: bool,
}

/// Commits all batches in order of their lines, several at once.
pub(super) async fn commit(import: &Import, batches: mpsc::Receiver<Batch>) -> Committed {
    let mut ready = std::pin::pin!(ready_batches(import, batches));
    let mut committer = Committer::new(import);
    loop {
        committer.begin_held();
        let may_take = committer.may_take();
        if !may_take && committer.writing.is_empty() {
            return committer.committed;
        }
        tokio::select! {
            next = ready.next(), if may_take => committer.hold(next),
            Some(done) = committer.writing.next(), if !committer.writing.is_empty() => {
                committer.finish(done);
            }
        }
    }
}

type Writing<'a> = Pin<Box<dyn Future<Output = Result<WrittenBatch>> + Send + 'a>>;

/// The writes under way, in the order of their lines.
struct Committer<'a> {
    import: &'a Import,
    writing: FuturesOrdered<Writing<'a>>,
    /// The ids of each write under way.
    in_flight: VecDeque<HashSet<Vec<u8>>>,
    /// A batch that waits for a write of one of its ids: two writes of one id must happen in the
    /// order of their lines.
    held: Option<ReadyBatch>,
    is_over: bool,
    committed: Committed,
}

impl<'a> Committer<'a> {
    fn new(import: &'a Import) -> Self {
        Self {
            import,
            writing: FuturesOrdered::new(),
            in_flight: VecDeque::new(),
            held: None,
            is_over: false,
            committed: Committed {
                progress: ImportProgress::default(),
                end: None,
            },
        }
    }

    /// Where the first bad line ends the import, nothing after it may be under way.
    fn in_flight_max(&self) -> usize {
        match self.import.parameters.on_error {
            OnError::Skip => COMMITS_IN_FLIGHT_MAX,
            OnError::Stop => 1,
        }
    }

    fn may_take(&self) -> bool {
        !self.is_over && self.held.is_none() && self.writing.len() < self.in_flight_max()
    }

    fn begin_held(&mut self) {
        if let Some(batch) = self.held.take() {
            let keys = batch.keys();
            if self.in_flight.iter().all(|ids| ids.is_disjoint(&keys)) {
                self.in_flight.push_back(keys);
                self.writing
                    .push_back(Box::pin(write_batch(self.import, batch)));
            } else {
                self.held = Some(batch);
            }
        }
    }

    fn hold(&mut self, next: Option<Result<ReadyBatch>>) {
        match next {
            Some(Ok(batch)) => {
                self.is_over = batch.is_last;
                self.held = Some(batch);
            }
            Some(Err(error)) => self.fail(error),
            None => self.is_over = true,
        }
    }

    fn finish(&mut self, done: Result<WrittenBatch>) {
        self.in_flight.pop_front();
        match done {
            // After a failure nothing may be acknowledged: lines before it are missing.
            Ok(_) if self.committed.end.is_some() => {}
            Ok(batch) => {
                if batch.is_last {
                    self.is_over = true;
                    self.committed.end = Some(End::Stopped);
                }
                acknowledge(self.import, batch, &mut self.committed.progress);
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: ApiError) {
        self.is_over = true;
        self.held = None;
        let line = self.committed.progress.lines + 1;
        self.committed.end.get_or_insert(End::Fault(line, error));
    }
}

/// Reports what a batch did.
fn acknowledge(import: &Import, batch: WrittenBatch, progress: &mut ImportProgress) {
    progress.lines = batch.last_line;
    progress.upserted += batch.upserted;
    progress.failed += batch.failed + batch.faults.len() as u64;
    progress.sequence = progress.sequence.max(batch.sequence);
    import.state.metrics.count_imported(batch.upserted);
    for fault in batch.faults {
        import.answer.fault(fault);
    }
    import.answer.progress(*progress);
}

/// Embeds batches, the next one while the last one is in the model.
fn ready_batches(
    import: &Import,
    batches: mpsc::Receiver<Batch>,
) -> impl Stream<Item = Result<ReadyBatch>> {
    let received = stream::unfold(batches, |mut batches| async move {
        let batch = batches.recv().await?;
        Some((batch, batches))
    });
    received
        .map(|batch| embed(import, batch))
        .buffered(EMBEDS_IN_FLIGHT_MAX)
}

async fn embed(import: &Import, batch: Batch) -> Result<ReadyBatch> {
    let mut ready = ReadyBatch {
        lines: Vec::with_capacity(batch.points.len()),
        points: Vec::with_capacity(batch.points.len()),
        last_line: batch.last_line,
        failed: batch.failed,
        is_last: false,
    };
    let (lines, points): (Vec<_>, Vec<_>) = batch.points.into_iter().unzip();
    let prepared = ingest::prepare(&import.state, &import.target, points, Patience::Wait).await?;
    for (line, point) in lines.into_iter().zip(prepared) {
        match point {
            Ok(point) => {
                ready.lines.push(line);
                ready.points.push(point);
            }
            Err(error) => {
                ready.failed += 1;
                import.answer.fault(ImportFault::new(line, error));
                if import.parameters.on_error == OnError::Stop {
                    ready.last_line = line;
                    ready.is_last = true;
                    break;
                }
            }
        }
    }
    Ok(ready)
}

impl ReadyBatch {
    fn keys(&self) -> HashSet<Vec<u8>> {
        self.points.iter().map(|point| point.id.key()).collect()
    }
}

/// Writes a batch; a line that the engine refuses is taken out and reported.
async fn write_batch(import: &Import, batch: ReadyBatch) -> Result<WrittenBatch> {
    let mut written = WrittenBatch {
        last_line: batch.last_line,
        upserted: 0,
        sequence: 0,
        faults: Vec::new(),
        failed: batch.failed,
        is_last: batch.is_last,
    };
    let wait = import.parameters.wait.into();
    let mut parts = vec![(batch.lines, batch.points)];
    while let Some((mut lines, mut points)) = parts.pop() {
        if points.is_empty() {
            continue;
        }
        let shared = Arc::new(points);
        let collection = &import.target.collection;
        let error = match write_patiently(&import.state, collection, &shared, wait).await {
            Ok(done) => {
                written.upserted += done.points;
                written.sequence = done.sequence;
                continue;
            }
            Err(error) => error,
        };
        points = Arc::try_unwrap(shared).unwrap_or_else(|shared| shared.to_vec());
        if error.code == "request_too_large" && points.len() > 1 {
            let half = points.len() / 2;
            parts.push((lines.split_off(half), points.split_off(half)));
            parts.push((lines, points));
        } else if let Some(index) = point_index(&error, points.len()) {
            points.remove(index);
            let line = lines.remove(index);
            written.faults.push(ImportFault::new(line, relative(error)));
            if import.parameters.on_error == OnError::Stop {
                points.truncate(index);
                lines.truncate(index);
                parts.clear();
                written.last_line = line;
                written.is_last = true;
            }
            parts.push((lines, points));
        } else {
            return Err(error);
        }
    }
    Ok(written)
}

/// Writes, and waits as long as the engine is busy: the stream slows down with it.
async fn write_patiently(
    state: &AppState,
    collection: &Arc<Collection>,
    points: &Arc<Vec<UpsertPoint>>,
    wait: Wait,
) -> Result<Written> {
    loop {
        let call_collection = Arc::clone(collection);
        let call_points = Arc::clone(points);
        let written = state
            .writes
            .run(move || {
                let request = WriteRequest::Upsert(call_points.to_vec());
                drop(call_points);
                Ok(call_collection.write(request, wait)?)
            })
            .await;
        match written {
            Err(error) if error.is_overload() => {
                let wait_ms = error.retry_after_ms.unwrap_or(RETRY_AFTER_MS).max(1);
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
            other => return other,
        }
    }
}

/// The point that an error is about: `points[17].payload` is 17.
fn point_index(error: &ApiError, count: usize) -> Option<usize> {
    let rest = error.field.as_deref()?.strip_prefix("points[")?;
    let (digits, _) = rest.split_once(']')?;
    digits.parse().ok().filter(|index| *index < count)
}

/// Names the field within the line.
fn relative(mut error: ApiError) -> ApiError {
    if let Some(field) = error.field.take() {
        let inner = field.split_once("].").map(|(_, inner)| inner.to_owned());
        error.detail = error
            .detail
            .replace(&field, inner.as_deref().unwrap_or("the point"));
        error.field = inner;
    }
    error
}

#[cfg(test)]
mod tests;
