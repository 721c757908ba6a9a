//! One handler a function: take the request apart, call one function, answer. No logic.

pub(crate) mod aliases;
pub(crate) mod collections;
pub(crate) mod embeddings;
pub(crate) mod health;
pub(crate) mod mcp;
pub(crate) mod points;
pub(crate) mod qdrant;
pub(crate) mod search;
