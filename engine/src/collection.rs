//! A named set of points with one schema: the facade over write, query and views.

use crate::error::{Error, Result};
use crate::point::{Point, PointId};
use crate::query::filter::Filter;
use crate::query::request::{Include, ScrollAnswer, ScrollRequest, SearchAnswer, SearchRequest};
use crate::schema::{CollectionName, CollectionSchema};
use crate::statistics::CollectionStatistics;
use crate::write::request::{Wait, WriteRequest, Written};

/// An open collection. Calls block; many threads may call at once.
#[derive(Debug)]
pub struct Collection {}

impl Collection {
    /// Its name.
    pub fn name(&self) -> &CollectionName {
        todo!()
    }

    /// What was fixed when it was created.
    pub fn schema(&self) -> &CollectionSchema {
        todo!()
    }

    /// Writes, and answers when `wait` holds. Concurrent writes share one sync.
    pub fn write(&self, _request: WriteRequest, _wait: Wait) -> Result<Written> {
        Err(Error::backend("write", "not written yet"))
    }

    /// The points with these ids that exist, in the order asked for; `None` where one does not.
    pub fn get(&self, _ids: &[PointId], _include: Include) -> Result<Vec<Option<Point>>> {
        Err(Error::backend("get", "not written yet"))
    }

    /// Counts the points that match, or all.
    pub fn count(&self, _filter: Option<&Filter>) -> Result<u64> {
        Err(Error::backend("count", "not written yet"))
    }

    /// Answers a page of points in a stable order.
    pub fn scroll(&self, _request: &ScrollRequest) -> Result<ScrollAnswer> {
        Err(Error::backend("scroll", "not written yet"))
    }

    /// Searches.
    pub fn search(&self, _request: &SearchRequest) -> Result<SearchAnswer> {
        Err(Error::backend("search", "not written yet"))
    }

    /// Seals, merges and commits until nothing is left to do. For tests and benchmarks.
    pub fn settle(&self) -> Result<()> {
        Ok(())
    }

    /// Counts and sizes.
    pub fn statistics(&self) -> Result<CollectionStatistics> {
        Err(Error::backend("count", "not written yet"))
    }
}
