//! JSON as it goes over the wire, and its conversion by hand to and from engine types.

pub(crate) mod alias;
pub(crate) mod change;
pub(crate) mod collection;
pub(crate) mod embeddings;
pub(crate) mod export;
pub(crate) mod facet;
pub(crate) mod filter;
pub(crate) mod id;
pub(crate) mod import;
pub(crate) mod payload;
pub(crate) mod point;
pub(crate) mod problem;
pub(crate) mod qdrant;
pub(crate) mod search;
