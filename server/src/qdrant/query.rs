//! Queries: one ranking, or several fused.

use std::collections::HashMap;

use engine::{CollectionSchema, Distance, LIMIT_MAX};
use serde_json::{Value, json};

use super::check_model;
use crate::problem::{ApiError, Result};
use crate::retrieve;
use crate::state::AppState;
use crate::wire::id::Id;
use crate::wire::payload::Object;
use crate::wire::point::{GetPoints, IncludePart};
use crate::wire::qdrant::filter;
use crate::wire::qdrant::point::{PayloadParts, read_with_vector, vectors};
use crate::wire::qdrant::query::{BATCH_MAX, Prefetch, Queries, Query, Ranking, ReciprocalRank};
use crate::wire::search::{HitPart, LIMIT_DEFAULT, Mode, Search};
use crate::{ingest, points};

/// A ranked point on its way out.
struct Scored {
    id: Id,
    score: f32,
    payload: Option<Object>,
}

/// One ranking to make.
struct Leg {
    ranking: Ranking,
    filter: Option<Value>,
    is_exact: bool,
    threshold: Option<f32>,
    limit: usize,
}

/// Answers several queries, one after another.
pub(crate) async fn batch(state: &AppState, collection: &str, body: Queries) -> Result<Vec<Value>> {
    if body.searches.len() > BATCH_MAX {
        return Err(ApiError::invalid(
            "searches",
            "too_many",
            format!(
                "`searches` has {} entries, at most {BATCH_MAX} are taken",
                body.searches.len()
            ),
        ));
    }
    let mut answers = Vec::with_capacity(body.searches.len());
    for query in body.searches {
        answers.push(run(state, collection, query).await?);
    }
    Ok(answers)
}

/// Answers one query.
pub(crate) async fn run(state: &AppState, collection: &str, mut body: Query) -> Result<Value> {
    let schema = state.collection(collection)?.schema().clone();
    let parts = PayloadParts::read(body.with_payload.take(), PayloadParts::None)?;
    let with_vector = read_with_vector(body.with_vector.as_ref())?;
    let offset = body.offset.unwrap_or(0);
    let wanted = body.limit.unwrap_or(LIMIT_DEFAULT);
    let depth = check_depth(wanted, offset)?;
    let prefetches = body.take_prefetches()?;
    let ranked = if prefetches.is_empty() {
        let leg = Leg {
            ranking: Ranking::read(body.query, body.using.as_deref(), "query")?,
            filter: body.filter,
            is_exact: is_exact(body.params.as_ref()),
            threshold: body.score_threshold,
            limit: depth,
        };
        rank(state, (collection, &schema), leg, parts.are_any()).await?
    } else {
        fuse(state, (collection, &schema), body, (prefetches, &parts)).await?
    };
    let page: Vec<Scored> = ranked.into_iter().skip(offset).take(wanted).collect();
    let vectors = if with_vector {
        read_vectors(state, collection, &page).await?
    } else {
        HashMap::new()
    };
    let points = page.into_iter().map(|point| {
        let mut scored = json!({
            "id": point.id,
            // A hit does not say at which operation it was written.
            "version": 0,
            "score": point.score,
            "payload": parts.cut(point.payload),
        });
        if let Some(vector) = vectors.get(&point.id.to_string()) {
            scored["vector"] = vector.clone();
        }
        scored
    });
    Ok(json!({"points": points.collect::<Vec<Value>>()}))
}

fn check_depth(limit: usize, offset: usize) -> Result<usize> {
    let depth = limit.checked_add(offset).filter(|_| limit > 0);
    depth.filter(|depth| *depth <= LIMIT_MAX).ok_or_else(|| {
        ApiError::invalid(
            "limit",
            "limit_out_of_range",
            format!("`limit` is {limit} after {offset}, expected 1 to {LIMIT_MAX} together"),
        )
    })
}

