//! Everything that can go wrong in the trainer, sorted into few kinds.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The recipe, the arguments or the data must be corrected.
    Invalid,
    /// A named file or folder is not there.
    NotFound,
    /// A file is there and cannot be what it claims to be.
    Corrupt,
    /// The disk or the system refused; trying again may help.
    Unavailable,
    /// Training went wrong and was stopped; the last good checkpoint is kept.
    Diverged,
    /// A defect of this program.
    Internal,
}

/// One thing wrong with a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeProblem {
    /// The dotted key, such as `distill.steps`.
    pub key: String,
    /// What is wrong with it and what is expected.
    pub problem: String,
}

impl fmt::Display for RecipeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.key, self.problem)
    }
}

/// An error of the trainer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused a file operation.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried: read, write, replace.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of a JSON-lines file cannot be used.
    #[error("`{}` line {line}: {problem}", path.display())]
    DataLine {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The recipe has one or more problems; all are listed.
    #[error("recipe `{}` has {} problem(s):{}", path.display(), problems.len(), list(problems))]
    Recipe {
        /// The recipe file.
        path: PathBuf,
        /// Every problem found.
        problems: Vec<RecipeProblem>,
    },
    /// An input named by the recipe is in none of the input folders.
    #[error(
        "input `{name}` is in none of the input folders ({folders}); name its folder with --inputs"
    )]
    InputMissing {
        /// The file's name in the recipe.
        name: String,
        /// The folders searched.
        folders: String,
    },
    /// A file is there, and its content is not what it has to be.
    #[error("`{}` is not usable: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Found and expected.
        problem: String,
    },
    /// An argument or a combination of inputs makes no sense.
    #[error("{problem}")]
    Argument {
        /// Found, expected and what to do.
        problem: String,
    },
    /// The tokenizer refused a text or a setting.
    #[error("the tokenizer refused its input: {problem}")]
    Tokenizer {
        /// The library's own words.
        problem: String,
    },
    /// The loss is not a number; the last good checkpoint was not touched.
    #[error(
        "the loss became {loss} at step {step}; the last good checkpoint is `{}`; lower the learning rate",
        checkpoint.display()
    )]
    LossNotFinite {
        /// The step at which it happened, from 0.
        step: usize,
        /// The value.
        loss: f64,
        /// Where training can be taken up again.
        checkpoint: PathBuf,
    },
    /// The embedder refused a model or a text.
    #[error("the embedder refused")]
    Embedder(#[from] embedder::Error),
    /// The server did not do what it was asked.
    #[error("the server did not answer as needed")]
    Server(#[from] kukla_client::Error),
    /// An endpoint that should turn texts into vectors did not.
    #[error("the teacher at `{url}` {problem}")]
    Endpoint {
        /// Its address.
        url: String,
        /// What it answered, or why it could not be reached.
        problem: String,
        /// True where it may do so later.
        is_passing: bool,
    },
    /// A tensor operation failed, which sizes checked earlier should exclude.
    #[error("tensor operation failed")]
    Tensor(#[from] candle_core::Error),
    /// A matrix operation failed, which sizes checked earlier should exclude.
    #[error("matrix operation failed: {problem}")]
    Matrix {
        /// The library's own words.
        problem: String,
    },
}

impl Error {
    /// Sorts the error into the kind a caller can act on.
    pub fn kind(&self) -> ErrorKind {
        // No wildcard arm: a new variant must choose its kind here.
        match self {
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                ErrorKind::NotFound
            }
            Self::Io { .. }
            | Self::Endpoint {
                is_passing: true, ..
            } => ErrorKind::Unavailable,
            Self::DataLine { .. }
            | Self::Recipe { .. }
            | Self::Argument { .. }
            | Self::Tokenizer { .. }
            | Self::Embedder(_)
            | Self::Endpoint {
                is_passing: false, ..
            } => ErrorKind::Invalid,
            Self::InputMissing { .. } => ErrorKind::NotFound,
            Self::Content { .. } => ErrorKind::Corrupt,
            Self::LossNotFinite { .. } => ErrorKind::Diverged,
            Self::Server(error) => match error.kind() {
                kukla_client::ErrorKind::Invalid
                | kukla_client::ErrorKind::Forbidden
                | kukla_client::ErrorKind::Conflict => ErrorKind::Invalid,
                kukla_client::ErrorKind::NotFound => ErrorKind::NotFound,
                kukla_client::ErrorKind::Overloaded | kukla_client::ErrorKind::Unavailable => {
                    ErrorKind::Unavailable
                }
                kukla_client::ErrorKind::Server => ErrorKind::Internal,
            },
            Self::Tensor(_) | Self::Matrix { .. } => ErrorKind::Internal,
        }
    }

    /// Names the file whose content is not usable, and why.
    pub(crate) fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::Content {
            path: path.to_path_buf(),
            problem: problem.into(),
        }
    }

    /// Names an argument that makes no sense, and why.
    pub(crate) fn argument(problem: impl Into<String>) -> Self {
        Self::Argument {
            problem: problem.into(),
        }
    }
}

fn list(problems: &[RecipeProblem]) -> String {
    let mut text = String::new();
    for problem in problems {
        text.push_str("\n  ");
        text.push_str(&problem.to_string());
    }
    text
}
