//! The static stage: a token table learns from the teacher's vectors and from pairs of texts.
//! Then, where a recipe asks for it, a transformer that starts as that table.

pub mod batch;
pub mod checkpoint;
pub mod held_out;
pub mod objective;
pub mod run;
pub mod targets;
pub mod transformer;

#[cfg(test)]
mod tests;
