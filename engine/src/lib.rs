//! The storage and search engine of Kukla.
//!
//! It is: one RocksDB as the only truth, a vector view (segments of HNSW graphs on matryoshka
//! prefixes) and a document view (BM25 and filters) that are derived from it and can be deleted,
//! and the write and read paths between.
//!
//! It is not: a server, an embedder, or asynchronous. It knows vectors and text, and never how
//! one becomes the other. Calls block; many threads may call at once.
//!
//! ```
//! use std::sync::Arc;
//! use engine::{
//!     Chunk, CollectionName, CollectionSchema, Condition, Created, Distance, Engine,
//!     EngineOptions, Fusion, Include, Payload, PointId, SearchMode, SearchRequest, Span,
//!     SystemClock, UpsertPoint, Wait, WriteRequest,
//! };
//!
//! # fn main() -> engine::Result<()> {
//! # let folder = tempfile::tempdir().expect("a temporary folder");
//! let engine = Engine::open(folder.path(), EngineOptions::default(), Arc::new(SystemClock))?;
//! let schema = CollectionSchema {
//!     model: None,
//!     dimensions: 2,
//!     distance: Distance::Cosine,
//!     recall: engine::RECALL_DEFAULT,
//! };
//! let (Created::New(notes) | Created::Existing(notes)) =
//!     engine.create_collection(&CollectionName::new("notes")?, &schema)?;
//! let point = UpsertPoint {
//!     id: PointId::Integer(7),
//!     text: Some("a nesting doll".into()),
//!     chunks: vec![Chunk { span: Span { start: 0, end: 14 }, vector: vec![0.6, 0.8] }],
//!     payload: Payload::new(),
//!     expires_at_ms: None,
//!     condition: Condition::Always,
//! };
//! notes.write(WriteRequest::Upsert(vec![point]), Wait::Durable)?;
//! let request = SearchRequest {
//!     mode: SearchMode::Vector,
//!     text: None,
//!     vector: Some(vec![1.0, 1.0]),
//!     limit: 1,
//!     recall: None,
//!     filter: None,
//!     fusion: Fusion::default(),
//!     include: Include { text: true, payload: false, vectors: false },
//!     explain: false,
//! };
//! let hits = notes.search(&request)?.hits;
//! assert_eq!(hits[0].id, PointId::String("7".into()));
//! # engine.close()
//! # }
//! ```

mod aliases;
mod background;
mod catalog;
mod clock;
mod collection;
mod dirty;
mod distance;
mod document_view;
mod engine;
mod error;
mod files;
mod folder;
mod options;
mod point;
mod query;
mod recovery;
mod schema;
mod statistics;
mod store;
mod value;
mod vector_view;
mod write;

pub use aliases::{ALIASES_MAX, AliasAction};
pub use clock::{Clock, ManualClock, SystemClock};
pub use collection::Collection;
pub use engine::{COLLECTIONS_MAX, Created, Engine};
pub use error::{Error, ErrorKind, Result};
pub use options::EngineOptions;
pub use point::{Chunk, ID_BYTES_MAX, Point, PointId, Span};
pub use query::date_time::DateTime;
pub use query::facet::{FACET_VALUES_MAX, FacetRequest, FacetValue};
pub use query::filter::{Clause, Filter, FilterCondition, FilterTest, Nested, Range};
pub use query::geo::{GeoArea, GeoPoint};
pub use query::order::OrderBy;
pub use query::request::{
    Fusion, Hit, HitChunk, HitExplanation, Include, LIMIT_MAX, QUERY_BYTES_MAX, ScrollAnswer,
    ScrollRequest, SearchAnswer, SearchExplanation, SearchMode, SearchRequest, SegmentExplanation,
    Standing,
};
pub use query::scroll::GET_IDS_MAX;
pub use query::search::FUSION_DEPTH;
pub use schema::{
    ChunkingSchema, CollectionChange, CollectionName, CollectionSchema, DIMENSIONS_MAX, Distance,
    ModelSchema, NAME_BYTES_MAX, RECALL_DEFAULT,
};
pub use statistics::{CollectionStatistics, MemoryStatistics, RungStatistics, SegmentStatistics};
pub use value::{PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX, Payload, Value};
pub use write::check::{CHUNKS_MAX, TEXT_BYTES_MAX};
pub use write::commit::DELETE_POINTS_MAX;
pub use write::request::{Condition, PayloadChange, UpsertPoint, Wait, WriteRequest, Written};
