//! Everything that can go wrong between a model folder and a vector.
//!
//! Errors of the libraries underneath are kept as sources and never as part of the surface.

use std::path::PathBuf;

use thiserror::Error;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// The error of a library underneath, kept for the log.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, with what was found and what was expected.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The text given for a model names nothing that can be opened.
    #[error(
        "`{given}` is no model: give `built-in`, the path of a model folder, \
         or a name such as `codefuse-ai/F2LLM-v2-80M`"
    )]
    SourceUnknown {
        /// What was given.
        given: String,
    },

    /// A model folder lacks a file that it must have.
    #[error("the model folder `{folder}` has no `{file}`")]
    FileMissing {
        /// The folder.
        folder: String,
        /// The file, relative to the folder.
        file: String,
    },

    /// Reading from disk failed.
    #[error("{action} `{}`", path.display())]
    Io {
        /// What was being done, as in `reading`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },

    /// A named model is not in the cache and could not be fetched.
    #[error(
        "the model `{name}` is not in the local cache and was not fetched ({reason}): \
         download it elsewhere and pass the path of its folder instead of its name"
    )]
    HubUnavailable {
        /// The model's name.
        name: String,
        /// Why it was not fetched.
        reason: String,
    },

    /// The model is sound but of a kind that is not supported.
    #[error("the model is not supported: `{field}` is {found}, expected {expected}")]
    ModelUnsupported {
        /// The field of the file that says so.
        field: String,
        /// What it says.
        found: String,
        /// What is supported.
        expected: String,
    },

    /// A file of the model folder cannot be what it claims to be.
    #[error("`{file}` is damaged: {reason}")]
    FileCorrupt {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The weights lack a tensor that the config asks for.
    #[error("the weights have no tensor `{name}`")]
    TensorMissing {
        /// The tensor's name.
        name: String,
    },

    /// A tensor does not have the shape that the config asks for.
    #[error("tensor `{name}` has shape {found:?}, the config asks for {expected:?}")]
    TensorShape {
        /// The tensor's name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape the config asks for.
        expected: Vec<usize>,
    },

    /// A tensor is stored as numbers that cannot be read here.
    #[error("tensor `{name}` is stored as {found}, expected {expected}")]
    TensorType {
        /// The tensor's name.
        name: String,
        /// The type in the file.
        found: String,
        /// The types that can be read.
        expected: &'static str,
    },

    /// The device was not compiled in, or is not there.
    #[error("the device `{device}` cannot be used: {reason}")]
    DeviceUnavailable {
        /// The device asked for.
        device: String,
        /// Why not, and what to do.
        reason: String,
    },

    /// The tokenizer refused a text or its own file.
    #[error("the tokenizer failed: {reason}")]
    Tokenizer {
        /// Why.
        reason: String,
    },

    /// A text has more tokens than the model reads.
    #[error(
        "text {index} has {tokens} tokens, the model reads at most {tokens_max}: split it first"
    )]
    TextTooLong {
        /// Position of the text in the request.
        index: usize,
        /// Tokens of the text, prompt and end token included.
        tokens: usize,
        /// Tokens the model reads.
        tokens_max: usize,
    },

    /// A text has more bytes than are ever tokenized.
    #[error("text {index} has {bytes} bytes, at most {bytes_max} are accepted: split it first")]
    TextTooLarge {
        /// Position of the text in the request.
        index: usize,
        /// Bytes of the text.
        bytes: usize,
        /// Bytes accepted.
        bytes_max: usize,
    },

    /// One request is larger than the whole queue and would never fit.
    #[error(
        "the request has about {tokens} tokens, the queue holds at most {tokens_max}: \
         send fewer texts at once"
    )]
    RequestTooLarge {
        /// Tokens of the request, estimated from its bytes.
        tokens: usize,
        /// Tokens the queue holds.
        tokens_max: usize,
    },

    /// The queue is full now and will drain.
    #[error(
        "the embedding queue is full: {tokens_waiting} of {tokens_max} tokens wait, \
         try again in {retry_after_ms} ms"
    )]
    QueueFull {
        /// Tokens waiting.
        tokens_waiting: usize,
        /// Tokens the queue holds.
        tokens_max: usize,
        /// When there should be room, at the speed measured so far.
        retry_after_ms: u64,
    },

    /// The embedder was closed before the work was done.
    #[error("the embedder was closed before the work was done")]
    Closed,

    /// A setting is out of its range.
    #[error("`{setting}` is {found}, expected {expected}")]
    SettingInvalid {
        /// The setting.
        setting: &'static str,
        /// What was given.
        found: usize,
        /// What is accepted.
        expected: String,
    },

    /// A prefix length that the vector does not have.
    #[error("a prefix of {dimensions} dimensions was asked of a vector of {available}")]
    PrefixInvalid {
        /// What was asked for.
        dimensions: usize,
        /// What the vector has.
        available: usize,
    },

    /// A vector without direction cannot be normalized.
    #[error("a vector of {dimensions} dimensions has length {length}, it cannot be normalized")]
    VectorDegenerate {
        /// Dimensions of the vector or prefix.
        dimensions: usize,
        /// Its Euclidean length: zero, infinite or not a number.
        length: f32,
    },

    /// A packed batch contradicts itself or the model.
    #[error("the batch is not valid: {reason}")]
    BatchInvalid {
        /// What is wrong.
        reason: String,
    },

    /// The model answered with something that is not a number.
    #[error("the model answered with a value that is not finite for text {index} of a batch")]
    OutputNotFinite {
        /// Position of the text in the batch.
        index: usize,
    },

    /// The tensor library failed.
    #[error("computing the model")]
    Compute {
        /// Why.
        source: Source,
    },

    /// A thread of the embedder panicked or could not be started.
    #[error("a worker of the embedder failed: {reason}")]
    Worker {
        /// Why.
        reason: String,
    },
}

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Fix the request or the setting.
    Invalid,
    /// Correct the name or the path.
    NotFound,
    /// Try again after the stated time.
    Overloaded,
    /// Try again later and tell the operator.
    Unavailable,
    /// Replace the model folder.
    Corrupt,
    /// Report a bug.
    Internal,
}

