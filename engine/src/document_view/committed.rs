//! Several questions to the same committed documents.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;
use tantivy::{Searcher, TantivyError};

use super::facts;
use super::index::{self, Fields};
use super::matching::{self, Matching, Segment};
use crate::error::{Error, Result};
use crate::query::filter::Filter;
use crate::query::order::{OrderBy, Ordered, Rough};

/// The most different values of a run that are told apart.
const RUN_VALUES_MAX: usize = 4_096;

/// The points that stand at about the same place, by their values.
pub(crate) struct RunValues {
    /// In the order of the scroll; each point at its first value.
    pub(crate) values: Vec<(Ordered, RoaringBitmap)>,
    /// Those with a value of which only the beginning is a fact.
    pub(crate) undecided: RoaringBitmap,
}

/// The documents of one commit.
pub(crate) struct CommittedDocuments {
    searcher: Searcher,
    fields: Fields,
}

impl CommittedDocuments {
    pub(super) fn new(searcher: Searcher, fields: Fields) -> Self {
        Self { searcher, fields }
    }

    /// The points whose payload passes, as far as the index can tell. It leaves undecided what
    /// compares with strings longer than [`facts::STRING_BYTES_MAX`], keys longer than a filter
    /// may name, points in time within a second of a bound, lists of places, lists that hold some of
    /// the values of an `other_than`, and nested filters.
    ///
    /// `numbers` has the point numbers of the ids that the filter names.
    pub(crate) fn matching(
        &self,
        filter: &Filter,
        numbers: &HashMap<String, u32>,
    ) -> Result<Matching> {
        matching::points(&self.searcher, self.fields, filter, numbers)
    }

    /// All points, none undecided.
    pub(crate) fn all(&self) -> Result<Matching> {
        self.matching(&Filter::default(), &HashMap::new())
    }

    /// The points with a string at the path of which only the beginning is a fact.
    pub(crate) fn with_long_strings(&self, path: &str) -> Result<RoaringBitmap> {
        let mut numbers = Vec::new();
        for view in self.segments() {
            view.with_facts_from(&facts::long_strings(path))
                .and_then(|documents| view.push_numbers(&documents, &mut numbers))
                .map_err(index::error("read facts"))?;
        }
        matching::bitmap(numbers)
    }

    /// Calls `visit` with values at the path and how many points in `among` have them; a value
    /// can come several times, with the points of one text segment each time.
    pub(crate) fn visit_values(
        &self,
        path: &str,
        among: &RoaringBitmap,
        visit: &mut dyn FnMut(Ordered, u64) -> Result<()>,
    ) -> Result<()> {
        let mut refusal: Option<Error> = None;
        for view in self.segments() {
            let numbers = view.numbers().map_err(index::error("read facts"))?;
            let visited = view.visit_facts(&facts::at(path), &mut |term, postings| {
                let Some(value) = facts::value(path, term) else {
                    return Ok(());
                };
                let documents = matching::documents(postings).into_iter();
                let counted = documents
                    .filter(|document| {
                        view.is_alive(*document)
                            && numbers
                                .first(*document)
                                .is_some_and(|number| among.contains(number as u32))
                    })
                    .count();
                if counted == 0 {
                    return Ok(());
                }
                visit(value, counted as u64).map_err(|error| {
                    refusal = Some(error);
                    TantivyError::InternalError("ended early".to_owned())
                })
            });
            if let Some(refusal) = refusal.take() {
                return Err(refusal);
            }
            visited.map_err(index::error("read facts"))?;
        }
        Ok(())
    }

    /// Calls `visit` with each point and about where it stands by its values at the path.
    pub(crate) fn visit_positions(
        &self,
        path: &str,
        descending: bool,
        visit: &mut dyn FnMut(u32, Rough),
    ) -> Result<()> {
        for view in self.segments() {
            let mut positions = vec![Rough::MISSING; view.segment.max_doc() as usize];
            view.visit_facts(&facts::at(path), &mut |term, postings| {
                let Some(value) = facts::value_in_scroll(path, term) else {
                    return Ok(());
                };
                let rough = Rough::of(&value, descending);
                for document in matching::documents(postings) {
                    if let Some(position) = positions.get_mut(document as usize) {
                        *position = rough.min(*position);
                    }
                }
                Ok(())
            })
            .map_err(index::error("read facts"))?;
            let numbers = view.numbers().map_err(index::error("read facts"))?;
            for (document, position) in (0..).zip(positions) {
                if view.is_alive(document)
                    && let Some(number) = numbers.first(document)
                {
                    visit(number as u32, position);
                }
            }
        }
        Ok(())
    }

    /// The points of a run, which are those in `among`, by their exact values; none where there
    /// are too many different ones.
    pub(crate) fn values_in_run(
        &self,
        order: &OrderBy,
        rough: Rough,
        among: &RoaringBitmap,
    ) -> Result<Option<RunValues>> {
        let path = &order.key;
        let mut values: BTreeMap<Ordered, Vec<u32>> = BTreeMap::new();
        let mut undecided = Vec::new();
        for view in self.segments() {
            view.visit_facts(&facts::at(path), &mut |term, postings| {
                let Some(value) = facts::value_in_scroll(path, term) else {
                    return Ok(());
                };
                if Rough::of(&value, order.descending) != rough || values.len() > RUN_VALUES_MAX {
                    return Ok(());
                }
                let documents = matching::documents(postings).into_iter().collect();
                if facts::value(path, term).is_none() {
                    return view.push_numbers(&documents, &mut undecided);
                }
                view.push_numbers(&documents, values.entry(value).or_default())
            })
            .map_err(index::error("read facts"))?;
        }
        if values.len() > RUN_VALUES_MAX {
            return Ok(None);
        }
        let undecided = matching::bitmap(undecided)? & among;
        let mut left = among - &undecided;
        let mut found = Vec::with_capacity(values.len());
        let ordered: Box<dyn Iterator<Item = _>> = if order.descending {
            Box::new(values.into_iter().rev())
        } else {
            Box::new(values.into_iter())
        };
        for (value, numbers) in ordered {
            let numbers = matching::bitmap(numbers)? & &left;
            left -= &numbers;
            found.push((value, numbers));
        }
        Ok(Some(RunValues {
            values: found,
            undecided,
        }))
    }

    fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let segments = self.searcher.segment_readers().iter();
        segments.map(|segment| Segment {
            segment,
            fields: self.fields,
        })
    }
}
