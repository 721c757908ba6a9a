//! The best points seen so far, one row each.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::hash_map::{Entry, HashMap};

use super::row::RowId;

/// One row of one point with its closeness: higher is closer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranked {
    /// Higher is closer. Not NaN.
    pub(crate) closeness: f32,
    /// The point's number.
    pub(crate) point: u32,
    /// The row.
    pub(crate) row: RowId,
}

impl Ranked {
    /// Closer first, then the lower point number, then the earlier row: a total order, so that
    /// answers do not depend on the order in which rows are met.
    fn key(&self) -> (OrderedFloat, Reverse<u32>, Reverse<RowId>) {
        (
            OrderedFloat(self.closeness),
            Reverse(self.point),
            Reverse(self.row),
        )
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// A float in the order of IEEE 754 totalOrder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderedFloat(pub(crate) f32);

impl PartialEq for OrderedFloat {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OrderedFloat {}

impl PartialOrd for OrderedFloat {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedFloat {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Keeps the best row of each of the best `points` points.
#[derive(Debug)]
pub(crate) struct PointRanking {
    points: usize,
    best: HashMap<u32, Ranked>,
    /// Worst on top. Entries that `best` no longer holds are stale and skipped.
    worst: BinaryHeap<Reverse<Ranked>>,
    /// Rows below this cannot enter; minus infinity until the ranking is full.
    threshold: f32,
}

impl PointRanking {
    /// An empty ranking of at most `points` points.
    pub(crate) fn new(points: usize) -> Self {
        Self {
            points,
            best: HashMap::new(),
            worst: BinaryHeap::new(),
            threshold: if points == 0 {
                f32::INFINITY
            } else {
                f32::NEG_INFINITY
            },
        }
    }

    /// Rows less close than this cannot enter.
    pub(crate) fn threshold(&self) -> f32 {
        self.threshold
    }

    /// How many points are held.
    pub(crate) fn len(&self) -> usize {
        self.best.len()
    }

    /// Considers a row. NaN counts as infinitely far.
    pub(crate) fn offer(&mut self, closeness: f32, point: u32, row: RowId) {
        if closeness < self.threshold || self.points == 0 {
            return;
        }
        let closeness = if closeness.is_nan() {
            f32::NEG_INFINITY
        } else {
            closeness
        };
        let offered = Ranked {
            closeness,
            point,
            row,
        };
        match self.best.entry(point) {
            Entry::Occupied(mut held) => {
                if *held.get() >= offered {
                    return;
                }
                held.insert(offered);
            }
            Entry::Vacant(free) => {
                free.insert(offered);
            }
        }
        self.worst.push(Reverse(offered));
        self.shrink();
    }

    /// Drops the worst point when there is one too many, and stale entries on the way.
    fn shrink(&mut self) {
        while let Some(Reverse(worst)) = self.worst.peek() {
            let is_stale = self.best.get(&worst.point).is_none_or(|held| held != worst);
            if !is_stale && self.best.len() <= self.points {
                break;
            }
            if !is_stale {
                self.best.remove(&worst.point);
            }
            self.worst.pop();
        }
        if self.best.len() == self.points
            && let Some(Reverse(worst)) = self.worst.peek()
        {
            self.threshold = worst.closeness;
        }
    }

    /// The points held, best first.
    pub(crate) fn into_sorted(self) -> Vec<Ranked> {
        let mut ranked: Vec<Ranked> = self.best.into_values().collect();
        ranked.sort_unstable_by(|left, right| right.cmp(left));
        ranked
    }
}

#[cfg(test)]
mod tests;
