//! A sealed segment: an immutable folder of mapped files.

use std::path::{Path, PathBuf};

use half::f16;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;

use super::graph::Graph;
use super::mapped::{FileKind, FileProof, Mapped};
use super::query::Query;
use super::row::{RowId, RowRange};
use super::space::GraphSpace;

/// Bytes of one entry of the row table: sequence (8), ordinal (4), point (4).
pub(crate) const ROW_BYTES: usize = 16;

/// The row table, in ascending order of rows.
pub(crate) const ROWS: FileKind = FileKind {
    magic: *b"KUKLAROW",
    width: ROW_BYTES as u32,
};
/// Pairs of point and offset, ascending: which rows a point has.
pub(crate) const POINTS: FileKind = FileKind {
    magic: *b"KUKLAPNT",
    width: 8,
};

/// How full vectors are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Precision {
    /// IEEE 754 half precision.
    Half,
    /// IEEE 754 single precision, where half would lose too much.
    Single,
}

impl Precision {
    /// What the vector file is.
    pub(crate) fn file(self, dimensions: usize) -> FileKind {
        match self {
            Self::Half => FileKind {
                magic: *b"KUKLAF16",
                width: 2 * dimensions as u32,
            },
            Self::Single => FileKind {
                magic: *b"KUKLAF32",
                width: 4 * dimensions as u32,
            },
        }
    }
}

/// A graph file: what its vectors are, and its proof.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct GraphEntry {
    /// What the graph's vectors are.
    pub(crate) space: GraphSpace,
    /// The file's length and checksum.
    pub(crate) proof: FileProof,
}

/// What the manifest says about a segment's files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SegmentEntry {
    /// Its id, which is its folder's name; never reused.
    pub(crate) id: u64,
    /// Rows in it, at least one.
    pub(crate) rows: u32,
    /// Its first row.
    pub(crate) first: RowId,
    /// Its last row.
    pub(crate) last: RowId,
    /// How full vectors are kept.
    pub(crate) precision: Precision,
    /// Whether every row belongs to another point.
    pub(crate) is_unique: bool,
    /// The row table.
    pub(crate) row_file: FileProof,
    /// The points' rows.
    pub(crate) point_file: FileProof,
    /// The full vectors.
    pub(crate) vector_file: FileProof,
    /// One graph per rung that carries one.
    pub(crate) graphs: Vec<GraphEntry>,
}

impl SegmentEntry {
    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        let graphs: u64 = self.graphs.iter().map(|graph| graph.proof.bytes).sum();
        self.row_file.bytes + self.point_file.bytes + self.vector_file.bytes + graphs
    }
}

/// The paths of a segment's files.
#[derive(Debug, Clone)]
pub(crate) struct SegmentPaths(PathBuf);

impl SegmentPaths {
    /// The paths of segment `id` in `segments`.
    pub(crate) fn new(segments: &Path, id: u64) -> Self {
        Self(segments.join(id.to_string()))
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The row table.
    pub(crate) fn rows(&self) -> PathBuf {
        self.0.join("rows")
    }

    /// The points' rows.
    pub(crate) fn points(&self) -> PathBuf {
        self.0.join("points")
    }

    /// The full vectors.
    pub(crate) fn vectors(&self) -> PathBuf {
        self.0.join("vectors")
    }

    /// The graph at this place in the entry's list.
    pub(crate) fn graph(&self, number: usize) -> PathBuf {
        self.0.join(format!("graph-{number}"))
    }
}

/// An open sealed segment.
#[derive(Debug)]
pub(crate) struct Sealed {
    entry: SegmentEntry,
    dimensions: usize,
    rows: Mapped,
    points: Mapped,
    vectors: Mapped,
    graphs: Vec<Graph>,
}

impl Sealed {
    /// Maps the files, after checking each against the entry.
    pub(crate) fn open(
        paths: &SegmentPaths,
        entry: SegmentEntry,
        dimensions: usize,
    ) -> Result<Self> {
        let count = u64::from(entry.rows);
        let rows = Mapped::open(&paths.rows(), ROWS, count, entry.row_file)?;
        let points = Mapped::open(&paths.points(), POINTS, count, entry.point_file)?;
        let kind = entry.precision.file(dimensions);
        let vectors = Mapped::open(&paths.vectors(), kind, count, entry.vector_file)?;
        let mut graphs = Vec::with_capacity(entry.graphs.len());
        for (number, graph) in entry.graphs.iter().enumerate() {
            let path = paths.graph(number);
            check_file(&path, graph.proof)?;
            graphs.push(Graph::view(
                &path,
                graph.space,
                dimensions,
                entry.rows as usize,
            )?);
        }
        let sealed = Self {
            entry,
            dimensions,
            rows,
            points,
            vectors,
            graphs,
        };
        sealed.check_rows(paths)?;
        Ok(sealed)
    }

    /// Checks what searches rely on: ascending rows that end where the entry says, and offsets
    /// below the row count.
    fn check_rows(&self, paths: &SegmentPaths) -> Result<()> {
        let count = self.entry.rows;
        let is_ascending = (1..count).all(|offset| self.row(offset - 1) < self.row(offset));
        if !is_ascending
            || self.row(0) != self.entry.first
            || self.row(count - 1) != self.entry.last
        {
            let what = paths.rows().display().to_string();
            return Err(Error::corrupt(
                what,
                "its rows are not those in the manifest",
            ));
        }
        if self.pairs().chunks_exact(2).any(|pair| pair[1] >= count) {
            let what = paths.points().display().to_string();
            return Err(Error::corrupt(what, "an offset lies beyond the last row"));
        }
        Ok(())
    }

