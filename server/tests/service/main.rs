//! The service over HTTP on loopback, with the tiny model, so that nothing is downloaded.
#![cfg(test)]

mod bad_input;
mod embeddings;
mod export;
mod import;
mod limits;
mod points;
mod stopping;
mod support;
mod surface;
