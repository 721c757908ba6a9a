//! Trains a transformer: the embedder's own model code, with gradients.

pub mod losses;
