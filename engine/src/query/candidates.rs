//! The points of which a page by a payload value is made, as far as the index knows their values.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::document_view::CommittedDocuments;
use crate::error::Result;

use super::order::{OrderBy, Position, Rough};

/// What a page asks of the index.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) documents: &'a CommittedDocuments,
    pub(super) order: &'a OrderBy,
    /// Where the last page ended.
    pub(super) after: Option<&'a Position>,
    pub(super) limit: usize,
}

impl Page<'_> {
    /// Points that can be on the page, and enough of those that stand after it to say whether
    /// there is another: about as many as the limit, except where the index knows only the
    /// beginnings of values.
    pub(super) fn candidates(&self, qualifies: &dyn Fn(u32) -> bool) -> Result<RoaringBitmap> {
        let from = self.after.map(Position::rough);
        let OrderBy { key, descending } = self.order;
        let mut positions: Vec<(Rough, u32)> = Vec::new();
        self.documents
            .visit_positions(key, *descending, &mut |number, rough| {
                if from.is_none_or(|from| rough >= from) && qualifies(number) {
                    positions.push((rough, number));
                }
            })?;
        let last = self.last(from, &positions);
        let mut candidates = RoaringBitmap::new();
        // Only the first and the last run can hold more points than the page.
        let mut edges: BTreeMap<Rough, RoaringBitmap> = BTreeMap::new();
        for (rough, number) in positions {
            if Some(rough) == from || Some(rough) == last {
                edges.entry(rough).or_default().insert(number);
            } else if last.is_none_or(|last| rough < last) {
                candidates.insert(number);
            }
        }
        for (rough, run) in edges {
            candidates |= self.first_of_run(rough, run)?;
        }
        Ok(candidates)
    }

    /// About where the point after the page stands, counted from the first that certainly stands
    /// after the cursor; none where so few are left.
    fn last(&self, from: Option<Rough>, positions: &[(Rough, u32)]) -> Option<Rough> {
        let later = positions.iter().map(|(rough, _)| *rough);
        let mut later: Vec<Rough> = later
            .filter(|rough| from.is_none_or(|from| *rough > from))
            .collect();
        if later.len() <= self.limit {
            return None;
        }
        let (_, last, _) = later.select_nth_unstable(self.limit);
        Some(*last)
    }

    /// Of the points that stand about at `rough`, those that can be on the page.
    fn first_of_run(&self, rough: Rough, run: RoaringBitmap) -> Result<RoaringBitmap> {
        let wanted = self.limit + 1;
        if run.len() <= wanted as u64 {
            return Ok(run);
        }
        let by_value = if rough == Rough::MISSING {
            Some((vec![(None, run.clone())], RoaringBitmap::new()))
        } else {
            let found = self.documents.values_in_run(self.order, rough, &run)?;
            found.map(|found| {
                let values = found.values.into_iter();
                let values = values.map(|(value, numbers)| (Some(value), numbers));
                (values.collect(), found.undecided)
            })
        };
        let Some((values, mut candidates)) = by_value else {
            return Ok(run);
        };
        let mut found = 0;
        for (value, numbers) in values {
            let mut position = Position::at(value, 0, self.order.descending);
            for number in numbers {
                position.number = number;
                if self.after.is_some_and(|after| position <= *after) {
                    continue;
                }
                candidates.insert(number);
                found += 1;
                if found == wanted {
                    return Ok(candidates);
                }
            }
        }
        Ok(candidates)
    }
}
