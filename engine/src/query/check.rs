//! Refuses searches that cannot be answered, before any work.

use crate::error::{Error, Result};
use crate::schema::{CollectionSchema, check_recall};
use crate::write::check::check_vector;

use super::filter::FILTER_KEY_BYTES_MAX;
use super::request::{Fusion, LIMIT_MAX, QUERY_BYTES_MAX, SearchMode, SearchRequest};

/// Checks a search and answers it with its vector normalised where the distance asks for it.
pub(crate) fn check(request: &SearchRequest, schema: &CollectionSchema) -> Result<SearchRequest> {
    let mut request = request.clone();
    check_limit(request.limit)?;
    if let Some(recall) = request.recall {
        check_recall(recall)?;
    }
    if let Some(filter) = &request.filter {
        filter.check("filter")?;
    }
    check_fusion(request.fusion)?;
    let (needs_vector, needs_text) = legs(request.mode);
    if needs_vector && request.vector.is_none() {
        return Err(missing("vector", request.mode));
    }
    if needs_text && request.text.is_none() {
        return Err(missing("query", request.mode));
    }
    if let Some(vector) = &mut request.vector {
        check_vector(vector, "vector", schema)?;
    }
    match &request.text {
        Some(text) if text.trim().is_empty() => Err(Error::invalid(
            "query",
            "text_empty",
            "an empty query, expected some words",
        )),
        Some(text) if text.len() > QUERY_BYTES_MAX => {
            let problem = format!(
                "{} bytes, at most {QUERY_BYTES_MAX} are allowed",
                text.len()
            );
            Err(Error::invalid("query", "text_too_long", problem))
        }
        _ => Ok(request),
    }
}

/// Whether a mode uses the vector leg and the text leg.
pub(crate) fn legs(mode: SearchMode) -> (bool, bool) {
    match mode {
        SearchMode::Vector => (true, false),
        SearchMode::Text => (false, true),
        SearchMode::Hybrid => (true, true),
    }
}

/// Refuses a payload path that is empty or over-long.
pub(crate) fn check_key(key: &str, field: &str) -> Result<()> {
    let bytes = key.len();
    if (1..=FILTER_KEY_BYTES_MAX).contains(&bytes) {
        return Ok(());
    }
    let problem = format!("a key of {bytes} bytes, expected 1 to {FILTER_KEY_BYTES_MAX}");
    Err(Error::invalid(field, "key_invalid", problem))
}

/// Refuses a limit outside 1 to [`LIMIT_MAX`].
pub(crate) fn check_limit(limit: usize) -> Result<()> {
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(());
    }
    let problem = format!("{limit}, expected 1 to {LIMIT_MAX}");
    Err(Error::invalid("limit", "limit_out_of_range", problem))
}

fn check_fusion(fusion: Fusion) -> Result<()> {
    let (rank_constant, vector_weight, text_weight) = match fusion {
        Fusion::Scores {
            vector_weight,
            text_weight,
        } => (0.0, vector_weight, text_weight),
        Fusion::ReciprocalRank {
            rank_constant,
            vector_weight,
            text_weight,
        } => (rank_constant, vector_weight, text_weight),
    };
    let is_weight = |weight: f32| weight.is_finite() && weight >= 0.0;
    if rank_constant.is_finite()
        && rank_constant >= 0.0
        && is_weight(vector_weight)
        && is_weight(text_weight)
        && vector_weight + text_weight > 0.0
    {
        return Ok(());
    }
    let problem = "expected a rank constant and weights of at least 0, not both weights 0";
    Err(Error::invalid("fusion", "fusion_invalid", problem))
}

fn missing(field: &str, mode: SearchMode) -> Error {
    let problem = format!("mode {mode:?} needs `{field}`").to_lowercase();
    Error::invalid(field, "query_missing", problem)
}
