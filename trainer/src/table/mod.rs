//! The static student: a vector per token, and a text is the mean of its tokens' vectors.
//!
//! Forward, backward and Adam are written by hand: a step touches only the rows of the batch's
//! tokens, which automatic differentiation over a whole table would not know.

pub mod adam;
pub mod bag;
pub mod flatten;
pub mod start;
pub mod untrained;
pub mod weigh;

#[cfg(test)]
mod tests;
