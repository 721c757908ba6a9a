//! A filter to the points that pass, from the facts alone.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use roaring::RoaringBitmap;
use tantivy::columnar::{Column, DynamicColumn};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::facts;
use super::index::{self, Fields, NUMBER, NUMBERS};
use crate::error::{Error, Result};
use crate::query::filter::{
    Clause, FILTER_KEY_BYTES_MAX, Filter, FilterCondition, FilterTest, Range, Scalar,
};

/// Whether the facts can decide every condition.
pub(super) fn is_answerable(filter: &Filter) -> bool {
    [&filter.must, &filter.should, &filter.must_not]
        .into_iter()
        .flatten()
        .all(|clause| match clause {
            Clause::Group(group) => is_answerable(group),
            Clause::Condition(condition) => {
                condition.key.len() <= FILTER_KEY_BYTES_MAX && is_test_answerable(&condition.test)
            }
        })
}

fn is_test_answerable(test: &FilterTest) -> bool {
    match test {
        FilterTest::Exists(_) | FilterTest::Range(_) => true,
        FilterTest::Any(values) => values
            .iter()
            .filter_map(Scalar::of)
            .all(|scalar| facts::equals("", scalar).is_some()),
    }
}

/// The numbers of the points that pass.
pub(super) fn points(
    searcher: &Searcher,
    fields: Fields,
    filter: &Filter,
) -> Result<RoaringBitmap> {
    let mut numbers = Vec::new();
    for segment in searcher.segment_readers() {
        let view = Segment { segment, fields };
        let documents = view
            .group(filter)
            .map_err(index::error("answer a filter"))?;
        view.push_numbers(&documents, &mut numbers)
            .map_err(index::error("answer a filter"))?;
    }
    // Text segments hold ascending numbers mostly, which makes this sort cheap.
    numbers.sort_unstable();
    numbers.dedup();
    RoaringBitmap::from_sorted_iter(numbers)
        .map_err(|problem| Error::backend("answer a filter", problem))
}

/// Documents of one text segment, by their number in it.
struct Segment<'a> {
    segment: &'a SegmentReader,
    fields: Fields,
}

