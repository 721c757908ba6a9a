//! Every error code the service answers with: the table that the contract lists.

use axum::http::StatusCode;

/// One stable error code.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_field_names,
    reason = "`code` is the word in the contract"
)]
pub(crate) struct Code {
    /// The word clients match on. It never changes its meaning.
    pub(crate) code: &'static str,
    /// The HTTP status it comes with.
    pub(crate) status: u16,
    /// What it means, the same for every occurrence (RFC 9457, section 3.1.4).
    pub(crate) title: &'static str,
}

const fn code(code: &'static str, status: u16, title: &'static str) -> Code {
    Code {
        code,
        status,
        title,
    }
}

/// All codes: the request as such first, then who asks, then what it asks for, then the server's own state.
pub(crate) const TABLE: &[Code] = &[
    // The request as such.
    code("invalid_json", 400, "The body is not JSON"),
    code("invalid_utf8", 400, "The body is not UTF-8"),
    code("invalid_value", 400, "A value has the wrong type or shape"),
    code("missing_field", 400, "A required field is missing"),
    code("two_conditions", 400, "A point has two conditions"),
    code("unknown_field", 400, "A field is not known"),
    code("invalid_path", 400, "A part of the path cannot be read"),
    code("invalid_query", 400, "A query parameter cannot be read"),
    code("body_incomplete", 400, "The body ended early"),
    code("route_not_found", 404, "No such path"),
    code(
        "method_not_allowed",
        405,
        "The path does not take this method",
    ),
    code("body_too_large", 413, "The body is over the limit"),
    code(
        "unsupported_media_type",
        415,
        "The content type is not taken here",
    ),
    // Who asks.
    code("key_missing", 401, "A key is needed"),
    code("key_unknown", 401, "The key is not known"),
    code("role_insufficient", 403, "The key does not allow this"),
    code(
        "collection_forbidden",
        403,
        "The key is not for this collection",
    ),
    // What it asks for: found by the server.
    code("analyzer_unknown", 400, "The analyzer is not known"),
    code(
        "chunking_out_of_range",
        400,
        "The chunking cannot be used with the model",
    ),
    code("chunking_without_model", 400, "Chunking needs a model"),
    code(
        "dimensions_not_offered",
        400,
        "The model has no prefix of this length",
    ),
    code(
        "dimensions_required",
        400,
        "A collection without a model needs dimensions",
    ),
    code("filter_geo_invalid", 400, "A filter's area cannot be"),
    code("filter_invalid", 400, "The filter is malformed"),
    code("filter_key_invalid", 400, "A filter's path is not allowed"),
    code("filter_too_deep", 400, "The filter nests too deep"),
    code(
        "filter_too_large",
        400,
        "The filter has too many conditions or values",
    ),
    code(
        "filter_value_invalid",
        400,
        "A filter's value cannot be compared",
    ),
    code("query_missing", 400, "The search mode lacks its input"),
    code(
        "fingerprint_mismatch",
        400,
        "The vector is from another model",
    ),
    code(
        "fingerprint_required",
        400,
        "A ready vector must name its model",
    ),
    code("fingerprint_unused", 400, "The collection has no model"),
    code("format_without_text", 400, "A format needs a text"),
    code("fusion_invalid", 400, "The fusion is malformed"),
    code(
        "ids_or_filter",
        400,
        "Exactly one of ids and filter is needed",
    ),
    code(
        "one_change",
        400,
        "Exactly one change of payloads is needed",
    ),
    code("include_invalid", 400, "A part to include is not known"),
    code(
        "not_supported",
        400,
        "A facade does not have this part of the other's interface",
    ),
    code("line_too_long", 400, "A line is over the limit"),
    code("text_empty", 400, "The text is empty"),
    code("text_required", 400, "A point needs a text or a vector"),
    code("text_too_long", 400, "The text is over the limit"),
    code("token_ids", 400, "Token ids are not taken"),
    code("vector_required", 400, "The collection takes vectors"),
    code(
        "vector_unused",
        400,
        "The search mode does not use a vector",
    ),
    code(
        "vector_or_chunks",
        400,
        "A point has both a vector and chunks",
    ),
    code("model_mismatch", 409, "The collection is of another model"),
    code("model_not_loaded", 400, "The model is not loaded"),
    // What it asks for: found by the engine.
    code(
        "chunk_out_of_range",
        400,
        "A chunk does not lie in its text",
    ),
    code(
        "collection_name_invalid",
        400,
        "The collection name is not allowed",
    ),
    code("cursor_invalid", 400, "The cursor is not one of ours"),
    code("dimension_mismatch", 400, "The vector has the wrong length"),
    code(
        "dimensions_out_of_range",
        400,
        "The dimensions are out of range",
    ),
    code(
        "duplicate_id",
        400,
        "Two points of one request have the same id",
    ),
    code("empty", 400, "A list is empty"),
    code(
        "facet_too_many_values",
        400,
        "The path has too many different values",
    ),
    code("id_empty", 400, "The id is empty"),
    code("id_too_long", 400, "The id is over the limit"),
    code(
        "ids_used_up",
        400,
        "The collection can take no more new ids",
    ),
    code(
        "setting_fixed",
        400,
        "A setting was fixed when the collection was created",
    ),
    code("key_invalid", 400, "A payload path is not allowed"),
    code("limit_out_of_range", 400, "The limit is out of range"),
    code("payload_too_deep", 400, "The payload nests too deep"),
    code("payload_too_large", 400, "The payload is over the limit"),
    code("recall_out_of_range", 400, "The recall is out of range"),
    code("request_too_large", 400, "The request has too many bytes"),
    code("too_many", 400, "A list is over the limit"),
    code("vector_missing", 400, "A point has no vector"),
    code(
        "vector_not_finite",
        400,
        "A vector has a number that is not finite",
    ),
    code(
        "vector_too_large",
        400,
        "A vector is too long to be squared",
    ),
    code("zero_vector", 400, "A vector has no direction"),
    code("alias_not_found", 404, "No alias has this name"),
    code("collection_not_found", 404, "No collection has this name"),
    code("point_not_found", 404, "No point has this id"),
    code("collection_in_use", 409, "Aliases name the collection"),
    code("name_taken", 409, "A collection has this name"),
    code(
        "schema_conflict",
        409,
        "The collection exists with another schema",
    ),
    code("sequence_conflict", 409, "The point has moved on"),
    code("point_absent", 409, "The point to be replaced is not there"),
    // The server's own state.
    code("rate_limited", 429, "The key has used up its requests"),
    code("overloaded", 429, "Too much work is waiting"),
    code("corrupt", 500, "Bytes on disk are not what was written"),
    code("internal", 500, "A fault in the server"),
    code("collection_poisoned", 503, "The collection takes no writes"),
    code("data_folder", 503, "The data folder cannot be used"),
    code("io", 503, "The operating system refused a file operation"),
    code("model_unavailable", 503, "The model does not answer"),
    code("not_ready", 503, "The server is not ready"),
    code("request_timeout", 503, "The request took too long"),
    code("shutting_down", 503, "The server is shutting down"),
    code("timeout", 503, "A wait took too long"),
];

/// Finds a code's row.
pub(crate) fn find(code: &str) -> Option<&'static Code> {
    TABLE.iter().find(|row| row.code == code)
}

impl Code {
    /// The row's status as a type.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

#[cfg(test)]
mod tests;
