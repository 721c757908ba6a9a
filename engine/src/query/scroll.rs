//! Gets, counts, and pages of points.

use std::collections::BinaryHeap;

use roaring::RoaringBitmap;

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::point::{Point, PointId};
use crate::store::read_view::ReadView;
use crate::store::records::PointHeader;

use super::check::{check_key, check_limit};
use super::cursor::{self, After};
use super::fetch;
use super::filter::Filter;
use super::order::{OrderBy, Place};
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
        let allowed = match &request.filter {
            Some(filter) => Some(select::matching(self, filter)?),
            None => None,
        };
        let view = self.store.read_view();
        let scroll = Scroll {
            collection: self,
            view: &view,
            allowed: allowed.as_ref(),
            request,
        };
        match (&request.order_by, after) {
            (Some(order), after) => scroll.by_value(order, after.as_ref()),
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

    /// Reads the payload of every point that qualifies and keeps the first ones after the cursor.
    fn by_value(&self, order: &OrderBy, after: Option<&After>) -> Result<ScrollAnswer> {
        let mut first: BinaryHeap<Place> = BinaryHeap::new();
        let mut has_more = false;
        let Collection { id, .. } = *self.collection;
        self.visit(None, |number, _| {
            let document = self.view.document(id, number)?;
            let place = Place::of(&document.payload, number, order);
            if !matches!(after, Some(After::Place(after)) if place <= *after) {
                first.push(place);
            }
            if first.len() > self.request.limit {
                first.pop();
                has_more = true;
            }
            Ok(true)
        })?;
        let places = first.into_sorted_vec();
        let mut points = Vec::with_capacity(places.len());
        for place in &places {
            // In the same read view, so it is there.
            if let Some(header) = self.view.header(id, place.number)? {
                points.push(self.point(place.number, header)?);
            }
        }
        let last = places.into_iter().next_back().map(After::Place);
        self.answer(points, last.filter(|_| has_more))
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
                let is_allowed = self.allowed.is_none_or(|allowed| allowed.contains(number));
                if !is_allowed || header.is_expired(now_ms) {
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