/// `params.exact`; what else is there tunes an index that is not here.
fn is_exact(parameters: Option<&Value>) -> bool {
    parameters
        .and_then(|parameters| parameters.get("exact"))
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

/// Fuses the prefetched rankings by reciprocal rank.
async fn fuse(
    state: &AppState,
    (collection, schema): (&str, &CollectionSchema),
    body: Query,
    (prefetches, parts): (Vec<Prefetch>, &PayloadParts),
) -> Result<Vec<Scored>> {
    let fusion = ReciprocalRank::read(body.query.as_ref(), prefetches.len())?;
    let mut fused: HashMap<String, Scored> = HashMap::new();
    for (ranking, prefetch) in prefetches.into_iter().enumerate() {
        let field = format!("prefetch[{ranking}].query");
        let leg = Leg {
            ranking: Ranking::read(prefetch.query, prefetch.using.as_deref(), &field)?,
            filter: both(prefetch.filter, body.filter.clone()),
            is_exact: is_exact(prefetch.params.as_ref()),
            threshold: prefetch.score_threshold,
            limit: check_depth(prefetch.limit.unwrap_or(LIMIT_DEFAULT), 0)?,
        };
        let ranked = rank(state, (collection, schema), leg, parts.are_any()).await?;
        for (place, point) in ranked.into_iter().enumerate() {
            let score = fusion.score(ranking, place);
            let entry = fused.entry(point.id.to_string());
            entry
                .and_modify(|there| there.score += score)
                .or_insert(Scored { score, ..point });
        }
    }
    let mut fused: Vec<Scored> = fused.into_values().collect();
    fused.retain(|point| {
        body.score_threshold
            .is_none_or(|least| point.score >= least)
    });
    // Equal scores in the order of ids, so that the same query has the same answer.
    fused.sort_by(|a, b| {
        let scores = b.score.total_cmp(&a.score);
        scores.then_with(|| a.id.to_string().cmp(&b.id.to_string()))
    });
    Ok(fused)
}

/// A filter that both must pass.
fn both(first: Option<Value>, second: Option<Value>) -> Option<Value> {
    match (first.unwrap_or_default(), second.unwrap_or_default()) {
        (Value::Null, Value::Null) => None,
        (one, Value::Null) | (Value::Null, one) => Some(one),
        (first, second) => Some(json!({"must": [first, second]})),
    }
}

/// Makes one ranking with our own search.
async fn rank(
    state: &AppState,
    (collection, schema): (&str, &CollectionSchema),
    leg: Leg,
    with_payload: bool,
) -> Result<Vec<Scored>> {
    let mut search = Search {
        query: None,
        vector: None,
        mode: Some(Mode::Vector),
        limit: Some(leg.limit),
        filter: filter::translate(leg.filter, "filter")?,
        recall: leg.is_exact.then_some(1.0),
        fusion: None,
        include: Some(if with_payload {
            vec![HitPart::Payload]
        } else {
            Vec::new()
        }),
        explain: false,
    };
    let is_by_words = matches!(leg.ranking, Ranking::Words(_));
    let mut itself = None;
    match leg.ranking {
        Ranking::Vector(numbers) => search.vector = Some(numbers),
        Ranking::Words(text) => {
            search.mode = Some(Mode::Text);
            search.query = Some(text);
        }
        Ranking::Text { text, model } => {
            check_model(state, schema, &model, "query")?;
            ingest::check_text(&text, "query", state.config.model.text_bytes_max)?;
            let dimensions = schema.dimensions as usize;
            search.vector = Some(state.model.embed_query(text, dimensions).await?);
        }
        Ranking::Point(id) => {
            search.vector = Some(vector_of(state, collection, id.clone()).await?);
            // The point is closest to itself, and not asked for.
            search.limit = Some((leg.limit + 1).min(LIMIT_MAX));
            itself = Some(id.to_string());
        }
    }
    let answer = retrieve::search(state, collection, search).await?;
    let is_distance = schema.distance == Distance::Euclid && !is_by_words;
    let scored = answer.hits.into_iter().map(|hit| Scored {
        id: hit.id,
        score: if is_distance {
            1.0 / hit.score - 1.0
        } else {
            hit.score
        },
        payload: hit.payload,
    });
    let is_close = |score: f32| match leg.threshold {
        None => true,
        Some(most) if is_distance => score <= most,
        Some(least) => score >= least,
    };
    Ok(scored
        .filter(|point| itself.as_ref() != Some(&point.id.to_string()) && is_close(point.score))
        .take(leg.limit)
        .collect())
}

async fn vector_of(state: &AppState, collection: &str, id: Id) -> Result<Vec<f32>> {
    let body = GetPoints {
        ids: vec![id.clone()],
        include: Some(vec![IncludePart::Vectors]),
    };
    let mut got = points::get(state, collection, body).await?;
    let chunks = got.points.pop().and_then(|point| point.chunks);
    let first = chunks.unwrap_or_default().into_iter().next();
    let first = first.ok_or_else(|| engine::Error::PointNotFound {
        collection: collection.to_owned(),
        id: id.to_string(),
    })?;
    Ok(first.vector)
}

async fn read_vectors(
    state: &AppState,
    collection: &str,
    page: &[Scored],
) -> Result<HashMap<String, Value>> {
    let body = GetPoints {
        ids: page.iter().map(|point| point.id.clone()).collect(),
        include: Some(vec![IncludePart::Vectors]),
    };
    let got = points::get(state, collection, body).await?;
    let found = got.points.into_iter();
    Ok(found
        .map(|point| {
            let vector = vectors(point.chunks.unwrap_or_default());
            (point.id.to_string(), vector)
        })
        .collect())
}
