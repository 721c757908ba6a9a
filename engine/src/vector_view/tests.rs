mod crash;
mod filter;
mod model;
mod recall;
mod rewrite;
pub(super) mod support;
mod together;
