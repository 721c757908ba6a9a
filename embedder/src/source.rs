//! Where a model comes from: the binary, a folder, or a name on the hub.

use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// The word that asks for the model inside the binary.
const BUILT_IN: &str = "built-in";

/// A hub name is `owner/name`; the hub allows 96 characters in each half.
const NAME_PART_MAX: usize = 96;

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The small model compiled into the binary.
    BuiltIn,
    /// A folder in Hugging Face layout.
    Folder(PathBuf),
    /// A name such as `codefuse-ai/F2LLM-v2-80M`: the local cache first, then the hub.
    Name(String),
}

impl ModelSource {
    /// Reads `built-in`, the path of an existing folder, or `owner/name`.
    ///
    /// A folder that is there comes before a name. Errors are `Invalid` and say what would have been accepted.
    pub fn parse(given: &str) -> Result<Self> {
        if given == BUILT_IN {
            return Ok(Self::BuiltIn);
        }
        let path = PathBuf::from(given);
        if path.is_dir() {
            return Ok(Self::Folder(path));
        }
        if is_hub_name(given) {
            return Ok(Self::Name(given.to_owned()));
        }
        Err(Error::SourceUnknown {
            given: given.to_owned(),
        })
    }
}

impl fmt::Display for ModelSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => formatter.write_str(BUILT_IN),
            Self::Folder(path) => write!(formatter, "{}", path.display()),
            Self::Name(name) => formatter.write_str(name),
        }
    }
}

/// Tells whether `given` has the form `owner/name` in the characters the hub allows.
pub(crate) fn is_hub_name(given: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.len() <= NAME_PART_MAX
            && !part.starts_with(['.', '-'])
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    given
        .split_once('/')
        .is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

#[cfg(test)]
mod tests;
