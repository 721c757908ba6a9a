//! What can go wrong in the engine, and what the caller should do about it.

use std::path::{Path, PathBuf};

/// The result of an engine call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an engine call did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A part of the request breaks a rule that the caller can read in the contract.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which part of the request, as a path such as `points[3].vector`.
        field: String,
        /// A stable code, such as `dimension_mismatch`.
        code: &'static str,
        /// What was found and what was expected.
        problem: String,
    },
    /// No collection has this name.
    #[error("collection `{name}` does not exist; create it first")]
    CollectionNotFound {
        /// The name asked for.
        name: String,
    },
    /// No point has this id.
    #[error("point `{id}` does not exist in collection `{collection}`")]
    PointNotFound {
        /// The collection searched.
        collection: String,
        /// The id asked for.
        id: String,
    },
    /// No alias has this name.
    #[error("{field}: alias `{name}` does not exist")]
    AliasNotFound {
        /// Which part of the request.
        field: String,
        /// The name asked for.
        name: String,
    },
    /// An alias was to get the name of a collection.
    #[error("{field}: `{name}` is the name of a collection; choose another alias")]
    NameTaken {
        /// Which part of the request.
        field: String,
        /// The name.
        name: String,
    },
    /// A collection was to be dropped while aliases name it.
    #[error(
        "collection `{name}` is named by aliases ({}); move or delete them first",
        aliases.join(", ")
    )]
    CollectionInUse {
        /// The collection.
        name: String,
        /// Its aliases.
        aliases: Vec<String>,
    },
    /// The collection exists with another schema.
    #[error("collection `{name}` exists with another schema: {difference}")]
    SchemaConflict {
        /// The collection.
        name: String,
        /// The first field that differs, with both values.
        difference: String,
    },
    /// A conditional write found another sequence number.
    #[error("{field}: point `{id}` is at sequence {found}, the condition asks for {expected}")]
    SequenceConflict {
        /// Which part of the request.
        field: String,
        /// The point.
        id: String,
        /// Its sequence number; 0 when it does not exist.
        found: u64,
        /// The sequence number in the condition.
        expected: u64,
    },
    /// A conditional write found no point.
    #[error("{field}: there is no point `{id}`, and the condition asks for one")]
    PointAbsent {
        /// Which part of the request.
        field: String,
        /// The point.
        id: String,
    },
    /// A queue is full.
    #[error("{what} is full ({count_max}); try again in {retry_after_ms} ms")]
    Overloaded {
        /// The queue.
        what: &'static str,
        /// Its bound.
        count_max: usize,
        /// When to try again.
        retry_after_ms: u64,
    },
    /// The data folder is in use, foreign, of another version, or not ours to touch.
    #[error("data folder `{}`: {problem}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What was found, what was expected and what to do.
        problem: String,
    },
    /// Writes are stopped because an earlier one, or a worker, failed after its commit.
    #[error(
        "collection `{collection}` takes no writes since {reason}; reads go on, restart the server to recover"
    )]
    Poisoned {
        /// The collection.
        collection: String,
        /// What failed.
        reason: String,
    },
    /// A wait ended before its condition held.
    #[error("{what} took longer than {waited_ms} ms; the write is durable")]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// How long.
        waited_ms: u64,
    },
    /// Bytes on disk are not what was written.
    #[error("{what} is corrupt: {problem}; restore a snapshot or delete it where it is derived")]
    Corrupt {
        /// The record or file.
        what: String,
        /// What was found and expected.
        problem: String,
    },
    /// The operating system refused an operation on a file.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// The action, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's word.
        source: std::io::Error,
    },
    /// A storage or index library refused an operation.
    #[error("cannot {action}: {problem}")]
    Backend {
        /// The action, as a verb.
        action: &'static str,
        /// The library's word.
        problem: String,
    },
}

/// What a caller can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Fix the request.
    Invalid,
    /// Create it or correct the name.
    NotFound,
    /// Read again, then decide.
    Conflict,
    /// Try again after the stated delay.
    Overloaded,
    /// Try again later and tell the operator.
    Unavailable,
    /// Stop writing and restore a snapshot.
    Corrupt,
    /// Report a bug.
    Internal,
}

impl Error {
    /// Sorts the error into the kind a caller can act on.
    pub fn kind(&self) -> ErrorKind {
        // No wildcard arm: a new variant must choose its kind here.
        match self {
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::CollectionNotFound { .. }
            | Self::PointNotFound { .. }
            | Self::AliasNotFound { .. } => ErrorKind::NotFound,
            Self::SchemaConflict { .. }
            | Self::SequenceConflict { .. }
            | Self::PointAbsent { .. }
            | Self::NameTaken { .. }
            | Self::CollectionInUse { .. } => ErrorKind::Conflict,
            Self::Overloaded { .. } => ErrorKind::Overloaded,
            Self::Folder { .. }
            | Self::Poisoned { .. }
            | Self::Timeout { .. }
            | Self::Io { .. } => ErrorKind::Unavailable,
            Self::Corrupt { .. } => ErrorKind::Corrupt,
            Self::Backend { .. } => ErrorKind::Internal,
        }
    }

    /// A stable word for this error, listed in the contract.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { code, .. } => code,
            Self::CollectionNotFound { .. } => "collection_not_found",
            Self::PointNotFound { .. } => "point_not_found",
            Self::AliasNotFound { .. } => "alias_not_found",
            Self::NameTaken { .. } => "name_taken",
            Self::CollectionInUse { .. } => "collection_in_use",
            Self::SchemaConflict { .. } => "schema_conflict",
            Self::SequenceConflict { .. } => "sequence_conflict",
            Self::PointAbsent { .. } => "point_absent",
            Self::Overloaded { .. } => "overloaded",
            Self::Folder { .. } => "data_folder",
            Self::Poisoned { .. } => "collection_poisoned",
            Self::Timeout { .. } => "timeout",
            Self::Corrupt { .. } => "corrupt",
            Self::Io { .. } => "io",
            Self::Backend { .. } => "internal",
        }
    }

    pub(crate) fn invalid(
        field: impl Into<String>,
        code: &'static str,
        problem: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            field: field.into(),
            code,
            problem: problem.into(),
        }
    }

    pub(crate) fn corrupt(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Corrupt {
            what: what.into(),
            problem: problem.into(),
        }
    }

    pub(crate) fn backend(action: &'static str, problem: impl ToString) -> Self {
        Self::Backend {
            action,
            problem: problem.to_string(),
        }
    }

    /// Wraps an operating system error with what was attempted on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
