//! What can go wrong, sorted by what the caller can do about it.

use std::time::Duration;

use serde::Deserialize;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The server's error body (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// A stable word to match on.
    pub code: String,
    /// What was found, what was expected and what to do; for people.
    pub detail: String,
    /// The part of the request at fault.
    #[serde(default)]
    pub field: Option<String>,
    /// When to try again, in milliseconds.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

/// Why a call did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused the request, or could not carry it out.
    #[error("{} ({})", .0.detail, .0.code)]
    Server(Problem),
    /// The server's address cannot be used.
    #[error("`{url}` is not an address such as http://127.0.0.1:6363: {problem}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The client's own options cannot be used.
    #[error("{problem}")]
    Options {
        /// What is wrong with them.
        problem: String,
    },
    /// The server was not reached, or the connection broke.
    #[error("cannot reach {url}: {source}")]
    Connection {
        /// The address asked.
        url: String,
        /// The library's word.
        source: reqwest::Error,
    },
    /// The server's answer is not what the contract says.
    #[error("the answer of {url} is not understood: {problem}")]
    Answer {
        /// The address asked.
        url: String,
        /// What was found.
        problem: String,
    },
    /// The caller's own input failed while it was sent.
    #[error("the input of the import failed: {0}")]
    Input(std::io::Error),
    /// An import ended before its input did; lines up to the last progress are on disk.
    #[error("the import ended at line {line}: {detail} ({code})")]
    ImportEnded {
        /// The line it ended at.
        line: u64,
        /// A stable word, as in [`Problem`].
        code: String,
        /// What happened.
        detail: String,
    },
}

/// What a caller can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Fix the request.
    Invalid,
    /// Send a key, or one that allows it.
    Forbidden,
    /// Create it or correct the name.
    NotFound,
    /// Read again, then decide.
    Conflict,
    /// Try again after the stated delay; the client has already tried.
    Overloaded,
    /// Try again later and tell the operator.
    Unavailable,
    /// A fault of the server's; report it.
    Server,
}

impl Error {
    /// Sorts the error into the kind a caller can act on.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Server(problem) => match problem.status {
                401 | 403 => ErrorKind::Forbidden,
                404 => ErrorKind::NotFound,
                409 => ErrorKind::Conflict,
                429 => ErrorKind::Overloaded,
                503 => ErrorKind::Unavailable,
                400..=499 => ErrorKind::Invalid,
                _ => ErrorKind::Server,
            },
            Self::Address { .. } | Self::Options { .. } | Self::Input(_) => ErrorKind::Invalid,
            Self::Connection { .. } => ErrorKind::Unavailable,
            Self::Answer { .. } => ErrorKind::Server,
            Self::ImportEnded { code, .. } => match code.as_str() {
                "shutting_down" | "collection_poisoned" | "io" => ErrorKind::Unavailable,
                "internal" | "corrupt" => ErrorKind::Server,
                _ => ErrorKind::Invalid,
            },
        }
    }

    /// The server's stable word, where the server answered.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Server(problem) => Some(&problem.code),
            Self::ImportEnded { code, .. } => Some(code),
            Self::Address { .. }
            | Self::Options { .. }
            | Self::Connection { .. }
            | Self::Answer { .. }
            | Self::Input(_) => None,
        }
    }

    /// The part of the request at fault, where the server named one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Server(problem) => problem.field.as_deref(),
            Self::Address { .. }
            | Self::Options { .. }
            | Self::Connection { .. }
            | Self::Answer { .. }
            | Self::Input(_)
            | Self::ImportEnded { .. } => None,
        }
    }

    /// When the server asks to be tried again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server(problem) => problem.retry_after_ms.map(Duration::from_millis),
            Self::Address { .. }
            | Self::Options { .. }
            | Self::Connection { .. }
            | Self::Answer { .. }
            | Self::Input(_)
            | Self::ImportEnded { .. } => None,
        }
    }
}
