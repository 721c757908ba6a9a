//! Trains a transformer: the embedder's own model code, with gradients.
//!
//! It starts from any folder the embedder opens, or from a static table, to which it is then equal.

pub mod adamw;
pub mod adapters;
pub mod batch;
pub mod checkpoint;
pub mod draw;
pub mod examples;
pub mod losses;
pub mod start;
pub mod train;
pub mod weights;