    /// What the manifest says about it.
    pub(crate) fn entry(&self) -> &SegmentEntry {
        &self.entry
    }

    /// Its id.
    pub(crate) fn id(&self) -> u64 {
        self.entry.id
    }

    /// Rows in it, dead ones counted.
    pub(crate) fn rows(&self) -> usize {
        self.entry.rows as usize
    }

    /// Its graphs.
    pub(crate) fn graphs(&self) -> &[Graph] {
        &self.graphs
    }

    /// Bytes on the heap: what usearch allocates to view its graphs.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.graphs.iter().map(Graph::heap_bytes).sum()
    }

    /// The row at `offset`.
    pub(crate) fn row(&self, offset: u32) -> RowId {
        let [low, high, ordinal, _] = self.row_numbers(offset);
        RowId {
            sequence: u64::from(low) | u64::from(high) << 32,
            ordinal,
        }
    }

    /// The point that the row at `offset` belongs to.
    pub(crate) fn point(&self, offset: u32) -> u32 {
        self.row_numbers(offset)[3]
    }

    fn row_numbers(&self, offset: u32) -> [u32; 4] {
        let start = offset as usize * 4;
        let numbers: &[u32] = &self.rows.numbers()[start..start + 4];
        [numbers[0], numbers[1], numbers[2], numbers[3]]
    }

    /// Pairs of point and offset, flat, ascending.
    fn pairs(&self) -> &[u32] {
        self.points.numbers()
    }

    /// Adds the offsets of `range` to `dead`; rows that are not here are ignored.
    pub(crate) fn offsets_of_range(&self, range: RowRange) -> std::ops::Range<u32> {
        if range.end() <= self.entry.first || range.start() > self.entry.last {
            return 0..0;
        }
        self.offset_of(range.start())..self.offset_of(range.end())
    }

    /// How many rows lie below `row`.
    fn offset_of(&self, row: RowId) -> u32 {
        let (mut low, mut high) = (0, self.entry.rows);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.row(middle) < row {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The offsets of live rows whose points are allowed, ascending.
    pub(crate) fn offsets_of_points(
        &self,
        allowed: &RoaringBitmap,
        dead: &RoaringBitmap,
    ) -> Vec<u32> {
        let pairs = self.pairs();
        let count = self.rows();
        let mut offsets = Vec::new();
        let mut points = allowed.iter();
        let mut index = 0;
        // Each side leaps to where the other stands, so that the sparser one sets the cost.
        while index < count {
            points.advance_to(pairs[2 * index]);
            let Some(point) = points.next() else { break };
            index = leap(pairs, index, point);
            while index < count && pairs[2 * index] == point {
                let offset = pairs[2 * index + 1];
                if !dead.contains(offset) {
                    offsets.push(offset);
                }
                index += 1;
            }
        }
        offsets.sort_unstable();
        offsets
    }

    /// The closeness of the row at `offset`, from its full vector.
    pub(crate) fn closeness(&self, query: &Query, offset: u32) -> f32 {
        let (start, end) = self.bounds(offset);
        match self.entry.precision {
            Precision::Half => query.closeness_f16(&self.vectors.numbers::<f16>()[start..end]),
            Precision::Single => query.closeness_f32(&self.vectors.numbers::<f32>()[start..end]),
        }
    }

    /// Copies the full vector at `offset`.
    pub(crate) fn copy_vector(&self, offset: u32, target: &mut Vec<f32>) {
        target.clear();
        let (start, end) = self.bounds(offset);
        match self.entry.precision {
            Precision::Half => {
                let row = &self.vectors.numbers::<f16>()[start..end];
                target.extend(row.iter().map(|x| x.to_f32()));
            }
            Precision::Single => {
                target.extend_from_slice(&self.vectors.numbers::<f32>()[start..end]);
            }
        }
    }

    fn bounds(&self, offset: u32) -> (usize, usize) {
        let start = offset as usize * self.dimensions;
        (start, start + self.dimensions)
    }
}

/// The first index at or after `index` whose point is not below `point`, in leaps that double.
fn leap(pairs: &[u32], index: usize, point: u32) -> usize {
    let count = pairs.len() / 2;
    let (mut low, mut step) = (index, 1);
    while low + step < count && pairs[2 * (low + step)] < point {
        low += step;
        step *= 2;
    }
    let mut high = (low + step).min(count);
    while low < high {
        let middle = low + (high - low) / 2;
        if pairs[2 * middle] < point {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Refuses a file whose length or checksum is not what the manifest says.
fn check_file(path: &Path, proof: FileProof) -> Result<()> {
    let what = || path.display().to_string();
    let bytes = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::corrupt(what(), "the file is missing"));
        }
        result => result.map_err(Error::io("measure", path))?.len(),
    };
    if bytes != proof.bytes {
        return Err(Error::corrupt(
            what(),
            format!("{bytes} bytes, expected {}", proof.bytes),
        ));
    }
    let (_, checksum) = files::checksum_file(path)?;
    if checksum != proof.checksum {
        return Err(Error::corrupt(
            what(),
            format!("checksum {checksum:08x}, expected {:08x}", proof.checksum),
        ));
    }
    Ok(())
}
