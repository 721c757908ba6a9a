//! Questions in, ranked points out: the query is embedded where the mode needs it. The other
//! place where the engine and the model meet.

use std::time::Instant;

use engine::{CollectionSchema, Include, QUERY_BYTES_MAX, SearchMode, SearchRequest};

use crate::ingest;
use crate::points::check_limit;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::filter;
use crate::wire::search::{
    Explanation, FoundPoint, HitPart, LIMIT_DEFAULT, Mode, Search, SearchAnswer,
};

/// Searches.
pub(crate) async fn search(
    state: &AppState,
    collection: &str,
    body: Search,
) -> Result<SearchAnswer> {
    let started = Instant::now();
    let collection = state.collection(collection)?;
    let mode = choose_mode(&body, &collection.schema())?;
    let parts = body
        .include
        .clone()
        .unwrap_or_else(|| vec![HitPart::Text, HitPart::Payload, HitPart::Chunk]);
    let request = check(body, mode, &parts)?;
    let request = embed_query(state, &collection.schema(), request).await?;
    let answer = state
        .reads
        .run(move || Ok(collection.search(&request)?))
        .await?;
    let hits = answer.hits.into_iter();
    Ok(SearchAnswer {
        hits: hits.map(|hit| FoundPoint::new(hit, &parts)).collect(),
        took_ms: (started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        explain: answer
            .explanation
            .map(|explanation| Explanation::new(mode, explanation)),
    })
}

/// The mode asked for, or the richest the inputs allow.
fn choose_mode(body: &Search, schema: &CollectionSchema) -> Result<Mode> {
    let has_query = body.query.is_some();
    let has_vector = body.vector.is_some();
    let can_embed = has_query && schema.model.is_some();
    let (mode, is_possible) = match body.mode {
        Some(Mode::Text) => (Mode::Text, has_query),
        Some(Mode::Vector) => (Mode::Vector, has_vector || can_embed),
        Some(Mode::Hybrid) => (Mode::Hybrid, has_query && (has_vector || can_embed)),
        None if has_query && (has_vector || can_embed) => (Mode::Hybrid, true),
        None if has_query => (Mode::Text, true),
        None => (Mode::Vector, has_vector),
    };
    if !is_possible {
        return Err(lacks_input(mode, has_query));
    }
    if mode == Mode::Text && has_vector {
        return Err(ApiError::invalid(
            "vector",
            "vector_unused",
            "`mode` is text, which uses no `vector`; leave one of them out",
        ));
    }
    Ok(mode)
}

fn lacks_input(mode: Mode, has_query: bool) -> ApiError {
    let (field, detail) = match (mode, has_query) {
        (Mode::Text, _) => ("query", "`mode` is text, which needs a `query`"),
        (Mode::Vector, true) => (
            "vector",
            "the collection has no model to embed `query` with; send a `vector`",
        ),
        (Mode::Vector, false) => ("query", "expected a `query`, a `vector`, or both"),
        (Mode::Hybrid, true) => (
            "vector",
            "`mode` is hybrid, and the collection has no model to embed `query` with; send a \
             `vector` too",
        ),
        (Mode::Hybrid, false) => ("query", "`mode` is hybrid, which needs a `query`"),
    };
    ApiError::invalid(field, "query_missing", detail)
}

fn check(body: Search, mode: Mode, parts: &[HitPart]) -> Result<SearchRequest> {
    if let Some(query) = &body.query {
        check_query(query)?;
    }
    let fusion = body.fusion.map(super::wire::search::FusionBody::check);
    Ok(SearchRequest {
        mode: mode.into(),
        filter: filter::optional(body.filter.as_ref(), "filter")?,
        limit: check_limit(body.limit.unwrap_or(LIMIT_DEFAULT))?,
        fusion: fusion.transpose()?.unwrap_or_default(),
        text: body.query,
        vector: body.vector,
        recall: body.recall,
        include: Include {
            // Chunks are cut from the text.
            text: [HitPart::Text, HitPart::Chunk, HitPart::Neighbours]
                .iter()
                .any(|part| parts.contains(part)),
            payload: parts.contains(&HitPart::Payload),
            vectors: false,
        },
        explain: body.explain,
    })
}

fn check_query(query: &str) -> Result<()> {
    if query.trim().is_empty() {
        return Err(ApiError::invalid(
            "query",
            "text_empty",
            "`query` is empty, expected some words",
        ));
    }
    if query.len() > QUERY_BYTES_MAX {
        return Err(ApiError::invalid(
            "query",
            "text_too_long",
            format!(
                "`query` has {} bytes, at most {QUERY_BYTES_MAX} are taken",
                query.len()
            ),
        ));
    }
    Ok(())
}

/// Adds the query's vector where the mode needs one and none was sent.
async fn embed_query(
    state: &AppState,
    schema: &CollectionSchema,
    mut request: SearchRequest,
) -> Result<SearchRequest> {
    if request.mode == SearchMode::Text || request.vector.is_some() {
        return Ok(request);
    }
    ingest::check_model(state, schema).map_err(|error| error.at("query"))?;
    if let Some(query) = request.text.clone() {
        let embedded = state
            .model
            .embed_query(query, schema.dimensions as usize)
            .await
            .map_err(|error| error.at("query"))?;
        request.vector = Some(embedded);
    }
    Ok(request)
}

#[cfg(test)]
mod tests;
