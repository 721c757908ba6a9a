//! Facets: how many points have each value at a path.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use roaring::RoaringBitmap;

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::store::read_view::ReadView;
use crate::value::{Payload, Value};

use super::check::{check_key, check_limit};
use super::filter::{Filter, Scalar, any_element_at};
use super::order::Ordered;
use super::select;

/// The most distinct values at one path that are counted.
pub const FACET_VALUES_MAX: usize = 100_000;
/// The most bytes that distinct strings at one path may take.
pub(crate) const FACET_BYTES_MAX: usize = 64 << 20;

/// A question for the values at a path.
#[derive(Debug, Clone)]
pub struct FacetRequest {
    /// The dotted path.
    pub key: String,
    /// Which points count; all by default.
    pub filter: Option<Filter>,
    /// How many values to return: 1 to [`LIMIT_MAX`](crate::LIMIT_MAX).
    pub limit: usize,
}

/// A value and the points that have it.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetValue {
    /// A string, a number or a boolean.
    pub value: Value,
    /// Points with this value; a point whose list holds it twice counts once.
    pub count: u64,
}

impl Collection {
    /// Counts, for each value at a path, the points that have it and match; the most frequent
    /// first, then by value. The counts are exact.
    ///
    /// The document view answers for what it has committed; points that changed since, and long
    /// strings, are read from the store.
    pub fn facet(&self, request: &FacetRequest) -> Result<Vec<FacetValue>> {
        check_key(&request.key, "key")?;
        check_limit(request.limit)?;
        if let Some(filter) = &request.filter {
            filter.check("filter")?;
        }
        let mut counts = Counts::new(FACET_VALUES_MAX, FACET_BYTES_MAX);
        // Taken before the index is asked: what is committed in between is judged, never missed.
        let dirty = self.dirty.numbers();
        let documents = self.document_view.committed();
        let view = self.store.read_view();
        let filter = request.filter.as_ref();
        let mut from_store = select::points(self, &view, filter, dirty.as_ref(), &documents)?;
        if let Some(dirty) = dirty {
            let mut from_index = from_store.clone() - &dirty;
            let long = documents.with_long_strings(&request.key)?;
            from_index -= &long;
            from_store &= dirty | long;
            documents.visit_values(&request.key, &from_index, &mut |value, points| {
                counts.add(value, points)
            })?;
        }
        count_in_store(self, &view, &request.key, &from_store, &mut counts)?;
        Ok(counts.into_most_frequent(request.limit))
    }
}

fn count_in_store(
    collection: &Collection,
    view: &ReadView<'_>,
    key: &str,
    numbers: &RoaringBitmap,
    counts: &mut Counts,
) -> Result<()> {
    for number in numbers {
        let document = view.document(collection.id, number)?;
        for value in distinct(&document.payload, key) {
            counts.add(value, 1)?;
        }
    }
    Ok(())
}

/// The values at the path, each once.
fn distinct(payload: &Payload, key: &str) -> Vec<Ordered> {
    let mut values = Vec::new();
    any_element_at(payload, key, &mut |element| {
        values.extend(Scalar::of(element).map(Ordered::of_scalar));
        false
    });
    values.sort_unstable();
    values.dedup();
    values
}

/// Values with how many points have them, bounded.
struct Counts {
    points: HashMap<Ordered, u64>,
    bytes: usize,
    values_max: usize,
    bytes_max: usize,
}

impl Counts {
    fn new(values_max: usize, bytes_max: usize) -> Self {
        Self {
            points: HashMap::new(),
            bytes: 0,
            values_max,
            bytes_max,
        }
    }

    fn add(&mut self, value: Ordered, points: u64) -> Result<()> {
        let bytes = match &value {
            Ordered::String(text) => text.len(),
            Ordered::Bool(_) | Ordered::Number(_) | Ordered::DateTime(_) => 0,
        };
        let count = self.points.len();
        match self.points.entry(value) {
            Entry::Occupied(mut entry) => *entry.get_mut() += points,
            Entry::Vacant(entry) => {
                if count >= self.values_max || self.bytes + bytes > self.bytes_max {
                    let (values_max, bytes_max) = (self.values_max, self.bytes_max);
                    let problem = format!(
                        "a path with more than {values_max} different values or {bytes_max} bytes \
                         of them; narrow it with a filter, or facet by a value that repeats"
                    );
                    return Err(Error::invalid("key", "facet_too_many_values", problem));
                }
                self.bytes += bytes;
                entry.insert(points);
            }
        }
        Ok(())
    }

    fn into_most_frequent(self, limit: usize) -> Vec<FacetValue> {
        let mut values: Vec<(Ordered, u64)> = self.points.into_iter().collect();
        values.sort_unstable_by(|(one, one_count), (other, other_count)| {
            other_count.cmp(one_count).then_with(|| one.cmp(other))
        });
        values.truncate(limit);
        values
            .into_iter()
            .map(|(value, count)| FacetValue {
                value: value.into_value(),
                count,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
