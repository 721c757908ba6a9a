//! The read path, in order: a request is checked, its filter becomes a bitmap of points, each leg
//! gathers candidates, candidates are resolved in one read view, fused, and fetched.

mod candidates;
pub(crate) mod check;
pub(crate) mod cursor;
pub(crate) mod date_time;
mod export;
pub(crate) mod facet;
pub(crate) mod fetch;
pub(crate) mod filter;
pub(crate) mod fuse;
pub(crate) mod geo;
pub(crate) mod order;
pub(crate) mod request;
pub(crate) mod resolve;
pub(crate) mod scroll;
pub(crate) mod search;
pub(crate) mod select;

#[cfg(test)]
mod tests;
