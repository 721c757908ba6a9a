use engine::{ChunkingSchema, CollectionSchema, Distance, ModelSchema};
use serde_json::{Value, json};

use super::choose_mode;
use crate::wire::search::{Mode, Search};

fn choose(has_model: bool, json: Value) -> Result<Mode, (&'static str, String)> {
    let model = has_model.then(|| ModelSchema {
        name: "m".to_owned(),
        fingerprint: "f".to_owned(),
        chunking: ChunkingSchema {
            tokens: 64,
            overlap: 8,
        },
    });
    let schema = CollectionSchema {
        model,
        dimensions: 2,
        distance: Distance::Cosine,
        recall: 0.95,
    };
    let body: Search = serde_json::from_value(json).expect("a search");
    choose_mode(&body, &schema).map_err(|error| (error.code, error.field.unwrap_or_default()))
}

#[test]
fn the_richest_mode_is_chosen() {
    let cases = [
        (true, json!({"query": "a"}), Mode::Hybrid),
        (false, json!({"query": "a"}), Mode::Text),
        (false, json!({"query": "a", "vector": [1, 2]}), Mode::Hybrid),
        (true, json!({"vector": [1, 2]}), Mode::Vector),
        (true, json!({"query": "a", "mode": "vector"}), Mode::Vector),
        (true, json!({"query": "a", "mode": "text"}), Mode::Text),
    ];
    for (has_model, json, mode) in cases {
        let text = json.to_string();
        assert_eq!(choose(has_model, json), Ok(mode), "{text}");
    }
}

#[test]
fn a_mode_without_its_input_is_refused() {
    let cases = [
        (true, json!({}), "query_missing", "query"),
        (
            true,
            json!({"vector": [1, 2], "mode": "text"}),
            "query_missing",
            "query",
        ),
        (
            true,
            json!({"vector": [1, 2], "mode": "hybrid"}),
            "query_missing",
            "query",
        ),
        (
            false,
            json!({"query": "a", "mode": "vector"}),
            "query_missing",
            "vector",
        ),
        (
            false,
            json!({"query": "a", "mode": "hybrid"}),
            "query_missing",
            "vector",
        ),
        (
            true,
            json!({"query": "a", "vector": [1, 2], "mode": "text"}),
            "vector_unused",
            "vector",
        ),
    ];
    for (has_model, json, code, field) in cases {
        let text = json.to_string();
        assert_eq!(
            choose(has_model, json),
            Err((code, field.to_owned())),
            "{text}"
        );
    }
}
