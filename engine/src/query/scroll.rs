//! Gets, counts, and pages of points.

use std::collections::BinaryHeap;

use roaring::RoaringBitmap;

use crate::collection::Collection;
use crate::document_view::CommittedDocuments;
use crate::error::{Error, Result};
use crate::point::{Point, PointId};
use crate::store::read_view::ReadView;
use crate::store::records::PointHeader;

use super::candidates::Page;
use super::check::{check_key, check_limit};
use super::cursor::{self, After};
use super::fetch;
use super::filter::Filter;
use super::order::{OrderBy, Position};
use super::request::{Include, ScrollAnswer, ScrollRequest};
use super::select;

/// The most ids in one get.
pub const GET_IDS_MAX: usize = 10_000;

impl Collection {
    /// The points with these ids, in the order asked for; `None` where one does not exist.
    pub fn get(&self, ids: &[PointId], include: Include) -> Result<Vec<Option<Point>>> {
        if ids.len() > GET_IDS_MAX {
            let problem = format!("{} ids, at most {GET_IDS_MAX} are allowed", ids.len());
            return Err(Error::invalid("ids", "too_many", problem));
        }
        let view = self.store.read_view();
        let now_ms = self.clock.now_ms();
        let mut points = Vec::with_capacity(ids.len());
        for (index, id) in ids.iter().enumerate() {
            id.check(&format!("ids[{index}]"))?;
            let number = view.number(self.id, &id.key())?;
            let header = match number {
                Some(number) => view.header(self.id, number)?,
                None => None,
            };
            let live = header.filter(|header| !header.is_expired(now_ms));
            points.push(match number.zip(live) {
                Some((number, header)) => Some(fetch::point(self, &view, number, header, include)?),
                None => None,
            });
        }
        Ok(points)
    }

    /// Counts the points that match, or all that are not expired.
    pub fn count(&self, filter: Option<&Filter>) -> Result<u64> {
        if let Some(filter) = filter {
            filter.check("filter")?;
            return Ok(select::matching(self, filter)?.len());
        }
        let points = self.counters.lock().points;
        let now_ms = self.clock.now_ms();
        let expired = self
            .store
            .read_view()
            .expired(self.id, now_ms, usize::MAX)?
            .len();
        Ok(points.saturating_sub(expired as u64))
    }

    /// Answers a page of points, in the order asked for or else in that in which ids were first
    /// written; in the latter, points written meanwhile come at the end or not at all.
    pub fn scroll(&self, request: &ScrollRequest) -> Result<ScrollAnswer> {
        check_limit(request.limit)?;
        if let Some(order) = &request.order_by {
            check_key(&order.key, "order_by.key")?;
        }
        if let Some(filter) = &request.filter {
            filter.check("filter")?;
        }
        let after = cursor::read(self.id, &self.name, request)?;
        // In this order, so that what is committed in between is judged, never missed.
        let dirty = self.dirty.numbers();
        let documents = self.document_view.committed();
        let view = self.store.read_view();
        let filter = request.filter.as_ref();
        let allowed = match filter {
            Some(_) => {
                let dirty = dirty.as_ref();
                Some(select::points(self, &view, filter, dirty, &documents)?)
            }
            None => None,
        };
        let scroll = Scroll {
            collection: self,
            view: &view,
            allowed: allowed.as_ref(),
            request,
        };
        match (&request.order_by, after) {
            (Some(order), after) => {
                let after = match &after {
                    Some(After::Position(position)) => Some(position),
                    Some(After::Number(_)) | None => None,
                };
                let candidates = match dirty {
                    Some(dirty) => Some(scroll.candidates(order, after, dirty, &documents)?),
                    None => None,
                };
                scroll.by_value(order, after, candidates)
            }
            (None, Some(After::Number(number))) => scroll.by_number(Some(number)),
            (None, _) => scroll.by_number(None),
        }
    }
}

/// One page under way.
struct Scroll<'a> {
    collection: &'a Collection,
    view: &'a ReadView<'a>,
    allowed: Option<&'a RoaringBitmap>,
    request: &'a ScrollRequest,
}

