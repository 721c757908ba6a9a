//! Counters of one embedder.

use std::time::Duration;

use parking_lot::Mutex;

use crate::queue::Depth;

/// Retry times are kept between these, in milliseconds: sooner is a busy loop, later is a guess.
const RETRY_MS_MIN: u64 = 50;
const RETRY_MS_MAX: u64 = 60_000;

/// Retry time before anything was measured.
const RETRY_MS_FIRST: u64 = 1_000;

/// What an embedder has done and has before it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EmbedderStatistics {
    /// Texts that wait.
    pub texts_waiting: usize,
    /// Tokens that wait; an estimate for texts not yet tokenized.
    pub tokens_waiting: usize,
    /// Texts the model has read.
    pub texts_total: u64,
    /// Tokens the model has read.
    pub tokens_total: u64,
    /// Batches the model has read.
    pub batches_total: u64,
    /// Texts skipped because nobody waited for them any more.
    pub texts_skipped_total: u64,
    /// Seconds spent in the model.
    pub model_seconds_total: f64,
}

/// The totals, shared between the threads.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    state: Mutex<EmbedderStatistics>,
}

impl Totals {
    pub(crate) fn add_batch(&self, texts: usize, tokens: usize, elapsed: Duration) {
        let mut state = self.state.lock();
        state.texts_total += texts as u64;
        state.tokens_total += tokens as u64;
        state.batches_total += 1;
        state.model_seconds_total += elapsed.as_secs_f64();
    }

    pub(crate) fn add_skipped(&self, texts: usize) {
        self.state.lock().texts_skipped_total += texts as u64;
    }

    pub(crate) fn with_depth(&self, depth: Depth) -> EmbedderStatistics {
        EmbedderStatistics {
            texts_waiting: depth.texts,
            tokens_waiting: depth.tokens,
            ..*self.state.lock()
        }
    }

    /// Milliseconds until `tokens` will have been read, at the speed so far.
    pub(crate) fn retry_after_ms(&self, tokens: usize) -> u64 {
        let state = self.state.lock();
        if state.tokens_total == 0 {
            return RETRY_MS_FIRST;
        }
        let seconds = tokens as f64 * state.model_seconds_total / state.tokens_total as f64;
        ((seconds * 1000.0) as u64).clamp(RETRY_MS_MIN, RETRY_MS_MAX)
    }
}

#[cfg(test)]
mod tests;
