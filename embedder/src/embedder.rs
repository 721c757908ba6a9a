//! The handle: opens a model, starts its threads, takes texts and gives vectors.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::checkpoint::Checkpoint;
use crate::device;
use crate::error::{Error, Result};
use crate::model::{Kernels, Qwen3};
use crate::options::EmbedderOptions;
use crate::pending::{Embedding, Pending, Request};
use crate::prefix::prefix_lengths;
use crate::prompts::InputKind;
use crate::queue::Queue;
use crate::source::ModelSource;
use crate::split::{self, Chunk, Chunking};
use crate::statistics::{EmbedderStatistics, Totals};
use crate::worker::{self, Shared};

/// The longest text F2LLM-v2 was evaluated at; its positions go further, its quality is unknown.
const TOKENS_MAX: usize = 8192;

/// What a caller may want to know about the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// `built-in`, the folder's name, or the name it was fetched by.
    pub name: String,
    /// Changes whenever the same text could give another vector.
    pub fingerprint: String,
    /// Dimensions of a full embedding.
    pub dimensions: usize,
    /// Lengths an embedding may be cut to, the full one first.
    pub prefix_lengths: Vec<usize>,
    /// Tokens of the longest text, prompt and end token included.
    pub tokens_max: usize,
    /// Number of weights.
    pub parameters: u64,
    /// Size of the weight files.
    pub bytes: u64,
}

/// A model that turns texts into vectors.
///
/// Clones share one model and its threads; the last one dropped stops them.
#[derive(Clone)]
pub struct Embedder {
    inner: Arc<Inner>,
}

struct Inner {
    info: ModelInfo,
    shared: Arc<Shared>,
    /// Tokens of the model.
    vocabulary: usize,
    text_bytes_max: usize,
    threads: Vec<JoinHandle<()>>,
}

/// Shows the model and not what waits: texts are the callers' and do not belong in a log.
impl fmt::Debug for Embedder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Embedder")
            .field("info", self.info())
            .finish_non_exhaustive()
    }
}

