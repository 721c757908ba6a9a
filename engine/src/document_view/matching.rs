//! A filter to the points that pass, as far as the facts can tell.

mod conditions;

use std::collections::HashMap;
use std::fmt::Debug;
use std::ops::RangeInclusive;

use roaring::RoaringBitmap;
use tantivy::columnar::{Column, DynamicColumn};
use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::facts;
use super::index::{self, Fields, NUMBER, NUMBERS};
use crate::error::{Error, Result};
use crate::query::date_time::DateTime;
use crate::query::filter::{Clause, FILTER_KEY_BYTES_MAX, Filter, FilterTest, Range};
use crate::query::geo::{GeoArea, GeoPoint, LATITUDE, LONGITUDE};

/// The committed points that pass a filter, and those that only their payload can tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Matching {
    /// They pass.
    pub(crate) certain: RoaringBitmap,
    /// They may pass. Disjoint from `certain`.
    pub(crate) undecided: RoaringBitmap,
}

/// The numbers of the points that pass.
pub(super) fn points(
    searcher: &Searcher,
    fields: Fields,
    filter: &Filter,
    ids: &HashMap<String, u32>,
) -> Result<Matching> {
    let mut certain = Vec::new();
    let mut possible = Vec::new();
    for segment in searcher.segment_readers() {
        let view = Segment { segment, fields };
        let documents = view
            .group(filter, ids)
            .map_err(index::error("answer a filter"))?;
        let undecided = documents.possible - &documents.certain;
        view.push_numbers(&documents.certain, &mut certain)
            .and_then(|()| view.push_numbers(&undecided, &mut possible))
            .map_err(index::error("answer a filter"))?;
    }
    let certain = bitmap(certain)?;
    Ok(Matching {
        undecided: bitmap(possible)? - &certain,
        certain,
    })
}

/// Text segments hold ascending numbers mostly, which makes this sort cheap.
pub(super) fn bitmap(mut numbers: Vec<u32>) -> Result<RoaringBitmap> {
    numbers.sort_unstable();
    numbers.dedup();
    RoaringBitmap::from_sorted_iter(numbers)
        .map_err(|problem| Error::backend("answer a filter", problem))
}

/// What the facts say: the documents that pass lie between the two.
struct Bounds {
    /// All of these pass.
    certain: RoaringBitmap,
    /// None but these pass. Holds all of `certain`.
    possible: RoaringBitmap,
}

impl Bounds {
    fn exactly(documents: RoaringBitmap) -> Self {
        Self {
            certain: documents.clone(),
            possible: documents,
        }
    }

    fn none() -> Self {
        Self::exactly(RoaringBitmap::new())
    }

    fn and(self, other: &Self) -> Self {
        Self {
            certain: self.certain & &other.certain,
            possible: self.possible & &other.possible,
        }
    }

    fn or(self, other: &Self) -> Self {
        Self {
            certain: self.certain | &other.certain,
            possible: self.possible | &other.possible,
        }
    }

    fn and_not(self, other: &Self) -> Self {
        Self {
            certain: self.certain - &other.possible,
            possible: self.possible - &other.certain,
        }
    }

    /// Adds documents with a fact that was looked for.
    fn add(&mut self, documents: &RoaringBitmap, is_whole: bool) {
        self.possible |= documents;
        if is_whole {
            self.certain |= documents;
        }
    }
}

/// Documents of one text segment, by their number in it.
pub(super) struct Segment<'a> {
    pub(super) segment: &'a SegmentReader,
    pub(super) fields: Fields,
}

