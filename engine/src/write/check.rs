//! Finds every user error that needs no look at the present, and normalises vectors.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::options::EngineOptions;
use crate::point::Chunk;
use crate::schema::{CollectionSchema, Distance};
use crate::value;

use super::request::{PayloadChange, UpsertPoint, WriteRequest};

/// The longest text of one point, in bytes.
pub const TEXT_BYTES_MAX: usize = 4 << 20;
/// How far the sum of squares of a unit vector may be from one, after rounding to `f32`. Such a
/// vector is kept as it is, so that one that was read can be written again unchanged.
const UNIT_SQUARES_ERROR: f64 = 1e-6;
/// The most chunks of one point.
pub const CHUNKS_MAX: usize = 16_384;

/// A request that only the present can still refuse.
#[derive(Debug)]
pub(crate) struct CheckedWrite(WriteRequest);

impl CheckedWrite {
    /// The request.
    pub(crate) fn into_inner(self) -> WriteRequest {
        self.0
    }
}

/// Checks a request against the schema and the limits.
pub(crate) fn check(
    mut request: WriteRequest,
    schema: &CollectionSchema,
    options: &EngineOptions,
) -> Result<CheckedWrite> {
    match &mut request {
        WriteRequest::Upsert(points) => {
            check_count(points.len(), "points", options.write_points_max)?;
            check_upsert(points, schema, options)?;
        }
        WriteRequest::Delete(ids) => {
            check_count(ids.len(), "ids", options.write_points_max)?;
            for (index, id) in ids.iter().enumerate() {
                id.check(&format!("ids[{index}]"))?;
            }
        }
        WriteRequest::DeleteMatching(filter) => filter.check("filter")?,
        WriteRequest::DeleteExpired => {}
        WriteRequest::ChangePayload(id, change) => {
            id.check("id")?;
            match change {
                PayloadChange::Merge(entries)
                | PayloadChange::Set(entries)
                | PayloadChange::Replace(entries) => value::check(entries, "payload")?,
                PayloadChange::Remove(keys) => {
                    check_count(keys.len(), "keys", options.write_points_max)?;
                }
            }
        }
    }
    Ok(CheckedWrite(request))
}

fn check_count(count: usize, field: &str, count_max: usize) -> Result<()> {
    if count == 0 {
        return Err(Error::invalid(
            field,
            "empty",
            "an empty list, expected at least one",
        ));
    }
    if count > count_max {
        let problem = format!("{count} in one request, at most {count_max} are allowed");
        return Err(Error::invalid(field, "too_many", problem));
    }
    Ok(())
}

fn check_upsert(
    points: &mut [UpsertPoint],
    schema: &CollectionSchema,
    options: &EngineOptions,
) -> Result<()> {
    let mut seen = HashMap::with_capacity(points.len());
    let mut bytes = 0;
    for (index, point) in points.iter_mut().enumerate() {
        let field = format!("points[{index}]");
        check_point(point, &field, schema)?;
        if let Some(first) = seen.insert(point.id.key(), index) {
            let problem = format!("`{}` is also the id of points[{first}]", point.id);
            return Err(Error::invalid(
                format!("{field}.id"),
                "duplicate_id",
                problem,
            ));
        }
        bytes += point.text.as_ref().map_or(0, String::len)
            + value::weight(&point.payload)
            + point.chunks.len() * schema.dimensions as usize * size_of::<f32>();
        if bytes > options.write_bytes_max {
            let limit = options.write_bytes_max;
            let problem = format!("more than {limit} bytes in one request; send fewer points");
            return Err(Error::invalid("points", "request_too_large", problem));
        }
    }
    Ok(())
}

fn check_point(point: &mut UpsertPoint, field: &str, schema: &CollectionSchema) -> Result<()> {
    point.id.check(&format!("{field}.id"))?;
    value::check(&point.payload, &format!("{field}.payload"))?;
    if let Some(text) = &point.text {
        check_text(text, &format!("{field}.text"))?;
    }
    let field = format!("{field}.vector");
    if point.chunks.is_empty() {
        return Err(Error::invalid(
            field,
            "vector_missing",
            "no vector, expected one",
        ));
    }
    if point.chunks.len() > CHUNKS_MAX {
        let problem = format!(
            "{} chunks, at most {CHUNKS_MAX} are allowed",
            point.chunks.len()
        );
        return Err(Error::invalid(field, "too_many", problem));
    }
    for chunk in &mut point.chunks {
        check_span(chunk, point.text.as_deref(), &field)?;
        check_vector(&mut chunk.vector, &field, schema)?;
    }
    Ok(())
}

fn check_text(text: &str, field: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid(
            field,
            "text_empty",
            "an empty text, expected some words",
        ));
    }
    if text.len() > TEXT_BYTES_MAX {
        let problem = format!("{} bytes, at most {TEXT_BYTES_MAX} are allowed", text.len());
        return Err(Error::invalid(field, "text_too_long", problem));
    }
    Ok(())
}

/// A span without a text is the whole of nothing; with one it must cut between characters.
fn check_span(chunk: &Chunk, text: Option<&str>, field: &str) -> Result<()> {
    let (start, end) = (chunk.span.start as usize, chunk.span.end as usize);
    if text.unwrap_or_default().get(start..end).is_some() {
        return Ok(());
    }
    let problem = format!("a chunk at bytes {start} to {end} does not lie in the text");
    Err(Error::invalid(field, "chunk_out_of_range", problem))
}

/// Refuses vectors of another length or with numbers that cannot be compared; for cosine,
/// refuses a zero vector and normalises.
pub(crate) fn check_vector(
    vector: &mut [f32],
    field: &str,
    schema: &CollectionSchema,
) -> Result<()> {
    let expected = schema.dimensions as usize;
    if vector.len() != expected {
        let problem = format!(
            "{} numbers, the collection has {expected} dimensions",
            vector.len()
        );
        return Err(Error::invalid(field, "dimension_mismatch", problem));
    }
    if let Some(position) = vector.iter().position(|component| !component.is_finite()) {
        let problem = format!("number {position} is {}, expected finite", vector[position]);
        return Err(Error::invalid(field, "vector_not_finite", problem));
    }
    let squares: f64 = vector
        .iter()
        .map(|component| f64::from(*component).powi(2))
        .sum();
    if squares > f64::from(f32::MAX) {
        let problem = "its squares add up to more than a 32-bit float holds; scale it down";
        return Err(Error::invalid(field, "vector_too_large", problem));
    }
    if schema.distance != Distance::Cosine {
        return Ok(());
    }
    if squares < f64::from(f32::MIN_POSITIVE) {
        let problem = "a zero vector has no direction, which cosine compares";
        return Err(Error::invalid(field, "zero_vector", problem));
    }
    if (squares - 1.0).abs() < UNIT_SQUARES_ERROR {
        return Ok(());
    }
    let scale = squares.sqrt().recip();
    for component in vector {
        *component = (f64::from(*component) * scale) as f32;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
