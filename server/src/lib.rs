//! Kukla's server and command line: the only crate that knows HTTP, JSON and configuration.
//!
//! It is: routes, wire types, limits, settings, and the two files where the storage engine and
//! the embedding model meet, `ingest.rs` and `retrieve.rs`.
//! It is not: storage, search or embedding; those are the crates `engine` and `embedder`.
//!
//! A request comes in at `router.rs`, is taken apart in `routes/`, becomes a checked request,
//! gets its vectors in `ingest.rs` or `retrieve.rs`, and enters the engine through a bounded
//! pool of threads.

mod access;
mod aliases;
mod app;
mod args;
mod catalog;
mod chunks;
mod codes;
mod commands;
mod config;
mod door;
mod export;
mod extract;
mod facade;
mod facades;
mod health;
mod html;
mod import;
mod ingest;
mod keys;
mod limits;
mod listener;
mod mcp;
mod metrics;
mod model;
mod openapi;
mod points;
mod pool;
mod problem;
mod qdrant;
mod rate;
mod retrieve;
mod router;
mod routes;
mod serve;
mod settings;
mod shape;
mod shutdown;
mod state;
mod telemetry;
mod tls;
mod wire;

pub use app::{Server, ServerError};
pub use args::Args;
pub use commands::run;
pub use config::{Config, LimitsConfig, LogFormat, McpConfig, ModelConfig, QdrantConfig};
pub use keys::{KeyLine, KeysConfig, Role};
pub use openapi::text as openapi_text;
pub use settings::{PREFIX, SettingsError, Sources, environment, resolve};
pub use tls::TlsConfig;
