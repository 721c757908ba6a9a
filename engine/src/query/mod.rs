//! Reads: plan, gather, fuse, fetch.
pub(crate) mod filter;
pub(crate) mod request;
