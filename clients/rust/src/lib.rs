//! A client of Kukla's REST interface, for asynchronous Rust.
//!
//! It is: typed requests and answers, errors sorted by what to do about them, retries with
//! back-off, streamed imports.
//! It is not: bound to the server's crates; it knows the wire only.
//!
//! ```no_run
//! # async fn example() -> kukla_client::Result<()> {
//! use kukla_client::{Client, CreateCollection, Search, UpsertPoint, Wait};
//!
//! let client = Client::new("http://127.0.0.1:6363")?;
//! client.create_collection("docs", &CreateCollection::default()).await?;
//! let point = UpsertPoint::text("a", "The cat sat on the mat.");
//! client.upsert("docs", &[point], Wait::Searchable).await?;
//! let answer = client.search("docs", &Search::query("where is the cat?")).await?;
//! println!("{:?}", answer.hits[0].id);
//! # Ok(())
//! # }
//! ```

mod api_key;
mod client;
mod error;
mod import;
mod models;
mod transport;

pub use api_key::ApiKey;
pub use client::Client;
pub use error::{Error, ErrorKind, Problem, Result};
pub use import::{ImportEvent, ImportFault, ImportOptions, ImportProgress, ImportSummary, OnError};
pub use models::{
    Alias, AliasAction, ChangeCollection, ChangePayloads, Chosen, Chunking, Collection,
    CollectionModel, CreateCollection, Created, Deleted, Direction, Distance, EmbedOptions,
    Embedding, Embeddings, ExplainedSegment, Explanation, Facet, FacetValue, Fusion, FusionMethod,
    GotPoints, Hit, HitChunk, HitRanks, Id, Include, IndexState, InputType, MeasuredRecall, Model,
    NeighbourChunk, Neighbours, OrderBy, Payload, PayloadChange, Point, PointChunk, Scroll,
    Scrolled, Search, SearchAnswer, SearchMode, Segment, Standing, TextFormat, UpsertPoint,
    Upserted, Wait, Weights, Written,
};
pub use transport::ClientOptions;