impl Segment<'_> {
    fn all(&self) -> RoaringBitmap {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..self.segment.max_doc());
        all
    }

    fn group(&self, filter: &Filter) -> tantivy::Result<RoaringBitmap> {
        let mut passing: Option<RoaringBitmap> = None;
        for clause in &filter.must {
            let documents = self.clause(clause)?;
            passing = Some(match passing {
                Some(passing) => passing & documents,
                None => documents,
            });
            if passing.as_ref().is_some_and(RoaringBitmap::is_empty) {
                return Ok(RoaringBitmap::new());
            }
        }
        if !filter.should.is_empty() {
            let mut any = RoaringBitmap::new();
            for clause in &filter.should {
                any |= self.clause(clause)?;
            }
            passing = Some(match passing {
                Some(passing) => passing & any,
                None => any,
            });
        }
        let mut passing = passing.unwrap_or_else(|| self.all());
        for clause in &filter.must_not {
            passing -= self.clause(clause)?;
        }
        Ok(passing)
    }

    fn clause(&self, clause: &Clause) -> tantivy::Result<RoaringBitmap> {
        match clause {
            Clause::Group(group) => self.group(group),
            Clause::Condition(condition) => self.condition(condition),
        }
    }

    fn condition(&self, condition: &FilterCondition) -> tantivy::Result<RoaringBitmap> {
        let path = condition.key.as_str();
        match &condition.test {
            FilterTest::Exists(true) => self.with_fact(&facts::exists(path)),
            FilterTest::Exists(false) => Ok(self.all() - self.with_fact(&facts::exists(path))?),
            FilterTest::Range(range) => self.with_number(path, range),
            FilterTest::Any(values) => {
                let mut any = RoaringBitmap::new();
                for scalar in values.iter().filter_map(Scalar::of) {
                    if let Some(fact) = facts::equals(path, scalar) {
                        any |= self.with_fact(&fact)?;
                    }
                }
                Ok(any)
            }
        }
    }

    fn with_fact(&self, fact: &[u8]) -> tantivy::Result<RoaringBitmap> {
        let term = Term::from_field_bytes(self.fields.facts, fact);
        let inverted = self.segment.inverted_index(self.fields.facts)?;
        let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
            return Ok(RoaringBitmap::new());
        };
        let mut documents = Vec::with_capacity(postings.size_hint() as usize);
        while postings.doc() != TERMINATED {
            documents.push(postings.doc());
            postings.advance();
        }
        Ok(documents.into_iter().collect())
    }

    /// Documents with a number within bounds at the path. tantivy keeps a column of `f64` as
    /// integers where all its values are whole, so each kind is asked in its own terms.
    fn with_number(&self, path: &str, range: &Range) -> tantivy::Result<RoaringBitmap> {
        let mut documents = Vec::new();
        let Some((low, high)) = inclusive(range) else {
            return Ok(RoaringBitmap::new());
        };
        let name = format!("{NUMBERS}.{}", facts::column(path));
        for handle in self.segment.fast_fields().dynamic_column_handles(&name)? {
            match handle.open()? {
                DynamicColumn::F64(column) => self.scan(&column, Some(low..=high), &mut documents),
                DynamicColumn::I64(column) => self.scan(&column, signed(low, high), &mut documents),
                DynamicColumn::U64(column) => {
                    self.scan(&column, unsigned(low, high), &mut documents);
                }
                other => {
                    let kind = other.column_type();
                    let problem = format!("column `{name}` is {kind}, expected numbers");
                    return Err(tantivy::TantivyError::InternalError(problem));
                }
            }
        }
        Ok(documents.into_iter().collect())
    }

    /// Appends the documents with a value in the range.
    fn scan<T>(
        &self,
        column: &Column<T>,
        range: Option<RangeInclusive<T>>,
        documents: &mut Vec<u32>,
    ) where
        T: PartialOrd + Copy + Debug + Send + Sync + 'static,
    {
        // tantivy takes a range that lies wholly outside the column's values for one that touches
        // their bound.
        let Some(range) = range else { return };
        if *range.end() < column.min_value() || *range.start() > column.max_value() {
            return;
        }
        column.get_docids_for_value_range(range, 0..self.segment.max_doc(), documents);
    }

    /// Appends the point numbers of documents that are not deleted.
    fn push_numbers(
        &self,
        documents: &RoaringBitmap,
        numbers: &mut Vec<u32>,
    ) -> tantivy::Result<()> {
        let column = self.segment.fast_fields().u64(NUMBER)?;
        for document in documents {
            if !self.segment.is_deleted(document) {
                numbers.extend(column.first(document).map(|number| number as u32));
            }
        }
        Ok(())
    }
}

/// The least and the greatest `f64` within bounds; none where there is none.
fn inclusive(range: &Range) -> Option<(f64, f64)> {
    let low = [range.gt.map(f64::next_up), range.gte]
        .into_iter()
        .flatten()
        .fold(f64::NEG_INFINITY, f64::max);
    let high = [range.lt.map(f64::next_down), range.lte]
        .into_iter()
        .flatten()
        .fold(f64::INFINITY, f64::min);
    // The column holds no -0.0, and its order would put it below 0.0.
    (low <= high).then_some((low + 0.0, high + 0.0))
}

/// The `i64` whose value as `f64` lies between the bounds. All values in a column came from `f64`.
fn signed(low: f64, high: f64) -> Option<RangeInclusive<i64>> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if low >= END || high < -END {
        return None;
    }
    // Casts saturate, which is what an open bound needs.
    let range = low.ceil() as i64..=high.floor() as i64;
    (!range.is_empty()).then_some(range)
}

/// The `u64` whose value as `f64` lies between the bounds.
fn unsigned(low: f64, high: f64) -> Option<RangeInclusive<u64>> {
    const END: f64 = 18_446_744_073_709_551_616.0;
    if low >= END || high < 0.0 {
        return None;
    }
    let range = low.ceil() as u64..=high.floor() as u64;
    (!range.is_empty()).then_some(range)
}
