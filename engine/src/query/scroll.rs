//! Gets, counts, and pages of points in the order in which their ids were first written.

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::point::{Point, PointId};

use super::check::check_limit;
use super::fetch;
use super::filter::Filter;
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

    /// Answers a page of points. Points written meanwhile come at the end or not at all.
    pub fn scroll(&self, request: &ScrollRequest) -> Result<ScrollAnswer> {
        check_limit(request.limit)?;
        let after = request
            .cursor
            .as_deref()
            .map(|cursor| self.read_cursor(cursor))
            .transpose()?;
        let allowed = match &request.filter {
            Some(filter) => {
                filter.check("filter")?;
                Some(select::matching(self, filter)?)
            }
            None => None,
        };
        let view = self.store.read_view();
        let now_ms = self.clock.now_ms();
        let mut points = Vec::new();
        let mut last = None;
        let mut has_more = false;
        view.scan_points(self.id, after, |number, header| {
            let is_allowed = allowed
                .as_ref()
                .is_none_or(|allowed| allowed.contains(number));
            if !is_allowed || header.is_expired(now_ms) {
                return Ok(true);
            }
            if points.len() == request.limit {
                has_more = true;
                return Ok(false);
            }
            points.push(fetch::point(self, &view, number, header, request.include)?);
            last = Some(number);
            Ok(true)
        })?;
        let cursor = last
            .filter(|_| has_more)
            .map(|number| format!("{}.{number}", self.id.0));
        Ok(ScrollAnswer { points, cursor })
    }

    /// A cursor names its collection, so that one from another is refused.
    fn read_cursor(&self, cursor: &str) -> Result<u32> {
        cursor
            .split_once('.')
            .filter(|(collection, _)| *collection == self.id.0.to_string())
            .and_then(|(_, number)| number.parse().ok())
            .ok_or_else(|| {
                let problem = format!("`{cursor}` is not a cursor of collection `{}`", self.name);
                Error::invalid("cursor", "cursor_invalid", problem)
            })
    }
}
