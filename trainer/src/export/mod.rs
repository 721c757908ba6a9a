//! A folder the embedder opens, from what training left.

pub mod card;
pub mod folder;
pub mod lift;
pub mod quantize;
pub mod trained;

#[cfg(test)]
mod tests;
