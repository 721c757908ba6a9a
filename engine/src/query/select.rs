//! A filter becomes the exact set of points that match now.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use crate::collection::Collection;
use crate::document_view::{CommittedDocuments, Matching};
use crate::error::Result;
use crate::point::PointId;
use crate::store::read_view::ReadView;

use super::filter::Filter;

/// The numbers of the points that match.
///
/// The document view answers for what it has committed; points that it leaves undecided or that
/// changed since are judged on their current payload. While it is being made anew, every point is.
pub(crate) fn matching(collection: &Collection, filter: &Filter) -> Result<RoaringBitmap> {
    // Taken before the index is asked: what is committed in between is judged twice, never missed.
    let dirty = collection.dirty.numbers();
    let documents = collection.document_view.committed();
    let view = collection.store.read_view();
    points(collection, &view, Some(filter), dirty.as_ref(), &documents)
}

/// The numbers of the points that match, or of all. `dirty` was taken before `documents`, and
/// that before `view`.
pub(crate) fn points(
    collection: &Collection,
    view: &ReadView<'_>,
    filter: Option<&Filter>,
    dirty: Option<&RoaringBitmap>,
    documents: &CommittedDocuments,
) -> Result<RoaringBitmap> {
    let mut numbers = match dirty {
        None => judge_all(collection, view, filter)?,
        Some(dirty) => {
            let Matching {
                certain: mut numbers,
                undecided,
            } = match filter {
                Some(filter) => documents.matching(filter, &numbered(collection, view, filter)?)?,
                None => documents.all()?,
            };
            for number in dirty | undecided {
                if judge(collection, view, number, filter)? {
                    numbers.insert(number);
                } else {
                    numbers.remove(number);
                }
            }
            numbers
        }
    };
    hide_expired(collection, view, &mut numbers)?;
    Ok(numbers)
}

/// The numbers of the points whose ids the filter names, by id.
fn numbered(
    collection: &Collection,
    view: &ReadView<'_>,
    filter: &Filter,
) -> Result<HashMap<String, u32>> {
    let mut numbers = HashMap::new();
    let mut fault = Ok(());
    filter.visit_ids(&mut |ids| {
        for id in ids {
            match view.number(collection.id, id.as_bytes()) {
                Ok(Some(number)) => {
                    numbers.insert(id.clone(), number);
                }
                Ok(None) => {}
                Err(error) => fault = Err(error),
            }
        }
    });
    fault.map(|()| numbers)
}

/// Whether the point exists and matches in `view`.
fn judge(
    collection: &Collection,
    view: &ReadView<'_>,
    number: u32,
    filter: Option<&Filter>,
) -> Result<bool> {
    match view.header(collection.id, number)? {
        Some(header) => passes(collection, view, (number, &header.id), filter),
        None => Ok(false),
    }
}

fn passes(
    collection: &Collection,
    view: &ReadView<'_>,
    (number, id): (u32, &PointId),
    filter: Option<&Filter>,
) -> Result<bool> {
    match filter {
        Some(filter) => {
            let document = view.document(collection.id, number)?;
            Ok(filter.matches(id, &document.payload))
        }
        None => Ok(true),
    }
}

fn judge_all(
    collection: &Collection,
    view: &ReadView<'_>,
    filter: Option<&Filter>,
) -> Result<RoaringBitmap> {
    let mut numbers = RoaringBitmap::new();
    view.scan_points(collection.id, None, |number, header| {
        if passes(collection, view, (number, &header.id), filter)? {
            numbers.insert(number);
        }
        Ok(true)
    })?;
    Ok(numbers)
}

/// Expired points are hidden from their time on; a logged deletion follows.
fn hide_expired(
    collection: &Collection,
    view: &ReadView<'_>,
    numbers: &mut RoaringBitmap,
) -> Result<()> {
    let now_ms = collection.clock.now_ms();
    for number in view.expired(collection.id, now_ms, usize::MAX)? {
        numbers.remove(number);
    }
    Ok(())
}
