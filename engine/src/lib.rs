//! The storage and search engine.

mod clock;
mod collection;
mod engine;
mod error;
mod options;
mod point;
mod query;
mod schema;
mod statistics;
mod value;
mod write;

pub use clock::{Clock, ManualClock, SystemClock};
pub use collection::Collection;
pub use engine::{Created, Engine};
pub use error::{Error, ErrorKind, Result};
pub use options::EngineOptions;
pub use point::{Chunk, ID_BYTES_MAX, Point, PointId, Span};
pub use query::filter::{Clause, Filter, FilterCondition, FilterTest, Range};
pub use query::request::{
    Fusion, Hit, HitChunk, HitExplanation, Include, LIMIT_MAX, QUERY_BYTES_MAX, ScrollAnswer,
    ScrollRequest, SearchAnswer, SearchExplanation, SearchMode, SearchRequest, SegmentExplanation,
};
pub use schema::{
    ChunkingSchema, CollectionName, CollectionSchema, DIMENSIONS_MAX, Distance, ModelSchema,
    NAME_BYTES_MAX, RECALL_DEFAULT,
};
pub use statistics::{CollectionStatistics, MemoryStatistics, RungStatistics, SegmentStatistics};
pub use value::{PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX, Payload, Value};
pub use write::request::{Condition, PayloadChange, UpsertPoint, Wait, WriteRequest, Written};
