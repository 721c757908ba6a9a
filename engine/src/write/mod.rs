//! Writes: check, resolve, commit, apply.
pub(crate) mod request;
