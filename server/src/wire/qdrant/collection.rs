//! Collections in Qdrant's shape.

use engine::{CollectionSchema, CollectionStatistics, Distance};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{refuse, unsupported};
use crate::problem::{ApiError, Result};
use crate::wire::collection::{CreateCollection, DistanceName};

/// A collection to create. What only tunes Qdrant's own storage is taken and not used.
#[derive(Debug, Deserialize)]
pub(crate) struct Create {
    vectors: Option<Value>,
    sparse_vectors: Option<Value>,
    init_from: Option<Value>,
}

impl Create {
    /// As ours: with `vectors` callers bring vectors, without them texts are embedded here.
    pub(crate) fn check(self) -> Result<CreateCollection> {
        refuse("init_from", self.init_from.as_ref())?;
        if let Some(Value::Object(entries)) = &self.sparse_vectors
            && !entries.is_empty()
        {
            return Err(unsupported(
                "sparse_vectors",
                "are not supported here: every text is searched by words without any; leave them \
                 out",
            ));
        }
        match self.vectors {
            None | Some(Value::Null) => Ok(CreateCollection::default()),
            Some(Value::Object(entries)) if entries.is_empty() => Ok(CreateCollection::default()),
            Some(vectors) => vector_parameters(vectors),
        }
    }
}

/// `{"size", "distance"}`, or the same under the empty name.
fn vector_parameters(vectors: Value) -> Result<CreateCollection> {
    let Value::Object(mut vectors) = vectors else {
        return Err(wrong("vectors", "is not an object"));
    };
    if !vectors.contains_key("size") {
        let one = vectors.remove("").filter(|_| vectors.is_empty());
        vectors = match one {
            Some(Value::Object(entries)) => entries,
            _ => {
                return Err(unsupported(
                    "vectors",
                    "are named, and a collection here has one vector without a name; give `size` \
                     and `distance` alone",
                ));
            }
        };
    }
    refuse(
        "vectors.multivector_config",
        vectors.get("multivector_config"),
    )?;
    let size = vectors.get("size").and_then(Value::as_u64);
    let size = size.and_then(|size| u32::try_from(size).ok());
    let distance = match vectors.get("distance").and_then(Value::as_str) {
        Some("Cosine") => DistanceName::Cosine,
        Some("Dot") => DistanceName::Dot,
        Some("Euclid") => DistanceName::Euclid,
        _ => {
            return Err(wrong(
                "vectors.distance",
                "is not one of Cosine, Dot and Euclid",
            ));
        }
    };
    Ok(CreateCollection {
        model: Some(None),
        dimensions: Some(size.ok_or_else(|| wrong("vectors.size", "is not a number"))?),
        distance: Some(distance),
        ..CreateCollection::default()
    })
}

fn wrong(field: &str, problem: &str) -> ApiError {
    ApiError::invalid(field, "invalid_value", format!("`{field}` {problem}"))
}

/// A distance by Qdrant's name.
fn distance_name(distance: Distance) -> &'static str {
    match distance {
        Distance::Cosine => "Cosine",
        Distance::Dot => "Dot",
        Distance::Euclid => "Euclid",
    }
}

/// Describes a collection. The parts about Qdrant's own index are there because its clients
/// require them; graphs here are planned by measured recall and have no such settings.
pub(crate) fn describe(schema: &CollectionSchema, statistics: &CollectionStatistics) -> Value {
    let status = if statistics.poisoned.is_some() {
        "red"
    } else {
        "green"
    };
    let optimizer = statistics
        .poisoned
        .as_ref()
        .map_or(json!("ok"), |reason| json!({"error": reason}));
    json!({
        "status": status,
        "optimizer_status": optimizer,
        "points_count": statistics.points,
        "indexed_vectors_count": statistics.rows - statistics.active_rows.min(statistics.rows),
        "segments_count": statistics.segments.len() + 1,
        "config": {
            "params": {
                "vectors": {
                    "size": schema.dimensions,
                    "distance": distance_name(schema.distance),
                },
                "shard_number": 1,
                "replication_factor": 1,
                "write_consistency_factor": 1,
                "on_disk_payload": true,
            },
            "hnsw_config": {"m": 0, "ef_construct": 0, "full_scan_threshold": 0},
            "optimizer_config": {"default_segment_number": 0, "flush_interval_sec": 0},
        },
        "payload_schema": {},
    })
}