impl Segment<'_> {
    fn all(&self) -> RoaringBitmap {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..self.segment.max_doc());
        all
    }

    fn group(&self, filter: &Filter, ids: &HashMap<String, u32>) -> tantivy::Result<Bounds> {
        let mut passing: Option<Bounds> = None;
        for clause in &filter.must {
            let documents = self.clause(clause, ids)?;
            let both = match passing {
                Some(passing) => passing.and(&documents),
                None => documents,
            };
            if both.possible.is_empty() {
                return Ok(Bounds::none());
            }
            passing = Some(both);
        }
        if !filter.should.is_empty() {
            let mut any = Bounds::none();
            for clause in &filter.should {
                any = any.or(&self.clause(clause, ids)?);
            }
            passing = Some(match passing {
                Some(passing) => passing.and(&any),
                None => any,
            });
        }
        let mut passing = passing.unwrap_or_else(|| Bounds::exactly(self.all()));
        for clause in &filter.must_not {
            passing = passing.and_not(&self.clause(clause, ids)?);
        }
        Ok(passing)
    }

    fn clause(&self, clause: &Clause, ids: &HashMap<String, u32>) -> tantivy::Result<Bounds> {
        match clause {
            Clause::Group(group) => self.group(group, ids),
            Clause::Condition(condition) => self.condition(&condition.key, &condition.test),
            Clause::HasId(named) => self.with_ids(named, ids),
            Clause::Nested(nested) => Ok(Bounds {
                certain: RoaringBitmap::new(),
                possible: self.nested(&nested.key, &nested.filter)?,
            }),
        }
    }

    fn condition(&self, path: &str, test: &FilterTest) -> tantivy::Result<Bounds> {
        if path.len() > FILTER_KEY_BYTES_MAX {
            return Ok(Bounds {
                certain: RoaringBitmap::new(),
                possible: self.all(),
            });
        }
        Ok(match test {
            FilterTest::Exists(expected) => {
                let found = self.with_fact(&facts::exists(path))?;
                Bounds::exactly(if *expected { found } else { self.all() - found })
            }
            FilterTest::Null(expected) => {
                let found = self.with_fact(&facts::null(path))?;
                Bounds::exactly(if *expected { found } else { self.all() - found })
            }
            FilterTest::Empty(expected) => {
                let filled = self.filled(path)?;
                Bounds::exactly(if *expected {
                    self.all() - filled
                } else {
                    filled
                })
            }
            FilterTest::Any(values) => self.any(path, values)?,
            FilterTest::OtherThan(values) => self.other_than(path, values)?,
            FilterTest::Prefix(prefix) => self.with_prefix(path, prefix)?,
            FilterTest::Range(range) => {
                let column = facts::column(path);
                Bounds::exactly(match inclusive(range) {
                    Some((low, high)) => self.with_number(&column, low, high)?,
                    None => RoaringBitmap::new(),
                })
            }
            FilterTest::DateRange(range) => self.with_time(path, range)?,
            FilterTest::Geo(area) => self.within(path, area)?,
        })
    }

    fn with_fact(&self, fact: &[u8]) -> tantivy::Result<RoaringBitmap> {
        let term = Term::from_field_bytes(self.fields.facts, fact);
        let inverted = self.segment.inverted_index(self.fields.facts)?;
        let Some(postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
            return Ok(RoaringBitmap::new());
        };
        Ok(documents(postings).into_iter().collect())
    }

    fn with_prefix(&self, path: &str, prefix: &str) -> tantivy::Result<Bounds> {
        let (short, long) = facts::begins_with(path, prefix);
        let mut found = Bounds::none();
        if let Some(short) = short {
            found.add(&self.with_facts_from(&short)?, true);
        }
        let with_long = if long.is_whole {
            self.with_facts_from(&long.term)?
        } else {
            self.with_fact(&long.term)?
        };
        found.add(&with_long, long.is_whole);
        Ok(found)
    }

    /// Documents with a fact that begins with `beginning`.
    pub(super) fn with_facts_from(&self, beginning: &[u8]) -> tantivy::Result<RoaringBitmap> {
        let mut found = RoaringBitmap::new();
        self.visit_facts(beginning, &mut |_, postings| {
            found.extend(documents(postings));
            Ok(())
        })?;
        Ok(found)
    }

    /// Calls `visit` with each fact that begins with `beginning`, in order, and its documents.
    pub(super) fn visit_facts(
        &self,
        beginning: &[u8],
        visit: &mut dyn FnMut(&[u8], SegmentPostings) -> tantivy::Result<()>,
    ) -> tantivy::Result<()> {
        let inverted = self.segment.inverted_index(self.fields.facts)?;
        let mut terms = inverted.terms().range().ge(beginning).into_stream()?;
        while terms.advance() && terms.key().starts_with(beginning) {
            let postings =
                inverted.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
            visit(terms.key(), postings)?;
        }
        Ok(())
    }

    /// Documents with a point in time within bounds. The column knows whole seconds, so that only
    /// those in a second of a bound are left undecided.
    fn with_time(&self, path: &str, range: &Range<DateTime>) -> tantivy::Result<Bounds> {
        let column = facts::time_column(path);
        let low = [range.gt, range.gte].into_iter().flatten().max();
        let high = [range.lt, range.lte].into_iter().flatten().min();
        let from = low.map_or(f64::NEG_INFINITY, |time| time.seconds() as f64);
        let to = high.map_or(f64::INFINITY, |time| time.seconds() as f64);
        Ok(Bounds {
            certain: self.with_number(&column, from + 1.0, to - 1.0)?,
            possible: self.with_number(&column, from, to)?,
        })
    }

    /// Documents with a place in the area. One with several coordinates at the path is left
    /// undecided, because the columns do not say which belong together.
    fn within(&self, path: &str, area: &GeoArea) -> tantivy::Result<Bounds> {
        let places = self.with_fact(&facts::place(path))?;
        let (latitude, longitude) = (format!("{path}.{LATITUDE}"), format!("{path}.{LONGITUDE}"));
        if longitude.len() > FILTER_KEY_BYTES_MAX {
            return Ok(Bounds {
                certain: RoaringBitmap::new(),
                possible: places,
            });
        }
        let (low, high) = area.latitudes();
        let candidates = places & self.with_number(&facts::column(&latitude), low, high)?;
        let latitudes = self.columns(&facts::column(&latitude))?;
        let longitudes = self.columns(&facts::column(&longitude))?;
        let mut found = Bounds::none();
        for document in candidates {
            let coordinates = (only(&latitudes, document), only(&longitudes, document));
            let (Some(lat), Some(lon)) = coordinates else {
                found.possible.insert(document);
                continue;
            };
            if area.contains(GeoPoint { lat, lon }) {
                found.certain.insert(document);
                found.possible.insert(document);
            }
        }
        Ok(found)
    }

    fn columns(&self, column: &str) -> tantivy::Result<Vec<DynamicColumn>> {
        let name = format!("{NUMBERS}.{column}");
        let handles = self.segment.fast_fields().dynamic_column_handles(&name)?;
        let opened = handles.into_iter().map(|handle| Ok(handle.open()?));
        opened.collect()
    }

    /// Documents with a number from `low` to `high` in the column. tantivy keeps a column of `f64`
    /// as integers where all its values are whole, so each kind is asked in its own terms.
    fn with_number(&self, column: &str, low: f64, high: f64) -> tantivy::Result<RoaringBitmap> {
        let mut documents = Vec::new();
        if low > high {
            return Ok(RoaringBitmap::new());
        }
        for opened in self.columns(column)? {
            match opened {
                DynamicColumn::F64(column) => self.scan(&column, Some(low..=high), &mut documents),
                DynamicColumn::I64(column) => self.scan(&column, signed(low, high), &mut documents),
                DynamicColumn::U64(column) => {
                    self.scan(&column, unsigned(low, high), &mut documents);
                }
                other => {
                    let kind = other.column_type();
                    let problem = format!("column `{column}` is {kind}, expected numbers");
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

    /// The point number of each document.
    pub(super) fn numbers(&self) -> tantivy::Result<Column<u64>> {
        self.segment.fast_fields().u64(NUMBER)
    }

    /// Whether the document was neither replaced nor removed.
    pub(super) fn is_alive(&self, document: u32) -> bool {
        !self.segment.is_deleted(document)
    }

    /// Appends the point numbers of documents that are alive.
    pub(super) fn push_numbers(
        &self,
        documents: &RoaringBitmap,
        numbers: &mut Vec<u32>,
    ) -> tantivy::Result<()> {
        let column = self.numbers()?;
        for document in documents {
            if self.is_alive(document) {
                numbers.extend(column.first(document).map(|number| number as u32));
            }
        }
        Ok(())
    }
}

pub(super) fn documents(mut postings: SegmentPostings) -> Vec<u32> {
    let mut documents = Vec::with_capacity(postings.size_hint() as usize);
    while postings.doc() != TERMINATED {
        documents.push(postings.doc());
        postings.advance();
    }
    documents
}

/// The one number of a document in all columns of a path; none where it has several or none.
fn only(columns: &[DynamicColumn], document: u32) -> Option<f64> {
    let mut found = None;
    for column in columns {
        let mut is_only = true;
        let mut take = |number: f64| is_only &= found.replace(number).is_none();
        match column {
            DynamicColumn::F64(column) => column.values_for_doc(document).for_each(&mut take),
            DynamicColumn::I64(column) => column
                .values_for_doc(document)
                .for_each(|number| take(number as f64)),
            DynamicColumn::U64(column) => column
                .values_for_doc(document)
                .for_each(|number| take(number as f64)),
            _ => return None,
        }
        if !is_only {
            return None;
        }
    }
    found
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
