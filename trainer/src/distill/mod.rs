//! The static stage: a token table learns from the teacher's vectors and from pairs of texts.

pub mod batch;
pub mod checkpoint;
pub mod held_out;
pub mod objective;
pub mod run;
pub mod targets;

#[cfg(test)]
mod tests;
