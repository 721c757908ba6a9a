//! The service over HTTP on loopback, with the tiny model, so that nothing is downloaded.
#![cfg(test)]

mod bad_input;
mod command_line;
mod embeddings;
mod encryption;
mod export;
mod import;
mod keys;
mod limits;
mod mcp;
mod points;
mod poison;
mod qdrant;
mod stopping;
mod support;
mod surface;
