//! The losses of the static stage, each with its gradient written out.
//!
//! All of them look at unit prefixes: the first `d` values of a vector, normalised again.

pub mod contrastive;
pub mod copy;
pub mod prefix;
pub mod similarity;

#[cfg(test)]
mod tests;
