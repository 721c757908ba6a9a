//! Work that was handed in and its answer: a future that can also be waited for without a runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::{Condvar, Mutex};

use crate::error::{Error, Result};
use crate::prompts::InputKind;

/// What the model says about one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// Length 1, all dimensions of the model.
    pub vector: Vec<f32>,
    /// Tokens the model read, prompt and end token included.
    pub tokens: usize,
}

/// The answer to a request that is still being worked on.
///
/// Await it, or [`Pending::wait`] for it. Dropping it lets the work that has not begun be skipped.
#[derive(Debug)]
#[must_use = "dropping the answer cancels the work"]
pub struct Pending {
    request: Arc<Request>,
}

/// Texts handed in together and answered together.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) kind: InputKind,
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Debug)]
struct State {
    embeddings: Vec<Option<Embedding>>,
    remaining: usize,
    error: Option<Error>,
    /// Set when the answer is complete, failed, or no longer wanted.
    is_over: bool,
    waker: Option<Waker>,
}

impl Request {
    /// A request of this many texts; one of none is already answered.
    pub(crate) fn new(kind: InputKind, texts: usize) -> Arc<Self> {
        let state = State {
            embeddings: (0..texts).map(|_| None).collect(),
            remaining: texts,
            error: None,
            is_over: texts == 0,
            waker: None,
        };
        Arc::new(Self {
            kind,
            state: Mutex::new(state),
            done: Condvar::new(),
        })
    }

    /// The handle that its caller waits with.
    pub(crate) fn pending(self: &Arc<Self>) -> Pending {
        Pending {
            request: Arc::clone(self),
        }
    }

    /// Tells whether nobody would notice if the rest of the work were skipped.
    pub(crate) fn is_over(&self) -> bool {
        self.state.lock().is_over
    }

    /// Answers one text; the last one wakes the caller.
    pub(crate) fn complete(&self, index: usize, embedding: Embedding) {
        let mut state = self.state.lock();
        if state.is_over {
            return;
        }
        state.embeddings[index] = Some(embedding);
        state.remaining -= 1;
        if state.remaining == 0 {
            self.finish(state);
        }
    }

    /// Answers the whole request with an error; the first one counts.
    pub(crate) fn fail(&self, error: Error) {
        let mut state = self.state.lock();
        if state.is_over {
            return;
        }
        state.error = Some(error);
        self.finish(state);
    }

    fn finish(&self, mut state: parking_lot::MutexGuard<'_, State>) {
        state.is_over = true;
        let waker = state.waker.take();
        // Released first: waking may run the caller at once.
        drop(state);
        self.done.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl State {
    fn take_answer(&mut self) -> Result<Vec<Embedding>> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.embeddings.drain(..).flatten().collect()),
        }
    }
}

impl Pending {
    /// Blocks until the answer is there. Not for use inside an async runtime: await it there.
    pub fn wait(self) -> Result<Vec<Embedding>> {
        let mut state = self.request.state.lock();
        while !state.is_over {
            self.request.done.wait(&mut state);
        }
        state.take_answer()
    }
}

impl Future for Pending {
    type Output = Result<Vec<Embedding>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.request.state.lock();
        if state.is_over {
            return Poll::Ready(state.take_answer());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut state = self.request.state.lock();
        state.is_over = true;
        state.waker = None;
    }
}

#[cfg(test)]
mod tests;
