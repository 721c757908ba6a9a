//! Makes embedding models: the trainer of Kukla.
//!
//! It is a recipe runner: one TOML file says what a run depends on, a run can be stopped and taken
//! up again, and what comes out is a folder the embedder opens.
//! It is not a second model implementation: models run through [`embedder`].
//!
//! Read the modules in this order.

pub mod error;
pub mod files;
pub mod matrix;
pub mod seed;

pub mod data;
pub mod teacher;
pub mod vocabulary;

pub mod axes;
pub mod evaluate;
pub mod loss;
pub mod mine;
pub mod table;

pub mod distill;
pub mod export;
pub mod finetune;
pub mod prune;
pub mod recipe;
pub mod report;
pub mod stages;
pub mod transformer;

mod eigen;
mod embed;
#[cfg(test)]
mod fixture;

pub use error::{Error, ErrorKind, Result};