impl Scroll<'_> {
    fn by_number(&self, after: Option<u32>) -> Result<ScrollAnswer> {
        let mut points = Vec::new();
        let mut last = None;
        let mut has_more = false;
        self.visit(after, |number, header| {
            if points.len() == self.request.limit {
                has_more = true;
                return Ok(false);
            }
            points.push(self.point(number, header)?);
            last = Some(After::Number(number));
            Ok(true)
        })?;
        self.answer(points, last.filter(|_| has_more))
    }

    /// Points of which one page after the cursor is made: those that changed since the index was
    /// made, and those that the index gives.
    fn candidates(
        &self,
        order: &OrderBy,
        after: Option<&Position>,
        dirty: RoaringBitmap,
        documents: &CommittedDocuments,
    ) -> Result<RoaringBitmap> {
        let mut hidden = dirty.clone();
        let now_ms = self.collection.clock.now_ms();
        hidden.extend(self.view.expired(self.collection.id, now_ms, usize::MAX)?);
        let page = Page {
            documents,
            order,
            after,
            limit: self.request.limit,
        };
        let qualifies = |number| !hidden.contains(number) && self.allows(number);
        Ok(dirty | page.candidates(&qualifies)?)
    }

    /// Reads the payloads of the candidates, or of every point, and keeps the first ones after the
    /// cursor.
    fn by_value(
        &self,
        order: &OrderBy,
        after: Option<&Position>,
        candidates: Option<RoaringBitmap>,
    ) -> Result<ScrollAnswer> {
        let mut first: BinaryHeap<Position> = BinaryHeap::new();
        let mut has_more = false;
        let Collection { id, .. } = *self.collection;
        let mut judge = |number: u32| {
            let document = self.view.document(id, number)?;
            let position = Position::of(&document.payload, number, order);
            if after.is_none_or(|after| position > *after) {
                first.push(position);
            }
            if first.len() > self.request.limit {
                first.pop();
                has_more = true;
            }
            Ok(true)
        };
        match candidates {
            None => self.visit(None, |number, _| judge(number))?,
            Some(candidates) => {
                for number in &candidates {
                    if self.is_live(number)? {
                        judge(number)?;
                    }
                }
            }
        }
        let positions = first.into_sorted_vec();
        let mut points = Vec::with_capacity(positions.len());
        for position in &positions {
            // In the same read view, so it is there.
            if let Some(header) = self.view.header(id, position.number)? {
                points.push(self.point(position.number, header)?);
            }
        }
        let last = positions.into_iter().next_back().map(After::Position);
        self.answer(points, last.filter(|_| has_more))
    }

    fn allows(&self, number: u32) -> bool {
        self.allowed.is_none_or(|allowed| allowed.contains(number))
    }

    /// Whether the point exists, qualifies and is not expired.
    fn is_live(&self, number: u32) -> Result<bool> {
        if !self.allows(number) {
            return Ok(false);
        }
        let now_ms = self.collection.clock.now_ms();
        let header = self.view.header(self.collection.id, number)?;
        Ok(header.is_some_and(|header| !header.is_expired(now_ms)))
    }

    /// Calls `visit` with each live point after `after` that qualifies, until it answers false.
    fn visit(
        &self,
        after: Option<u32>,
        mut visit: impl FnMut(u32, PointHeader) -> Result<bool>,
    ) -> Result<()> {
        let now_ms = self.collection.clock.now_ms();
        self.view
            .scan_points(self.collection.id, after, |number, header| {
                if !self.allows(number) || header.is_expired(now_ms) {
                    return Ok(true);
                }
                visit(number, header)
            })
    }

    fn point(&self, number: u32, header: PointHeader) -> Result<Point> {
        let include = self.request.include;
        fetch::point(self.collection, self.view, number, header, include)
    }

    fn answer(&self, points: Vec<Point>, last: Option<After>) -> Result<ScrollAnswer> {
        let cursor = last.map(|after| cursor::write(self.collection.id, self.request, after));
        Ok(ScrollAnswer {
            points,
            cursor: cursor.transpose()?,
        })
    }
}
