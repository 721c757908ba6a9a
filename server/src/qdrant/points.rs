//! Points.

use embedder::InputKind;
use engine::{Include, PayloadChange, Wait};
use serde_json::{Value, json};

use super::check_model;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::facet;
use crate::wire::id::Id;
use crate::wire::payload;
use crate::wire::point::{
    CountPoints, DeletePoints, GetPoints, IncludePart, ScrollPoints, Upsert, UpsertPoint,
};
use crate::wire::qdrant::point::{
    Count, DeletePayload, Facet, PayloadParts, Point, Retrieve, Scroll, Selector, SetPayload,
    VectorInput, read_with_vector, record,
};
use crate::wire::qdrant::{filter, order, refuse};
use crate::{ingest, model, points};

/// Points in a page when the request does not say.
const SCROLL_LIMIT_DEFAULT: usize = 10;

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
            if_exists: None,
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

/// Counts points by value. Fractions are left out, because Qdrant's facets have none.
pub(crate) async fn facet(state: &AppState, collection: &str, body: Facet) -> Result<Value> {
    refuse("shard_key", body.shard_key.as_ref())?;
    let body = facet::Facet {
        key: body.key.replace("[]", ""),
        filter: filter::translate(body.filter, "filter")?,
        limit: body.limit,
    };
    let counted = points::facet(state, collection, body).await?;
    let values = counted.values.into_iter();
    let hits: Vec<Value> = values
        .filter(|found| !found.value.is_f64())
        .map(|found| json!({"value": found.value, "count": found.count}))
        .collect();
    Ok(json!({ "hits": hits }))
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
    refuse("shard_key", body.shard_key.as_ref())?;
    let (order_by, filter) = match body.order_by.filter(|order| !order.is_null()) {
        Some(order) => {
            let (order, filter) = order::read(order, body.filter)?;
            (Some(order), Some(filter))
        }
        None => (None, body.filter),
    };
    let parts = PayloadParts::read(body.with_payload, PayloadParts::All)?;
    let with_vector = read_with_vector(body.with_vector.as_ref())?;
    let body = ScrollPoints {
        filter: filter::translate(filter, "filter")?,
        limit: Some(body.limit.unwrap_or(SCROLL_LIMIT_DEFAULT)),
        order_by,
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

/// Changes one point after another.
async fn change_payloads(
    state: &AppState,
    collection: &str,
    selector: Selector,
    (change, wait): (PayloadChange, Wait),
) -> Result<u64> {
    refuse("shard_key", selector.shard_key.as_ref())?;
    let filter = filter::translate(selector.filter, "filter")?;
    let chosen = points::Chosen::of(("points", selector.points), filter)?;
    let changed = points::change_payloads(state, collection, chosen, (change, wait)).await?;
    Ok(changed.sequence)
}
