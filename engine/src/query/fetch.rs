//! Ranked points become hits, with what the request includes.

use crate::collection::Collection;
use crate::error::Result;
use crate::point::{Chunk, Point, Span};
use crate::store::read_view::ReadView;
use crate::store::records::{DocumentRecord, PointHeader};
use crate::vector_view::RowId;

use super::fuse::Fused;
use super::request::{Hit, HitChunk, Include, SearchRequest};
use super::resolve::Present;

/// The first `limit` ranked points, each judged once more on its current payload.
pub(crate) fn hits(
    present: &mut Present<'_>,
    request: &SearchRequest,
    ranked: &[Fused],
) -> Result<Vec<Hit>> {
    let include = request.include;
    let needs_document = include.text || include.payload || request.filter.is_some();
    let mut hits = Vec::with_capacity(request.limit.min(ranked.len()));
    for fused in ranked {
        if hits.len() == request.limit {
            break;
        }
        let Some(header) = present.header(fused.number)?.cloned() else {
            continue;
        };
        let document = if needs_document {
            present.view.document(present.collection.id, fused.number)?
        } else {
            DocumentRecord::default()
        };
        if request
            .filter
            .as_ref()
            .is_some_and(|filter| !filter.matches(&header.id, &document.payload))
        {
            continue;
        }
        hits.push(hit(header, document, fused, request));
    }
    Ok(hits)
}

fn hit(
    header: PointHeader,
    document: DocumentRecord,
    fused: &Fused,
    request: &SearchRequest,
) -> Hit {
    let chunk = fused
        .chunk
        .zip(document.text.as_deref())
        .and_then(|(index, text)| hit_chunk(text, index, &header.spans));
    Hit {
        id: header.id,
        score: fused.score,
        chunk: chunk.filter(|_| request.include.text),
        text: document.text.filter(|_| request.include.text),
        payload: request.include.payload.then_some(document.payload),
        explanation: request.explain.then_some(fused.explanation),
    }
}

/// A chunk with its span in Unicode code points; none for a ready vector, which spans nothing.
fn hit_chunk(text: &str, index: usize, spans: &[Span]) -> Option<HitChunk> {
    let span = *spans.get(index)?;
    let before = text.get(..span.start as usize)?;
    let within = text.get(span.start as usize..span.end as usize)?;
    if within.is_empty() {
        return None;
    }
    let start = before.chars().count();
    let end = start + within.chars().count();
    Some(HitChunk {
        index,
        start,
        end,
        text: within.to_owned(),
        before: index
            .checked_sub(1)
            .and_then(|before| spans.get(before))
            .copied(),
        after: spans.get(index + 1).copied(),
    })
}

/// A point with what `include` asks for.
pub(crate) fn point(
    collection: &Collection,
    view: &ReadView<'_>,
    number: u32,
    header: PointHeader,
    include: Include,
) -> Result<Point> {
    let document = if include.text || include.payload {
        view.document(collection.id, number)?
    } else {
        DocumentRecord::default()
    };
    let chunks = if include.vectors {
        Some(chunks(collection, view, &header)?)
    } else {
        None
    };
    Ok(Point {
        id: header.id,
        sequence: header.sequence,
        text: document.text.filter(|_| include.text),
        payload: include.payload.then_some(document.payload),
        chunks,
        expires_at_ms: header.expires_at_ms,
    })
}

fn chunks(
    collection: &Collection,
    view: &ReadView<'_>,
    header: &PointHeader,
) -> Result<Vec<Chunk>> {
    let rows = header.rows();
    let dimensions = collection.schema().dimensions as usize;
    let mut chunks = Vec::with_capacity(header.spans.len());
    for (ordinal, span) in (rows.first..).zip(&header.spans) {
        let row = RowId {
            sequence: rows.sequence,
            ordinal,
        };
        let found = view.row(collection.id, collection.generation, row, dimensions)?;
        chunks.extend(found.map(|(_, vector)| Chunk {
            span: *span,
            vector,
        }));
    }
    Ok(chunks)
}
