//! What goes over the wire.

mod alias;
mod browse;
mod collection;
mod embedding;
mod id;
mod point;
mod search;

pub use alias::{Alias, AliasAction};
pub use browse::{Direction, Facet, FacetValue, OrderBy, Scroll, Scrolled};
pub use collection::{
    ChangeCollection, Chunking, Collection, CollectionModel, CreateCollection, Created, Distance,
    IndexState, MeasuredRecall, Segment,
};
pub use embedding::{EmbedOptions, Embedding, Embeddings, InputType, Model};
pub use id::Id;
pub use point::{
    ChangePayloads, Chosen, Deleted, GotPoints, Include, Payload, PayloadChange, Point, PointChunk,
    TextFormat, UpsertPoint, Upserted, Wait, Written,
};
pub use search::{
    ExplainedSegment, Explanation, Fusion, FusionMethod, Hit, HitChunk, HitRanks, NeighbourChunk,
    Neighbours, Search, SearchAnswer, SearchMode, Standing, Weights,
};
