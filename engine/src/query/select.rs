//! A filter becomes the exact set of points that match now.

use roaring::RoaringBitmap;

use crate::collection::Collection;
use crate::document_view::Matching;
use crate::error::Result;
use crate::store::read_view::ReadView;

use super::filter::Filter;

/// The numbers of the points that match.
///
/// The document view answers for what it has committed; points that it leaves undecided or that
/// changed since are judged on their current payload. While it is being made anew, every point is.
pub(crate) fn matching(collection: &Collection, filter: &Filter) -> Result<RoaringBitmap> {
    // Taken before the index is asked: what is committed in between is judged twice, never missed.
    let dirty = collection.dirty.numbers();
    let Some(dirty) = dirty else {
        return judge_all(collection, filter);
    };
    let Matching {
        certain: mut numbers,
        undecided,
    } = collection.document_view.matching(filter)?;
    let view = collection.store.read_view();
    for number in dirty | undecided {
        if judge(collection, &view, number, filter)? {
            numbers.insert(number);
        } else {
            numbers.remove(number);
        }
    }
    hide_expired(collection, &view, &mut numbers)?;
    Ok(numbers)
}

/// Whether the point exists and matches in `view`.
fn judge(
    collection: &Collection,
    view: &ReadView<'_>,
    number: u32,
    filter: &Filter,
) -> Result<bool> {
    if view.header(collection.id, number)?.is_none() {
        return Ok(false);
    }
    Ok(filter.matches(&view.document(collection.id, number)?.payload))
}

fn judge_all(collection: &Collection, filter: &Filter) -> Result<RoaringBitmap> {
    let view = collection.store.read_view();
    let mut numbers = RoaringBitmap::new();
    view.scan_points(collection.id, None, |number, _| {
        if filter.matches(&view.document(collection.id, number)?.payload) {
            numbers.insert(number);
        }
        Ok(true)
    })?;
    hide_expired(collection, &view, &mut numbers)?;
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
