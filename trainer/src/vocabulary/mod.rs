//! A smaller vocabulary cut from a larger byte-level BPE one.
//!
//! What is kept is closed under merges: a token stays only together with the two tokens it is
//! merged from, so the smaller tokenizer splits and joins any text without loss. Languages whose
//! words the original cuts in pieces get merges of their own first.

pub mod count;
pub mod language_words;
pub mod learn;
pub mod merges;
pub mod prune;
pub mod script;
pub mod share;

#[cfg(test)]
mod tests;