impl Error {
    /// Sorts the error into the kind a caller can act on.
    pub fn kind(&self) -> ErrorKind {
        // No wildcard arm: a new variant must choose its kind here.
        match self {
            Self::SourceUnknown { .. }
            | Self::ModelUnsupported { .. }
            | Self::TextTooLong { .. }
            | Self::TextTooLarge { .. }
            | Self::RequestTooLarge { .. }
            | Self::SettingInvalid { .. }
            | Self::PrefixInvalid { .. }
            | Self::VectorDegenerate { .. }
            | Self::BatchInvalid { .. } => ErrorKind::Invalid,
            Self::FileMissing { .. } => ErrorKind::NotFound,
            Self::QueueFull { .. } => ErrorKind::Overloaded,
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                ErrorKind::NotFound
            }
            Self::Io { .. }
            | Self::HubUnavailable { .. }
            | Self::DeviceUnavailable { .. }
            | Self::Closed => ErrorKind::Unavailable,
            Self::FileCorrupt { .. }
            | Self::TensorMissing { .. }
            | Self::TensorShape { .. }
            | Self::TensorType { .. } => ErrorKind::Corrupt,
            Self::Tokenizer { .. }
            | Self::OutputNotFinite { .. }
            | Self::Compute { .. }
            | Self::Worker { .. } => ErrorKind::Internal,
        }
    }
}

impl From<candle_core::Error> for Error {
    /// Recovers our own error where candle only carried it, and candle's where it says what ours
    /// would; anything else is a failed computation.
    fn from(error: candle_core::Error) -> Self {
        use candle_core::Error as Candle;
        match error {
            Candle::WithBacktrace { inner, .. } | Candle::Context { inner, .. } => (*inner).into(),
            Candle::WrappedContext { wrapped, .. } => match wrapped.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(source) => Self::Compute { source },
            },
            Candle::CannotFindTensor { path } => Self::TensorMissing { name: path },
            Candle::UnexpectedShape { msg, expected, got } => Self::TensorShape {
                name: msg,
                found: got.into_dims(),
                expected: expected.into_dims(),
            },
            other => Self::Compute {
                source: Box::new(other),
            },
        }
    }
}

impl Error {
    /// Hands this error to candle, which gives it back through `From`.
    pub(crate) fn into_candle(self) -> candle_core::Error {
        let context = self.to_string();
        candle_core::Error::WrappedContext {
            wrapped: Box::new(self),
            context,
        }
    }
}