impl Embedder {
    /// Opens a model and starts its threads.
    ///
    /// Errors: `NotFound` for a missing folder or file, `Invalid` for a model or a setting that
    /// is not supported, `Corrupt` for damaged files, `Unavailable` for a device that is not
    /// there or a name that could not be fetched.
    pub fn open(source: &ModelSource, options: &EmbedderOptions) -> Result<Self> {
        options.check()?;
        let device = device::open(options.device)?;
        let checkpoint = Checkpoint::open(source, options.offline)?;
        let config = checkpoint.config();
        let model = Qwen3::load(config, checkpoint.var_builder(&device), Kernels::Fused)?;
        let tokens_max = config.max_position_embeddings.min(TOKENS_MAX);
        let info = ModelInfo {
            name: name(source),
            fingerprint: checkpoint.fingerprint()?,
            dimensions: config.hidden_size,
            prefix_lengths: prefix_lengths(config.hidden_size),
            tokens_max,
            parameters: config.parameters(),
            bytes: checkpoint.weight_bytes(),
        };
        let shared = Arc::new(Shared {
            queue: Queue::new(options.queue_tokens_max, options.batch_tokens_max),
            totals: Totals::default(),
            tokenizer: Arc::clone(checkpoint.tokenizer()),
            prompts: checkpoint.prompts().clone(),
            tokens_max,
        });
        // A static model is a sum of a few rows: waking other threads would take longer.
        let threads = options.model_threads.or(model.is_static().then_some(1));
        let pool = model_pool(threads)?;
        let text_bytes_max = options.text_bytes_max;
        // Built before the threads, so that an error below closes the queue through its drop.
        let mut inner = Inner {
            info,
            shared,
            vocabulary: config.vocab_size,
            text_bytes_max,
            threads: Vec::new(),
        };
        inner.start(model, pool, options.tokenize_threads)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The model's facts.
    pub fn info(&self) -> &ModelInfo {
        &self.inner.info
    }

    /// Hands in texts and returns at once; the answer has one embedding a text, in order.
    ///
    /// Errors at once: `Overloaded` when the queue is full, with the time to wait, and `Invalid`
    /// for a text or request that would never be accepted. Errors in the answer: `Invalid` for a
    /// text of more tokens than the model reads, `Unavailable` after the embedder was closed.
    pub fn submit(&self, texts: Vec<String>, kind: InputKind) -> Result<Pending> {
        for (index, text) in texts.iter().enumerate() {
            self.check_bytes(index, text)?;
        }
        let request = Request::new(kind, texts.len());
        let pending = request.pending();
        if !texts.is_empty() {
            let totals = &self.inner.shared.totals;
            let retry_after_ms = |tokens| totals.retry_after_ms(tokens);
            self.inner
                .shared
                .queue
                .submit(&request, texts, retry_after_ms)?;
        }
        Ok(pending)
    }

    /// Hands in chunks of documents, which [`Embedder::split`] of this embedder made, and returns at
    /// once; the answer has one embedding a chunk, in order. They are not tokenized again.
    ///
    /// Errors as [`Embedder::submit`], and `Invalid` for chunks that another embedder made and whose
    /// tokens this one's model does not have.
    pub fn submit_chunks(&self, chunks: &[Chunk]) -> Result<Pending> {
        let vocabulary = self.inner.vocabulary;
        let is_foreign = |token: &u32| *token as usize >= vocabulary;
        if chunks
            .iter()
            .any(|chunk| chunk.tokens.iter().any(is_foreign))
        {
            let reason = format!("a chunk has a token outside the vocabulary of {vocabulary}");
            return Err(Error::BatchInvalid { reason });
        }
        let request = Request::new(InputKind::Document, chunks.len());
        let pending = request.pending();
        if !chunks.is_empty() {
            let shared = &self.inner.shared;
            let retry_after_ms = |tokens| shared.totals.retry_after_ms(tokens);
            shared
                .queue
                .submit_chunks(&request, chunks, retry_after_ms)?;
        }
        Ok(pending)
    }

    /// Hands in texts and blocks until the answer is there. Not for use inside an async runtime.
    pub fn embed(&self, texts: Vec<String>, kind: InputKind) -> Result<Vec<Embedding>> {
        self.submit(texts, kind)?.wait()
    }

    /// Counts the tokens of a text as the model reads it, prompt and end token included.
    pub fn count_tokens(&self, text: &str, kind: InputKind) -> Result<usize> {
        self.check_bytes(0, text)?;
        let shared = &self.inner.shared;
        Ok(shared
            .tokenizer
            .encode(shared.prompts.of(kind), text)?
            .len())
    }

    /// Cuts a document into chunks of at most `chunking.tokens`, at Markdown and sentence
    /// boundaries where it can. A document that fits is one chunk, whole; an empty one too.
    ///
    /// Tokenizes a text that fits once, and a longer one about three times; the chunks keep their tokens
    /// for [`Embedder::submit_chunks`]. Errors are `Invalid`: a chunking the model cannot read, or a
    /// text of too many bytes.
    pub fn split(&self, text: &str, chunking: &Chunking) -> Result<Vec<Chunk>> {
        self.check_bytes(0, text)?;
        let shared = &self.inner.shared;
        let prompt = shared.prompts.of(InputKind::Document);
        split::split(&shared.tokenizer, prompt, text, chunking, shared.tokens_max)
    }

    /// What was done so far and what waits.
    pub fn statistics(&self) -> EmbedderStatistics {
        let shared = &self.inner.shared;
        shared.totals.with_depth(shared.queue.depth())
    }

    fn check_bytes(&self, index: usize, text: &str) -> Result<()> {
        let (bytes, bytes_max) = (text.len(), self.inner.text_bytes_max);
        if bytes > bytes_max {
            return Err(Error::TextTooLarge {
                index,
                bytes,
                bytes_max,
            });
        }
        Ok(())
    }
}

impl Inner {
    fn start(&mut self, model: Qwen3, pool: ThreadPool, tokenize_threads: usize) -> Result<()> {
        for number in 0..tokenize_threads {
            let shared = Arc::clone(&self.shared);
            let run = move || worker::tokenize(&shared);
            self.threads
                .push(start_thread(format!("tokenize-{number}"), run)?);
        }
        let shared = Arc::clone(&self.shared);
        let run = move || worker::run_model(&shared, &model, &pool);
        self.threads.push(start_thread("model".to_owned(), run)?);
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.queue.close();
        for thread in self.threads.drain(..) {
            // Nothing of ours runs on these threads that could own this handle, but a caller's
            // waker could: a thread cannot wait for itself.
            if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                tracing::error!("a thread of the embedder panicked");
            }
        }
    }
}

fn start_thread(name: String, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = thread::Builder::new().name(name).spawn(run);
    thread.map_err(|error| Error::Worker {
        reason: format!("no thread was started: {error}"),
    })
}

/// The threads the model computes with, apart from everybody else's.
fn model_pool(threads: Option<usize>) -> Result<ThreadPool> {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or_else(cores))
        .thread_name(|number| format!("model-{number}"))
        .build()
        .map_err(|error| Error::Worker {
            reason: error.to_string(),
        })
}

fn name(source: &ModelSource) -> String {
    match source {
        ModelSource::Folder(path) => {
            // `.` and `..` have no name of their own.
            let full = path.canonicalize().unwrap_or_else(|_| path.clone());
            full.file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned()
        }
        ModelSource::BuiltIn | ModelSource::Name(_) => source.to_string(),
    }
}
