//! Group commit: requests wait in a queue, and whichever caller finds no leader becomes one and
//! commits as many as it can in one synced batch, for itself and for the others.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::error::{Error, Result};

use super::request::{WriteRequest, Written};

/// Requests that one group holds at most; more wait for the next group.
const GROUP_REQUESTS_MAX: usize = 64;

/// A request and, later, its outcome.
#[derive(Debug)]
pub(crate) struct Ticket {
    request: Mutex<Option<WriteRequest>>,
    outcome: Mutex<Option<Result<Written>>>,
}

impl Ticket {
    fn new(request: WriteRequest) -> Self {
        Self {
            request: Mutex::new(Some(request)),
            outcome: Mutex::new(None),
        }
    }

    /// Takes the request out, to work on it.
    pub(crate) fn take(&self) -> Option<WriteRequest> {
        self.request.lock().take()
    }

    /// Puts a request back that the next group will take.
    pub(crate) fn put_back(&self, request: WriteRequest) {
        *self.request.lock() = Some(request);
    }

    /// Answers the caller. The first answer counts.
    pub(crate) fn answer(&self, outcome: Result<Written>) {
        self.outcome.lock().get_or_insert(outcome);
    }
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Arc<Ticket>>,
    has_leader: bool,
}

/// The write queue of one collection.
#[derive(Debug)]
pub(crate) struct WriteQueue {
    state: Mutex<State>,
    turn: Condvar,
    requests_max: usize,
}

/// Ends a leader's turn, also when it panics: its group is answered and others go on.
struct Turn<'a> {
    queue: &'a WriteQueue,
    group: Vec<Arc<Ticket>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        for ticket in self.group.drain(..).rev() {
            if ticket.outcome.lock().is_some() {
                continue;
            }
            if ticket.request.lock().is_some() {
                // Not worked on yet: it leads the next group.
                state.waiting.push_front(ticket);
            } else {
                ticket.answer(Err(Error::backend("commit", "the writer stopped half-way")));
            }
        }
        state.has_leader = false;
        self.queue.turn.notify_all();
    }
}

impl WriteQueue {
    pub(crate) fn new(requests_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            turn: Condvar::new(),
            requests_max,
        }
    }

    /// Waits until `request` is answered, by this caller's own `commit` or another's.
    ///
    /// `commit` gets a group in order. It must take each request, and answer it or put it back.
    pub(crate) fn submit(
        &self,
        request: WriteRequest,
        commit: impl Fn(&[Arc<Ticket>]),
    ) -> Result<Written> {
        let ticket = Arc::new(Ticket::new(request));
        let mut state = self.state.lock();
        if state.waiting.len() >= self.requests_max {
            return Err(Error::Overloaded {
                what: "the write queue",
                count_max: self.requests_max,
                retry_after_ms: 100,
            });
        }
        state.waiting.push_back(Arc::clone(&ticket));
        loop {
            if let Some(outcome) = ticket.outcome.lock().take() {
                return outcome;
            }
            if state.has_leader {
                self.turn.wait(&mut state);
                continue;
            }
            state.has_leader = true;
            let count = state.waiting.len().min(GROUP_REQUESTS_MAX);
            let group = state.waiting.drain(..count).collect();
            drop(state);
            let turn = Turn { queue: self, group };
            commit(&turn.group);
            drop(turn);
            state = self.state.lock();
        }
    }
}

#[cfg(test)]
mod tests;
