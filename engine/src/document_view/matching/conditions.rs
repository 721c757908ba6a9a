//! Conditions that no single fact answers.

use std::collections::{BTreeSet, HashMap};

use roaring::RoaringBitmap;

use super::super::facts::{self, Fact};
use super::{Bounds, Segment};
use crate::query::filter::{Clause, Filter, FilterTest, Scalar};
use crate::value::Value;

impl Segment<'_> {
    /// Documents with one of the values at the path.
    pub(super) fn any(&self, path: &str, values: &[Value]) -> tantivy::Result<Bounds> {
        let mut any = Bounds::none();
        for scalar in values.iter().filter_map(Scalar::of) {
            let Fact { term, is_whole } = facts::equals(path, scalar);
            any.add(&self.with_fact(&term)?, is_whole);
        }
        Ok(any)
    }

    /// Documents with anything at the path but null and lists without elements.
    pub(super) fn filled(&self, path: &str) -> tantivy::Result<RoaringBitmap> {
        Ok(self.with_fact(&facts::exists(path))? - self.with_fact(&facts::blank(path))?)
    }

    /// Documents with a value at the path that is none of these. One that has several values, or
    /// null among them, is left undecided where the facts do not say which it is.
    pub(super) fn other_than(&self, path: &str, values: &[Value]) -> tantivy::Result<Bounds> {
        let any = self.any(path, values)?;
        let filled = self.filled(path)?;
        let several = self.with_fact(&facts::several(path))?;
        let nulls = self.with_fact(&facts::null(path))?;
        let hollow = self.with_fact(&facts::hollow(path))?;
        Ok(Bounds {
            certain: &filled - &any.possible - nulls - hollow,
            possible: filled - (any.certain - several),
        })
    }

    /// Documents whose points have these ids.
    pub(super) fn with_ids(
        &self,
        named: &BTreeSet<String>,
        ids: &HashMap<String, u32>,
    ) -> tantivy::Result<Bounds> {
        let wanted: RoaringBitmap = named.iter().filter_map(|id| ids.get(id)).collect();
        if wanted.is_empty() {
            return Ok(Bounds::none());
        }
        let numbers = self.numbers()?;
        let is_wanted = |document: &u32| {
            let number = numbers.first(*document);
            number.is_some_and(|number| wanted.contains(number as u32))
        };
        let documents = 0..self.segment.max_doc();
        Ok(Bounds::exactly(documents.filter(is_wanted).collect()))
    }

    /// Documents in which an object at the path may pass the filter: each condition that one of
    /// its values must meet is met by some object there. Whether it is the same one, only the
    /// payload tells.
    pub(super) fn nested(&self, path: &str, filter: &Filter) -> tantivy::Result<RoaringBitmap> {
        let mut possible = self.condition(path, &FilterTest::Exists(true))?.possible;
        for clause in &filter.must {
            match clause {
                Clause::Condition(condition) if needs_value(&condition.test) => {
                    let path = format!("{path}.{}", condition.key);
                    possible &= self.condition(&path, &condition.test)?.possible;
                }
                Clause::Nested(inner) => {
                    let path = format!("{path}.{}", inner.key);
                    possible &= self.nested(&path, &inner.filter)?;
                }
                Clause::Group(_) | Clause::HasId(_) | Clause::Condition(_) => {}
            }
        }
        Ok(possible)
    }
}

/// Whether only a value that is there passes the test.
fn needs_value(test: &FilterTest) -> bool {
    match test {
        FilterTest::Exists(expected) | FilterTest::Null(expected) => *expected,
        FilterTest::Empty(expected) => !*expected,
        FilterTest::Any(_)
        | FilterTest::OtherThan(_)
        | FilterTest::Prefix(_)
        | FilterTest::Range(_)
        | FilterTest::DateRange(_)
        | FilterTest::Geo(_) => true,
    }
}
