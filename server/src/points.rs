//! Reads, counts and deletes points, and changes payloads. Nothing here is embedded.

use engine::{
    FacetRequest, Include, LIMIT_MAX, PayloadChange, PointId, ScrollRequest, Wait, WriteRequest,
    Written,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::facet::{Facet, FacetAnswer};
use crate::wire::filter::{self, FilterBody};
use crate::wire::id::{self, Id};
use crate::wire::payload::{self, Object};
use crate::wire::point::{
    Changed, CountPoints, Counted, DeletePoints, Deleted, GetPoints, GotPoints, ScrollPoints,
    ScrolledPoints, StoredPoint, include, read_include,
};

/// Points in a page when the request does not say.
const SCROLL_LIMIT_DEFAULT: usize = 100;

/// Values of a facet when the request does not say.
const FACET_LIMIT_DEFAULT: usize = 10;

/// Changes of payloads that wait for the disk at once; together they share its syncs.
const CHANGES_AT_ONCE: usize = 32;

/// Reads one point.
pub(crate) async fn get_one(
    state: &AppState,
    collection: &str,
    id: String,
    asked: Include,
) -> Result<StoredPoint> {
    let id = Id::String(id).check("id")?;
    let mut found = read(state, collection, vec![id.clone()], asked).await?;
    found.pop().flatten().ok_or_else(|| {
        engine::Error::PointNotFound {
            collection: collection.to_owned(),
            id: id.to_string(),
        }
        .into()
    })
}

/// Reads points by id.
pub(crate) async fn get(state: &AppState, collection: &str, body: GetPoints) -> Result<GotPoints> {
    let ids = id::check_all(body.ids, LIMIT_MAX)?;
    let asked = include(body.include.as_deref());
    let found = read(state, collection, ids.clone(), asked).await?;
    let mut answer = GotPoints {
        points: Vec::new(),
        missing: Vec::new(),
    };
    for (id, point) in ids.into_iter().zip(found) {
        match point {
            Some(point) => answer.points.push(point),
            None => answer.missing.push(id.into()),
        }
    }
    Ok(answer)
}

async fn read(
    state: &AppState,
    collection: &str,
    ids: Vec<PointId>,
    asked: Include,
) -> Result<Vec<Option<StoredPoint>>> {
    let collection = state.collection(collection)?;
    let read = move || {
        let points = collection.get(&ids, read_include(asked))?;
        let stored = points
            .into_iter()
            .map(|point| point.map(|point| StoredPoint::new(point, asked)));
        Ok(stored.collect())
    };
    state.reads.run(read).await
}

/// Deletes one point.
pub(crate) async fn delete_one(
    state: &AppState,
    collection: &str,
    id: String,
    wait: Wait,
) -> Result<Deleted> {
    let id = Id::String(id).check("id")?;
    let written = write(state, collection, WriteRequest::Delete(vec![id]), wait).await?;
    Ok(written.into())
}

/// Deletes points by id or by filter.
pub(crate) async fn delete(
    state: &AppState,
    collection: &str,
    body: DeletePoints,
    wait: Wait,
) -> Result<Deleted> {
    let request = match (body.ids, body.filter) {
        (Some(ids), None) => WriteRequest::Delete(id::check_all(ids, LIMIT_MAX)?),
        (None, Some(filter)) => WriteRequest::DeleteMatching(filter.to_engine("filter")?),
        (Some(_), Some(_)) | (None, None) => {
            return Err(ApiError::invalid(
                "body",
                "ids_or_filter",
                "expected exactly one of `ids` and `filter`; a filter `{}` matches every point",
            ));
        }
    };
    Ok(write(state, collection, request, wait).await?.into())
}

/// Merges a patch into a point's payload.
pub(crate) async fn change_payload(
    state: &AppState,
    (collection, id): (&str, String),
    patch: Object,
    wait: Wait,
) -> Result<Changed> {
    let id = Id::String(id).check("id")?;
    let change = PayloadChange::Merge(payload::to_engine(patch));
    let request = WriteRequest::ChangePayload(id, change);
    Ok(write(state, collection, request, wait).await?.into())
}

/// Which points a change is for.
#[derive(Debug)]
pub(crate) enum Chosen {
    Ids(Vec<PointId>),
    Filter(FilterBody),
}

impl Chosen {
    /// From a list of ids, which stands in the request under `name`, or a filter.
    pub(crate) fn of(
        (name, ids): (&str, Option<Vec<Id>>),
        filter: Option<FilterBody>,
    ) -> Result<Self> {
        match (ids, filter) {
            (Some(ids), None) => Ok(Self::Ids(id::check_all(ids, LIMIT_MAX)?)),
            (None, Some(filter)) => Ok(Self::Filter(filter)),
            (Some(_), Some(_)) | (None, None) => Err(ApiError::invalid(
                name,
                "ids_or_filter",
                format!("expected exactly one of `{name}` and `filter`"),
            )),
        }
    }
}

/// Changes the payloads of several points. Each is a write of its own; the first that fails ends
/// it, and what was changed before stays changed.
pub(crate) async fn change_payloads(
    state: &AppState,
    collection: &str,
    chosen: Chosen,
    (change, wait): (PayloadChange, Wait),
) -> Result<Changed> {
    let found = state.collection(collection)?;
    let ids = match chosen {
        Chosen::Ids(ids) => ids,
        Chosen::Filter(filter) => matching(state, collection, filter).await?,
    };
    let statistics = std::sync::Arc::clone(&found);
    let last = state
        .reads
        .run(move || Ok(statistics.statistics()?.sequence))
        .await?;
    let none = Changed {
        changed: 0,
        sequence: last,
    };
    let write = |id: PointId| {
        let found = std::sync::Arc::clone(&found);
        let request = WriteRequest::ChangePayload(id, change.clone());
        async move {
            let written = state.writes.run(move || Ok(found.write(request, wait)?));
            written.await
        }
    };
    stream::iter(ids.into_iter().map(write))
        .buffer_unordered(CHANGES_AT_ONCE.min(state.config.limits.write_threads))
        .try_fold(none, |sum, written| async move {
            Ok(Changed {
                changed: sum.changed + written.points,
                sequence: sum.sequence.max(written.sequence),
            })
        })
        .await
}

/// The ids of the points that match, at most [`LIMIT_MAX`].
async fn matching(state: &AppState, collection: &str, filter: FilterBody) -> Result<Vec<PointId>> {
    let body = ScrollPoints {
        filter: Some(filter),
        limit: Some(LIMIT_MAX),
        order_by: None,
        cursor: None,
        include: Some(Vec::new()),
    };
    let page = scroll(state, collection, body).await?;
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

async fn write(
    state: &AppState,
    collection: &str,
    request: WriteRequest,
    wait: Wait,
) -> Result<Written> {
    let collection = state.collection(collection)?;
    state
        .writes
        .run(move || Ok(collection.write(request, wait)?))
        .await
}

/// Counts points.
pub(crate) async fn count(
    state: &AppState,
    collection: &str,
    body: CountPoints,
) -> Result<Counted> {
    let filter = filter::optional(body.filter.as_ref(), "filter")?;
    let collection = state.collection(collection)?;
    let count = state
        .reads
        .run(move || Ok(collection.count(filter.as_ref())?))
        .await?;
    Ok(Counted { count })
}

/// Counts points by value.
pub(crate) async fn facet(state: &AppState, collection: &str, body: Facet) -> Result<FacetAnswer> {
    let request = FacetRequest {
        filter: filter::optional(body.filter.as_ref(), "filter")?,
        limit: check_limit(body.limit.unwrap_or(FACET_LIMIT_DEFAULT))?,
        key: body.key,
    };
    let collection = state.collection(collection)?;
    let values = state
        .reads
        .run(move || Ok(collection.facet(&request)?))
        .await?;
    Ok(values.into())
}

/// Reads a page of points.
pub(crate) async fn scroll(
    state: &AppState,
    collection: &str,
    body: ScrollPoints,
) -> Result<ScrolledPoints> {
    let asked = include(body.include.as_deref());
    let request = ScrollRequest {
        filter: filter::optional(body.filter.as_ref(), "filter")?,
        order_by: body.order_by.map(engine::OrderBy::from),
        limit: check_limit(body.limit.unwrap_or(SCROLL_LIMIT_DEFAULT))?,
        cursor: body.cursor,
        include: read_include(asked),
    };
    let collection = state.collection(collection)?;
    let page = state
        .reads
        .run(move || Ok(collection.scroll(&request)?))
        .await?;
    let points = page.points.into_iter();
    Ok(ScrolledPoints {
        points: points.map(|point| StoredPoint::new(point, asked)).collect(),
        cursor: page.cursor,
    })
}

/// Refuses a limit out of range before anything is done for it.
pub(crate) fn check_limit(limit: usize) -> Result<usize> {
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(ApiError::invalid(
        "limit",
        "limit_out_of_range",
        format!("`limit` is {limit}, expected 1 to {LIMIT_MAX}"),
    ))
}
