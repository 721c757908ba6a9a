//! From text to vectors, in this process.
//!
//! It is:
//! - a loader of model folders in Hugging Face layout: every F2LLM-v2 size, and any other Qwen3
//!   embedding model;
//! - the model, packed: no padding is computed, and the same text gives the same vector alone and
//!   in a batch;
//! - three bounded stages, tokenize, queue and model, with one thread that owns the model;
//! - the home of the model code that the trainer trains.
//!
//! It is not:
//! - a store: it knows nothing of points or collections;
//! - a general runner of models: Qwen3 with last-token pooling only;
//! - a place where a text is ever cut silently: too long is an error, and [`Embedder::split`]
//!   is what to do about it.
//!
//! # From a folder to a vector
//!
//! ```
//! use embedder::{Chunking, Embedder, EmbedderOptions, InputKind, ModelSource, prefix};
//!
//! # fn main() -> embedder::Result<()> {
//! // `built-in`, the path of a model folder, or a name such as `codefuse-ai/F2LLM-v2-80M`.
//! let source = ModelSource::parse("tests/data/tiny")?;
//! let embedder = Embedder::open(&source, &EmbedderOptions::default())?;
//!
//! let texts = vec!["A doll that nests.".to_owned(), "Poupees russes".to_owned()];
//! let documents = embedder.embed(texts, InputKind::Document)?;
//! let query = embedder.embed(vec!["nesting dolls".to_owned()], InputKind::Query)?;
//! assert_eq!(documents[0].vector.len(), embedder.info().dimensions);
//!
//! // A prefix of a vector is a vector: cheaper to store and search, nearly as good.
//! let short = embedder.info().prefix_lengths[1];
//! let score: f32 = prefix(&documents[0].vector, short)?
//!     .iter()
//!     .zip(prefix(&query[0].vector, short)?)
//!     .map(|(document, query)| document * query)
//!     .sum();
//! assert!((-1.001..=1.001).contains(&score));
//!
//! // What is longer than the model reads is cut into chunks first.
//! let long = "One sentence follows another. ".repeat(100);
//! let chunks = embedder.split(&long, &Chunking { tokens: 64, overlap: 8 })?;
//! assert!(chunks.len() > 1 && chunks[0].start == 0);
//! # Ok(())
//! # }
//! ```
//!
//! [`Embedder::submit`] is the same without blocking: its answer is a future.
//! [`Embedder::submit_chunks`] takes chunks as they were cut, and does not tokenize them again.
//!
//! # The folder
//!
//! | file | what is read |
//! |---|---|
//! | `config.json` | the sizes; another architecture is refused |
//! | `model.safetensors`, or `model.safetensors.index.json` and its shards | F32, F16, BF16; a matrix `NAME` may be I8, or U8 with codes of fewer bits, beside an F32 `NAME_scale` of one number a row; or, where it is one, a diagonal `NAME_diagonal` |
//! | `tokenizer.json` | the tokenizer; its truncation and padding are switched off |
//! | `config_sentence_transformers.json` | `prompts.query` and `prompts.document`; without the file, F2LLM-v2's |
//!
//! Codes of U8 have four bits, two a byte with the first in the low half, and c stands for c - 8.
//! A note in the file's `__metadata__`, `NAME.codes`, may say otherwise: `256x4 256x2 512x1` are
//! parts of a row, so many values of so many bits, and `NAME_scale` is `[rows, parts]`. Of two bits
//! c stands for 2c - 3, of one for 2c - 1.
//! With `embedding_size` in `config.json` the token table is factorised: rows of so many values,
//! and `embed_tokens.weight_basis` of `embedding_size` x `hidden_size`, which widens them.
//!
//! The computation is f32. A token table of codes is int8 in memory; other codes are not.
//!
//! # Speed
//!
//! `cargo run --release -p embedder --example throughput -- MODEL FILE` prints texts and tokens a
//! second for a file of texts on this machine.

mod built_in;
mod checkpoint;
mod codes;
mod device;
mod embedder;
mod error;
mod folder;
mod hub;
pub mod model;
mod options;
mod pending;
mod prefix;
mod prompts;
mod queue;
mod source;
mod split;
mod statistics;
mod tokenizer;
mod weights;
mod worker;

pub use crate::checkpoint::Checkpoint;
pub use crate::embedder::{Embedder, ModelInfo};
pub use crate::error::{Error, ErrorKind, Result};
pub use crate::options::{DeviceKind, EmbedderOptions};
pub use crate::pending::{Embedding, Pending};
pub use crate::prefix::{prefix, prefix_lengths};
pub use crate::prompts::{InputKind, Prompts};
pub use crate::source::ModelSource;
pub use crate::split::{Chunk, Chunking};
pub use crate::statistics::EmbedderStatistics;
pub use crate::tokenizer::Tokenizer;
