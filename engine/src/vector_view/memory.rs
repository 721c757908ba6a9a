//! Rows in memory, not yet in a graph: the active segment, and the one being sealed.
//!
//! A segment is a list of immutable blocks, so a search reads the list it took while the writer
//! publishes a longer one. A new block swallows its left neighbours while they are no longer than
//! itself, so that single-row writes cost about ten copies of a row and leave few blocks.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::code::{CodeBound, encode_bounded};
use super::query::Query;
use super::ranking::PointRanking;
use super::row::{NewRow, RowId, RowRange};

/// Blocks stop growing here: 1,024 rows of 320 dimensions are 1.3 MB to copy at most.
const BLOCK_ROWS_MAX: usize = 1_024;

/// Some consecutive rows.
#[derive(Debug)]
struct Block {
    rows: Vec<RowId>,
    points: Vec<u32>,
    vectors: Vec<f32>,
    codes: Vec<i8>,
    bounds: Vec<CodeBound>,
}

/// Rows in memory, searched exactly. Cloning is cheap and gives an unchanging copy.
#[derive(Debug, Clone)]
pub(crate) struct MemorySegment {
    dimensions: usize,
    blocks: Vec<Arc<Block>>,
    rows: usize,
    dead: Arc<RoaringBitmap>,
}

impl MemorySegment {
    /// A segment without rows.
    pub(crate) fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            blocks: Vec::new(),
            rows: 0,
            dead: Arc::new(RoaringBitmap::new()),
        }
    }

    /// Rows, dead ones counted.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that were not retired.
    pub(crate) fn live_rows(&self) -> usize {
        self.rows - self.dead.len() as usize
    }

    /// Offsets of retired rows.
    pub(crate) fn dead(&self) -> &Arc<RoaringBitmap> {
        &self.dead
    }

    /// Bytes of vectors, codes and names.
    pub(crate) fn bytes(&self) -> usize {
        let row_bytes = self.dimensions * (size_of::<f32>() + 1)
            + size_of::<RowId>()
            + size_of::<u32>()
            + size_of::<CodeBound>();
        self.rows * row_bytes + self.dead.serialized_size()
    }

    /// The last row, retired or not.
    pub(crate) fn last(&self) -> Option<RowId> {
        self.blocks
            .last()
            .and_then(|block| block.rows.last().copied())
    }

    /// Appends rows, whose names ascend and lie above all names here.
    pub(crate) fn add(&mut self, added: &[NewRow]) {
        for rows in added.chunks(BLOCK_ROWS_MAX) {
            debug_assert!(self.last() < rows.first().map(|new| new.row));
            let mut block = Block::new(self.dimensions, rows);
            while let Some(left) = self.blocks.last()
                && left.rows.len() <= block.rows.len()
                && left.rows.len() + block.rows.len() <= BLOCK_ROWS_MAX
            {
                block = left.joined(&block);
                self.blocks.pop();
            }
            self.blocks.push(Arc::new(block));
            self.rows += rows.len();
        }
    }

    /// Marks rows as dead; rows that are not here are ignored. Tells whether anything changed.
    pub(crate) fn retire(&mut self, ranges: &[RowRange]) -> bool {
        let mut dead = None;
        for range in ranges {
            let (start, end) = (self.offset_of(range.start()), self.offset_of(range.end()));
            if start < end {
                dead.get_or_insert_with(|| RoaringBitmap::clone(&self.dead))
                    .insert_range(start as u32..end as u32);
            }
        }
        dead.is_some_and(|dead| {
            self.dead = Arc::new(dead);
            true
        })
    }

    /// How many rows lie below `row`.
    fn offset_of(&self, row: RowId) -> usize {
        let mut offset = 0;
        for block in &self.blocks {
            if block.rows.last().is_some_and(|&last| last < row) {
                offset += block.rows.len();
            } else {
                return offset + block.rows.partition_point(|&here| here < row);
            }
        }
        offset
    }

    /// Calls `visit` with every row in order: offset, row, point, vector.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(u32, RowId, u32, &[f32])) {
        let mut offset = 0;
        for block in &self.blocks {
            let vectors = block.vectors.chunks_exact(self.dimensions);
            for ((&row, &point), vector) in block.rows.iter().zip(&block.points).zip(vectors) {
                visit(offset, row, point, vector);
                offset += 1;
            }
        }
    }

    /// Ranks every live allowed row by its full vector, and returns how many were considered.
    ///
    /// Codes bound every row's closeness; only rows whose upper bound reaches the worst lower
    /// bound that is among the best are computed in full. The answer is that of a plain scan.
    pub(crate) fn scan(
        &self,
        query: &Query,
        allowed: Option<&RoaringBitmap>,
        points: usize,
        ranking: &mut PointRanking,
    ) -> usize {
        let mut lower = PointRanking::new(points);
        let mut considered = Vec::with_capacity(self.rows);
        let mut offset = 0;
        for (number, block) in self.blocks.iter().enumerate() {
            for index in 0..block.rows.len() {
                let is_dead = !self.dead.is_empty() && self.dead.contains(offset);
                offset += 1;
                let point = block.points[index];
                if is_dead || allowed.is_some_and(|allowed| !allowed.contains(point)) {
                    continue;
                }
                let between = query
                    .closeness_between(block.codes(self.dimensions, index), block.bounds[index]);
                lower.offer(between.lower, point, block.rows[index]);
                considered.push((between.upper, number as u32, index as u32));
            }
        }
        let floor = lower.threshold();
        for &(upper, number, index) in &considered {
            // Written so that an upper bound of NaN is computed in full.
            if upper < floor || upper < ranking.threshold() {
                continue;
            }
            let (block, index) = (&self.blocks[number as usize], index as usize);
            let closeness = query.closeness_f32(block.vector(self.dimensions, index));
            ranking.offer(closeness, block.points[index], block.rows[index]);
        }
        considered.len()
    }
}

impl Block {
    fn new(dimensions: usize, added: &[NewRow]) -> Self {
        let mut block = Self {
            rows: added.iter().map(|new| new.row).collect(),
            points: added.iter().map(|new| new.point).collect(),
            vectors: Vec::with_capacity(added.len() * dimensions),
            codes: vec![0; added.len() * dimensions],
            bounds: Vec::with_capacity(added.len()),
        };
        for (new, codes) in added.iter().zip(block.codes.chunks_exact_mut(dimensions)) {
            assert_eq!(
                new.vector.len(),
                dimensions,
                "the write path checks dimensions"
            );
            block.vectors.extend_from_slice(&new.vector);
            block.bounds.push(encode_bounded(&new.vector, codes));
        }
        block
    }

    fn joined(&self, right: &Self) -> Self {
        Self {
            rows: [self.rows.as_slice(), &right.rows].concat(),
            points: [self.points.as_slice(), &right.points].concat(),
            vectors: [self.vectors.as_slice(), &right.vectors].concat(),
            codes: [self.codes.as_slice(), &right.codes].concat(),
            bounds: [self.bounds.as_slice(), &right.bounds].concat(),
        }
    }

    fn vector(&self, dimensions: usize, index: usize) -> &[f32] {
        &self.vectors[index * dimensions..(index + 1) * dimensions]
    }

    fn codes(&self, dimensions: usize, index: usize) -> &[i8] {
        &self.codes[index * dimensions..(index + 1) * dimensions]
    }
}

#[cfg(test)]
mod tests;
