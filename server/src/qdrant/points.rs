//! Points.

use embedder::InputKind;
use engine::{Include, LIMIT_MAX, PayloadChange, PointId, Wait, WriteRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::check_model;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::id::{self, Id};
use crate::wire::payload;
use crate::wire::point::{
    CountPoints, DeletePoints, GetPoints, IncludePart, ScrollPoints, Upsert, UpsertPoint,
};
use crate::wire::qdrant::point::{
    Count, DeletePayload, PayloadParts, Point, Retrieve, Scroll, Selector, SetPayload, VectorInput,
    read_with_vector, record,
};
use crate::wire::qdrant::{filter, refuse};
use crate::{ingest, model, points};

/// Points in a page when the request does not say.
const SCROLL_LIMIT_DEFAULT: usize = 10;

/// Changes of payloads that wait for the disk at once; together they share its syncs.
const CHANGES_AT_ONCE: usize = 32;

/// Inserts or replaces points and answers the sequence number.
pub(crate) async fn upsert(
    state: &AppState,
    collection: &str,
    sent: Vec<Point>,
    wait: Wait,
) -> Result<u64> {
    let found = state.collection(collection)?;
    let schema = found.schema();
    let mut points = Vec::with_capacity(sent.len());
    let mut texts = Vec::new();
    for (index, point) in sent.into_iter().enumerate() {
        let field = format!("points[{index}].vector");
        let mut ours = UpsertPoint {
            id: point.id,
            text: None,
            format: None,
            vector: None,
            chunks: None,
            model_fingerprint: None,
            payload: point.payload,
            expires_at: None,
            if_sequence: None,
        };
        match VectorInput::read(point.vector, &field)? {
            VectorInput::Numbers(numbers) => ours.vector = Some(numbers),
            VectorInput::Text { text, model } => {
                check_model(state, &schema, &model, &field)?;
                ingest::check_text(&text, &field, state.config.model.text_bytes_max)?;
                if schema.model.is_none() {
                    texts.push((index, text.clone()));
                }
                ours.text = Some(text);
            }
        }
        points.push(ours);
    }
    embed(state, schema.dimensions as usize, texts, &mut points).await?;
    let upserted = ingest::upsert(state, collection, Upsert { points }, wait).await?;
    Ok(upserted.sequence)
}

/// Embeds texts for a collection without a model, whole: it says nothing of cutting them.
async fn embed(
    state: &AppState,
    dimensions: usize,
    texts: Vec<(usize, String)>,
    points: &mut [UpsertPoint],
) -> Result<()> {
    let (places, texts): (Vec<usize>, Vec<String>) = texts.into_iter().unzip();
    let patience = ingest::Patience::Refuse;
    let embeddings = ingest::embed(state, texts, InputKind::Document, patience).await?;
    for (place, embedding) in places.into_iter().zip(embeddings) {
        if let Some(point) = points.get_mut(place) {
            point.vector = Some(model::prefix(embedding, dimensions)?);
        }
    }
    Ok(())
}

/// The sequence number of the last write.
pub(crate) async fn sequence(state: &AppState, collection: &str) -> Result<u64> {
    let found = state.collection(collection)?;
    state
        .reads
        .run(move || Ok(found.statistics()?.sequence))
        .await
}

/// Deletes points by id or by filter and answers the sequence number.
pub(crate) async fn delete(
    state: &AppState,
    collection: &str,
    body: Selector,
    wait: Wait,
) -> Result<u64> {
    refuse("shard_key", body.shard_key.as_ref())?;
    let body = DeletePoints {
        ids: body.points,
        filter: filter::translate(body.filter, "filter")?,
    };
    Ok(points::delete(state, collection, body, wait)
        .await?
        .sequence)
}

/// Counts points.
pub(crate) async fn count(state: &AppState, collection: &str, body: Count) -> Result<Value> {
    refuse("shard_key", body.shard_key.as_ref())?;
    let body = CountPoints {
        filter: filter::translate(body.filter, "filter")?,
    };
    let counted = points::count(state, collection, body).await?;
    Ok(json!({"count": counted.count}))
}

/// Reads points by id; those that are not there are left out.
pub(crate) async fn retrieve(
    state: &AppState,
    collection: &str,
    body: Retrieve,
) -> Result<Vec<Value>> {
    refuse("shard_key", body.shard_key.as_ref())?;
    let parts = PayloadParts::read(body.with_payload, PayloadParts::All)?;
    let with_vector = read_with_vector(body.with_vector.as_ref())?;
    let body = GetPoints {
        ids: body.ids,
        include: Some(include(&parts, with_vector)),
    };
    let got = points::get(state, collection, body).await?;
    let records = got.points.into_iter();
    Ok(records
        .map(|point| record(point, &parts, with_vector))
        .collect())
}

/// Reads one point.
pub(crate) async fn get_one(state: &AppState, collection: &str, id: String) -> Result<Value> {
    let asked = Include {
        text: false,
        payload: true,
        vectors: true,
    };
    let point = points::get_one(state, collection, id, asked).await?;
    Ok(record(point, &PayloadParts::All, true))
}

fn include(parts: &PayloadParts, with_vector: bool) -> Vec<IncludePart> {
    let mut include = Vec::new();
    if parts.are_any() {
        include.push(IncludePart::Payload);
    }
    if with_vector {
        include.push(IncludePart::Vectors);
    }
    include
}

/// Reads a page of points. The offset of the next page is our cursor, which is not an id.
pub(crate) async fn scroll(state: &AppState, collection: &str, body: Scroll) -> Result<Value> {
    refuse("order_by", body.order_by.as_ref())?;
    refuse("shard_key", body.shard_key.as_ref())?;
    let parts = PayloadParts::read(body.with_payload, PayloadParts::All)?;
    let with_vector = read_with_vector(body.with_vector.as_ref())?;
    let body = ScrollPoints {
        filter: filter::translate(body.filter, "filter")?,
        limit: Some(body.limit.unwrap_or(SCROLL_LIMIT_DEFAULT)),
        order_by: None,
        cursor: body.offset.map(|offset| match offset {
            Id::String(cursor) => cursor,
            Id::Integer(number) => number.to_string(),
        }),
        include: Some(include(&parts, with_vector)),
    };
    let page = points::scroll(state, collection, body).await?;
    let records: Vec<Value> = page
        .points
        .into_iter()
        .map(|point| record(point, &parts, with_vector))
        .collect();
    Ok(json!({"points": records, "next_page_offset": page.cursor}))
}

/// Sets keys of payloads, or the whole payloads, and answers the last sequence number.
pub(crate) async fn set_payload(
    state: &AppState,
    collection: &str,
    body: SetPayload,
    (replaces, wait): (bool, Wait),
) -> Result<u64> {
    refuse("key", body.key.as_ref())?;
    let payload = payload::to_engine(body.payload);
    let change = if replaces {
        PayloadChange::Replace(payload)
    } else {
        PayloadChange::Set(payload)
    };
    let selector = Selector {
        points: body.points,
        filter: body.filter,
        shard_key: body.shard_key,
    };
    change_payloads(state, collection, selector, (change, wait)).await
}

/// Removes keys of payloads.
pub(crate) async fn delete_payload(
    state: &AppState,
    collection: &str,
    body: DeletePayload,
    wait: Wait,
) -> Result<u64> {
    let selector = Selector {
        points: body.points,
        filter: body.filter,
        shard_key: body.shard_key,
    };
    let change = PayloadChange::Remove(body.keys);
    change_payloads(state, collection, selector, (change, wait)).await
}

/// Empties payloads.
pub(crate) async fn clear_payload(
    state: &AppState,
    collection: &str,
    body: Selector,
    wait: Wait,
) -> Result<u64> {
    let change = PayloadChange::Replace(engine::Payload::new());
    change_payloads(state, collection, body, (change, wait)).await
}

/// Changes one point after another; the first that fails ends it, as each is a write of its own.
async fn change_payloads(
    state: &AppState,
    collection: &str,
    selector: Selector,
    (change, wait): (PayloadChange, Wait),
) -> Result<u64> {
    let found = state.collection(collection)?;
    let ids = select(state, collection, selector).await?;
    let last = sequence(state, collection).await?;
    let write = |id: PointId| {
        let found = std::sync::Arc::clone(&found);
        let request = WriteRequest::ChangePayload(id, change.clone());
        async move {
            let written = state
                .writes
                .run(move || Ok(found.write(request, wait)?))
                .await?;
            Ok::<u64, ApiError>(written.sequence)
        }
    };
    stream::iter(ids.into_iter().map(write))
        .buffer_unordered(CHANGES_AT_ONCE.min(state.config.limits.write_threads))
        .try_fold(last, |last, sequence| async move { Ok(last.max(sequence)) })
        .await
}

/// The ids that are meant.
async fn select(state: &AppState, collection: &str, selector: Selector) -> Result<Vec<PointId>> {
    refuse("shard_key", selector.shard_key.as_ref())?;
    match (
        selector.points,
        filter::translate(selector.filter, "filter")?,
    ) {
        (Some(ids), None) => id::check_all(ids, LIMIT_MAX),
        (None, Some(filter)) => {
            let body = ScrollPoints {
                filter: Some(filter),
                limit: Some(LIMIT_MAX),
                order_by: None,
                cursor: None,
                include: Some(Vec::new()),
            };
            let page = points::scroll(state, collection, body).await?;
            if page.cursor.is_some() {
                return Err(ApiError::invalid(
                    "filter",
                    "too_many",
                    format!("`filter` matches more than {LIMIT_MAX} points; narrow it"),
                ));
            }
            let ids = page.points.into_iter().map(|point| point.id);
            ids.map(|id| id.check("filter")).collect()
        }
        (Some(_), Some(_)) | (None, None) => Err(ApiError::invalid(
            "points",
            "ids_or_filter",
            "expected exactly one of `points` and `filter`",
        )),
    }
}
