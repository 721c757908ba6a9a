//! How an embedder runs: device, threads and bounds. What it computes is the model folder's.

use crate::error::{Error, Result};

/// Tokens of one batch. Above about a thousand tokens the matrix products run at full speed,
/// and a query that arrives waits for the batch in front of it, so not more than needed.
const BATCH_TOKENS_MAX: usize = 2048;

/// Tokens that may wait. A 300-token chunk times a thousand chunks is one large import request.
const QUEUE_TOKENS_MAX: usize = 1 << 20;

/// Bytes of one text. A byte is at least a two-hundredth of a token in ordinary text, so what is
/// larger cannot be within any model's tokens, and tokenizing it would only cost time.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Threads that tokenize. Two keep a small model on a few cores busy.
const TOKENIZE_THREADS: usize = 2;

/// More threads than any machine gains from.
const THREADS_MAX: usize = 1024;

/// Settings of an embedder. Any value can be changed alone:
///
/// ```
/// use embedder::EmbedderOptions;
/// let options = EmbedderOptions { batch_tokens_max: 4096, ..EmbedderOptions::default() };
/// assert!(options.queue_tokens_max > options.batch_tokens_max);
/// ```
#[derive(Clone, Debug)]
pub struct EmbedderOptions {
    /// Where the model computes.
    pub device: DeviceKind,
    /// Tokens of one batch; a single text may exceed it and is then a batch of its own.
    pub batch_tokens_max: usize,
    /// Tokens that may wait for the model before [`Error::QueueFull`] is answered.
    pub queue_tokens_max: usize,
    /// Bytes of one text before [`Error::TextTooLarge`] is answered.
    pub text_bytes_max: usize,
    /// Threads that turn text into tokens.
    pub tokenize_threads: usize,
    /// Threads the model computes with on the CPU. If not given, all cores, and one for a static
    /// model.
    pub model_threads: Option<usize>,
    /// Never asks the hub for a named model.
    pub offline: bool,
}

impl Default for EmbedderOptions {
    fn default() -> Self {
        Self {
            device: DeviceKind::Cpu,
            batch_tokens_max: BATCH_TOKENS_MAX,
            queue_tokens_max: QUEUE_TOKENS_MAX,
            text_bytes_max: TEXT_BYTES_MAX,
            tokenize_threads: TOKENIZE_THREADS,
            model_threads: None,
            offline: false,
        }
    }
}

impl EmbedderOptions {
    /// Refuses values that cannot work, naming the setting and its range.
    pub(crate) fn check(&self) -> Result<()> {
        check_range(
            "batch_tokens_max",
            self.batch_tokens_max,
            1,
            u32::MAX as usize,
        )?;
        check_range(
            "queue_tokens_max",
            self.queue_tokens_max,
            1,
            u32::MAX as usize,
        )?;
        check_range("text_bytes_max", self.text_bytes_max, 1, u32::MAX as usize)?;
        check_range("tokenize_threads", self.tokenize_threads, 1, THREADS_MAX)?;
        check_range(
            "model_threads",
            self.model_threads.unwrap_or(1),
            1,
            THREADS_MAX,
        )
    }
}

/// Where a model computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The processor. Always there.
    Cpu,
    /// An NVIDIA device by number; needs the `cuda` feature.
    Cuda(usize),
    /// The Apple GPU; needs the `metal` feature.
    Metal,
}

impl DeviceKind {
    /// Reads `cpu`, `cuda`, `cuda:1` or `metal`.
    pub fn parse(given: &str) -> Result<Self> {
        let unknown = || Error::DeviceUnavailable {
            device: given.to_owned(),
            reason: "it is none of `cpu`, `cuda`, `cuda:NUMBER`, `metal`".to_owned(),
        };
        match given {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            _ => {
                let number = given.strip_prefix("cuda:").ok_or_else(unknown)?;
                number.parse().map(Self::Cuda).map_err(|_| unknown())
            }
        }
    }
}

/// Passes a value inside `min..=max`.
fn check_range(setting: &'static str, found: usize, min: usize, max: usize) -> Result<()> {
    if (min..=max).contains(&found) {
        return Ok(());
    }
    Err(Error::SettingInvalid {
        setting,
        found,
        expected: format!("{min} to {max}"),
    })
}

#[cfg(test)]
mod tests;
