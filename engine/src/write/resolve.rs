//! Turns a checked request into an operation, by looking at the present.

use crate::error::{Error, Result};
use crate::point::PointId;
use crate::query::filter::Filter;
use crate::value;

use super::operation::Operation;
use super::request::{Condition, PayloadChange, UpsertPoint, WriteRequest};
use super::transaction::Transaction;

/// What a request became.
pub(crate) enum Resolved {
    /// An operation on this many points.
    Operation(Operation, u64),
    /// Nothing is to be done.
    Nothing,
    /// It depends on an operation of this group; it is resolved again in the next one.
    Later(WriteRequest),
}

/// Finds the points that a deletion without ids means.
pub(crate) trait Selector {
    /// The name of the collection, for errors.
    fn collection(&self) -> &str;
    /// The ids of the points that match.
    fn matching(&self, filter: &Filter) -> Result<Vec<PointId>>;
    /// The ids of the points whose expiry has passed.
    fn expired(&self) -> Result<Vec<PointId>>;
}

/// Resolves a request.
pub(crate) fn resolve(
    request: WriteRequest,
    present: &Transaction<'_>,
    selector: &dyn Selector,
) -> Result<Resolved> {
    match request {
        WriteRequest::Upsert(points) => {
            check_conditions(&points, present)?;
            check_numbers_left(points.len(), present)?;
            let count = points.len() as u64;
            Ok(Resolved::Operation(Operation::Upsert(points), count))
        }
        WriteRequest::Delete(ids) => delete(ids, present),
        // What a selection finds is the present only as long as this group changed nothing.
        WriteRequest::DeleteMatching(_) | WriteRequest::DeleteExpired
            if !present.is_untouched() =>
        {
            Ok(Resolved::Later(request))
        }
        WriteRequest::DeleteMatching(filter) => delete(selector.matching(&filter)?, present),
        WriteRequest::DeleteExpired => delete(selector.expired()?, present),
        WriteRequest::ChangePayload(id, change) => change_payload(id, change, present, selector),
    }
}

fn check_conditions(points: &[UpsertPoint], present: &Transaction<'_>) -> Result<()> {
    for (index, point) in points.iter().enumerate() {
        if point.condition == Condition::Always {
            continue;
        }
        let found = present
            .find(&point.id)?
            .map_or(0, |(_, header)| header.sequence);
        let id = || point.id.to_string();
        match point.condition {
            Condition::IfSequence(expected) if found != expected => {
                return Err(Error::SequenceConflict {
                    field: format!("points[{index}].if_sequence"),
                    id: id(),
                    found,
                    expected,
                });
            }
            Condition::IfExists if found == 0 => {
                return Err(Error::PointAbsent {
                    field: format!("points[{index}].if_exists"),
                    id: id(),
                });
            }
            Condition::Always | Condition::IfSequence(_) | Condition::IfExists => {}
        }
    }
    Ok(())
}

/// Point numbers are 32 bits wide and never reused.
fn check_numbers_left(count: usize, present: &Transaction<'_>) -> Result<()> {
    let left = u32::MAX - present.counters().next_number;
    if count as u64 <= u64::from(left) {
        return Ok(());
    }
    let problem = format!("{left} new ids are left in this collection; export it to a new one");
    Err(Error::invalid("points", "ids_used_up", problem))
}

fn delete(ids: Vec<PointId>, present: &Transaction<'_>) -> Result<Resolved> {
    let mut existing = Vec::with_capacity(ids.len());
    let mut seen = std::collections::HashSet::with_capacity(ids.len());
    for id in ids {
        if seen.insert(id.key()) && present.find(&id)?.is_some() {
            existing.push(id);
        }
    }
    if existing.is_empty() {
        return Ok(Resolved::Nothing);
    }
    let count = existing.len() as u64;
    Ok(Resolved::Operation(Operation::Delete(existing), count))
}

fn change_payload(
    id: PointId,
    change: PayloadChange,
    present: &Transaction<'_>,
    selector: &dyn Selector,
) -> Result<Resolved> {
    let Some((number, _)) = present.find(&id)? else {
        let collection = selector.collection().to_owned();
        return Err(Error::PointNotFound {
            collection,
            id: id.to_string(),
        });
    };
    if present.has_changed(number) {
        return Ok(Resolved::Later(WriteRequest::ChangePayload(id, change)));
    }
    let mut payload = present.document(number)?.payload;
    change.apply(&mut payload);
    value::check(&payload, "payload")?;
    Ok(Resolved::Operation(Operation::SetPayload(id, payload), 1))
}
