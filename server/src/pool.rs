//! Runs blocking engine calls on a bounded number of threads, with a bounded queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::problem::{ApiError, RETRY_AFTER_MS, Result};

/// A bounded number of blocking calls at once, and a bounded number that wait.
#[derive(Debug)]
pub(crate) struct Pool {
    what: &'static str,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// Counts a waiter for as long as it lives, however the wait ends.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Pool {
    /// A pool of `threads` calls at once; `what` names its queue in errors.
    pub(crate) fn new(what: &'static str, threads: usize, waiting_max: usize) -> Self {
        Self {
            what,
            permits: Arc::new(Semaphore::new(threads)),
            waiting: AtomicUsize::new(0),
            waiting_max,
        }
    }

    /// Runs `call` on a thread of its own. A full queue is an error at once. A call that has
    /// started runs to its end, and keeps its place, even if nobody waits for it any more.
    pub(crate) async fn run<T, F>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait().await?,
        };
        let done = tokio::task::spawn_blocking(move || {
            let answer = call();
            drop(permit);
            answer
        })
        .await;
        match done {
            Ok(answer) => answer,
            Err(error) => Err(ApiError::fault("internal", &error)),
        }
    }

    async fn wait(&self) -> Result<tokio::sync::OwnedSemaphorePermit> {
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(&self.waiting);
        if before >= self.waiting_max {
            return Err(ApiError::overloaded(
                format!(
                    "the queue of {} is full ({} waiting); try again in {RETRY_AFTER_MS} ms",
                    self.what, self.waiting_max
                ),
                RETRY_AFTER_MS,
            ));
        }
        Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|error| ApiError::fault("internal", &error))
    }

    /// Calls that wait for a thread now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests;
