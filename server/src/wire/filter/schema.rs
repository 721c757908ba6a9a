//! A filter's form for the contract. Written as data because the reader is written by hand.

use std::borrow::Cow;

use serde_json::{Value as Json, json};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::FilterBody;

impl PartialSchema for FilterBody {
    fn schema() -> RefOr<Schema> {
        let clauses = json!({"type": "array", "items": {"anyOf": [
            {"$ref": "#/components/schemas/FilterCondition"},
            {"$ref": "#/components/schemas/HasId"},
            {"$ref": "#/components/schemas/NestedFilter"},
            {"$ref": "#/components/schemas/Filter"},
        ]}});
        let schema = json!({
            "type": "object",
            "description": "A group of conditions on payloads; empty lists do not constrain.",
            "properties": {"must": clauses, "should": clauses, "must_not": clauses},
            "additionalProperties": false,
        });
        parse_schema(schema)
    }
}

impl ToSchema for FilterBody {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Filter")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("FilterCondition".to_owned(), condition_schema()));
        schemas.push(("HasId".to_owned(), has_id_schema()));
        schemas.push(("NestedFilter".to_owned(), nested_schema()));
    }
}

fn has_id_schema() -> RefOr<Schema> {
    parse_schema(json!({
        "type": "object",
        "description": "The point has one of these ids.",
        "required": ["has_id"],
        "properties": {
            "has_id": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Id"},
                "maxItems": 10_000,
            },
        },
        "additionalProperties": false,
    }))
}

fn nested_schema() -> RefOr<Schema> {
    let nested = json!({
        "type": "object",
        "required": ["key", "filter"],
        "properties": {
            "key": {"type": "string", "minLength": 1},
            "filter": {"$ref": "#/components/schemas/Filter"},
        },
        "additionalProperties": false,
    });
    parse_schema(json!({
        "type": "object",
        "description": "One object at the path `key`, of a list one element, passes the whole filter by itself. Paths in the filter begin at the object, and `has_id` has no place in it.",
        "required": ["nested"],
        "properties": {"nested": nested},
        "additionalProperties": false,
    }))
}

fn condition_schema() -> RefOr<Schema> {
    let scalar = json!({"type": ["string", "number", "boolean"]});
    let bound = json!({"type": ["number", "string"]});
    let place = json!({
        "type": "object",
        "required": ["lat", "lon"],
        "properties": {
            "lat": {"type": "number", "minimum": -90, "maximum": 90},
            "lon": {"type": "number", "minimum": -180, "maximum": 180},
        },
        "additionalProperties": false,
    });
    parse_schema(json!({
        "type": "object",
        "description": "A condition on the payload value at a dotted path: exactly one of `match`, `range`, `geo_radius`, `geo_box`, `exists`, `is_null` and `is_empty`. For a list, one element that fits is enough. Bounds of a range are numbers, or RFC 3339 strings, which are compared as instants. A place is an object with `lat` and `lon`; a box whose left edge is east of its right one crosses the 180th meridian.",
        "required": ["key"],
        "minProperties": 2,
        "maxProperties": 2,
        "properties": {
            "key": {"type": "string", "minLength": 1},
            "match": {
                "type": "object",
                "properties": {
                    "value": scalar,
                    "any": {"type": "array", "items": scalar},
                    "other_than": {"type": "array", "items": scalar},
                    "prefix": {"type": "string", "minLength": 1},
                },
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": false,
            },
            "range": {
                "type": "object",
                "properties": {"gt": bound, "gte": bound, "lt": bound, "lte": bound},
                "minProperties": 1,
                "additionalProperties": false,
            },
            "geo_radius": {
                "type": "object",
                "required": ["center", "radius_m"],
                "properties": {"center": place, "radius_m": {"type": "number", "minimum": 0}},
                "additionalProperties": false,
            },
            "geo_box": {
                "type": "object",
                "required": ["top_left", "bottom_right"],
                "properties": {"top_left": place, "bottom_right": place},
                "additionalProperties": false,
            },
            "exists": {"type": "boolean"},
            "is_null": {"type": "boolean"},
            "is_empty": {"type": "boolean"},
        },
        "additionalProperties": false,
    }))
}

fn parse_schema(schema: Json) -> RefOr<Schema> {
    serde_json::from_value(schema)
        .map_or_else(|_| RefOr::Ref(Ref::from_schema_name("Filter")), RefOr::T)
}
