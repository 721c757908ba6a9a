//! Several questions to the same committed documents.

use roaring::RoaringBitmap;
use tantivy::{Searcher, TantivyError};

use super::facts;
use super::index::{self, Fields};
use super::matching::{self, Matching, Segment};
use crate::error::{Error, Result};
use crate::query::filter::Filter;
use crate::query::order::{Ordered, Rough};

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
    /// may name, points in time within a second of a bound, and lists of places.
    pub(crate) fn matching(&self, filter: &Filter) -> Result<Matching> {
        matching::points(&self.searcher, self.fields, filter)
    }

    /// All points, none undecided.
    pub(crate) fn all(&self) -> Result<Matching> {
        self.matching(&Filter::default())
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

    fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let segments = self.searcher.segment_readers().iter();
        segments.map(|segment| Segment {
            segment,
            fields: self.fields,
        })
    }
}
