//! An HNSW graph: the only file that names usearch.
//!
//! usearch is treated as foreign. Capacity and threads are reserved before rows are added and again
//! after a file is viewed; dimensions are checked before each call; its file is proven whole by the
//! manifest, not by itself; the beam is passed as the count of each search, never set as the state
//! of the index; and no more searches enter than it has threads reserved for.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::{Condvar, Mutex};
use usearch::ffi::Matches;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind, VectorType};

use crate::error::{Error, Result};

use super::space::{Code, GraphSpace};

/// Links per node (`m`); twice as many at the base. The paper's and usearch's own default.
const CONNECTIVITY: usize = 16;
/// The beam while building (`ef_construct`).
const BUILD_BEAM: usize = 128;
/// The least beam of a search; the beam asked for is the count of each search.
const SEARCH_BEAM_MIN: usize = 1;
/// Searches in one graph at the same time; more wait. Each has a set of visited rows in usearch.
const SEARCHES_MAX: usize = 32;
/// Rows that one builder takes at a time.
const BUILD_ROWS: usize = 64;

/// A graph over the rows of one segment; a row's key is its offset.
pub(crate) struct Graph {
    index: Index,
    space: GraphSpace,
    dimensions: usize,
    entered: Mutex<usize>,
    left: Condvar,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Graph")
            .field("space", &self.space)
            .field("rows", &self.index.size())
            .finish_non_exhaustive()
    }
}

/// What a graph is built from.
pub(crate) struct GraphPlan<'a> {
    /// The space.
    pub(crate) space: GraphSpace,
    /// Numbers in a full vector.
    pub(crate) dimensions: usize,
    /// Rows.
    pub(crate) rows: usize,
    /// Threads to build with.
    pub(crate) threads: usize,
    /// Copies the full vector of a row.
    pub(crate) copy_vector: &'a (dyn Fn(u32, &mut Vec<f32>) + Sync),
}

impl Graph {
    /// Builds a graph in memory; `None` when `stop` was set meanwhile.
    pub(crate) fn build(plan: &GraphPlan<'_>, stop: &AtomicBool) -> Result<Option<Self>> {
        let graph = Self::empty(plan.space, plan.dimensions)?;
        let threads = plan.threads.max(1);
        let reserved = graph.index.reserve_capacity_and_threads(plan.rows, threads);
        reserved.map_err(|error| Error::backend("reserve memory for a graph", error))?;
        let next = AtomicUsize::new(0);
        let failed = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    if let Err(error) = graph.add_rows(plan, &next, stop) {
                        // The others have nothing left to take.
                        next.store(plan.rows, Ordering::Relaxed);
                        failed.lock().get_or_insert(error);
                    }
                });
            }
        });
        if let Some(error) = failed.into_inner() {
            return Err(error);
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        Ok(Some(graph))
    }

    fn add_rows(&self, plan: &GraphPlan<'_>, next: &AtomicUsize, stop: &AtomicBool) -> Result<()> {
        let mut vector = Vec::with_capacity(plan.dimensions);
        loop {
            let first = next.fetch_add(BUILD_ROWS, Ordering::Relaxed);
            if first >= plan.rows || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            for offset in first..plan.rows.min(first + BUILD_ROWS) {
                (plan.copy_vector)(offset as u32, &mut vector);
                let key = offset as u64;
                let added = match self.space.encode_row(&vector) {
                    Code::Byte(code) => self.index.add(key, &code),
                    Code::Half(code) => self.index.add(key, usearch::f16::from_i16s(&code)),
                    Code::Single(code) => self.index.add(key, &code),
                };
                added.map_err(|error| Error::backend("add a row to a graph", error))?;
            }
        }
    }

    /// Writes the graph to `path`, without syncing.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let saved = self.index.save(text(path)?);
        saved.map_err(|error| Error::backend("save a graph", error))
    }

    /// Maps a graph that was saved for `rows` rows in this space. The caller has proven the file.
    pub(crate) fn view(
        path: &Path,
        space: GraphSpace,
        dimensions: usize,
        rows: usize,
    ) -> Result<Self> {
        let corrupt = |problem: String| Error::corrupt(path.display().to_string(), problem);
        let graph = Self::empty(space, dimensions)?;
        let viewed = graph.index.view(text(path)?);
        viewed.map_err(|error| corrupt(error.to_string()))?;
        let expected = (space.code_dimensions(dimensions), rows);
        let found = (graph.index.dimensions(), graph.index.size());
        if found != expected || graph.index.scalar_kind() != scalar(space) {
            return Err(corrupt(format!(
                "a graph of {found:?} dimensions and rows, expected {expected:?}"
            )));
        }
        let reserved = graph.index.reserve_capacity_and_threads(rows, SEARCHES_MAX);
        reserved.map_err(|error| Error::backend("reserve memory for a graph", error))?;
        Ok(graph)
    }

    fn empty(space: GraphSpace, dimensions: usize) -> Result<Self> {
        let options = IndexOptions {
            dimensions: space.code_dimensions(dimensions),
            metric: match space {
                GraphSpace::Angle { .. } | GraphSpace::Augmented { .. } => MetricKind::Cos,
                GraphSpace::Euclid => MetricKind::L2sq,
            },
            quantization: scalar(space),
            connectivity: CONNECTIVITY,
            expansion_add: BUILD_BEAM,
            expansion_search: SEARCH_BEAM_MIN,
            multi: false,
        };
        let index = Index::new(&options).map_err(|error| Error::backend("make a graph", error))?;
        Ok(Self {
            index,
            space,
            dimensions,
            entered: Mutex::new(0),
            left: Condvar::new(),
        })
    }

    /// The space.
    pub(crate) fn space(&self) -> GraphSpace {
        self.space
    }

    /// Bytes that usearch holds on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.index.memory_usage()
    }

    /// The offsets of up to `beam` rows, closest first by the graph's codes.
    ///
    /// usearch can also ask a predicate during the walk. It is not used: a walk among clusters ends
    /// before it reaches what a filter far from the query admits (recall 0 was measured), and a
    /// recall measured without the filter says nothing about it. See `search`.
    pub(crate) fn search(&self, query: &Code, beam: usize) -> Result<Vec<u32>> {
        let _entry = self.enter();
        let found = match query {
            Code::Byte(code) => self.search_codes(code, beam),
            Code::Half(code) => self.search_codes(usearch::f16::from_i16s(code), beam),
            Code::Single(code) => self.search_codes(code, beam),
        };
        Ok(found?.keys.into_iter().map(|key| key as u32).collect())
    }

    fn search_codes<T: VectorType>(&self, code: &[T], beam: usize) -> Result<Matches> {
        debug_assert_eq!(code.len(), self.space.code_dimensions(self.dimensions));
        let found = self.index.search(code, beam.min(self.index.size()));
        found.map_err(|error| Error::backend("search a graph", error))
    }

    fn enter(&self) -> Entered<'_> {
        let mut entered = self.entered.lock();
        while *entered >= SEARCHES_MAX {
            self.left.wait(&mut entered);
        }
        *entered += 1;
        Entered(self)
    }
}

/// A search that is inside; leaves when dropped.
struct Entered<'a>(&'a Graph);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        *self.0.entered.lock() -= 1;
        self.0.left.notify_one();
    }
}

fn scalar(space: GraphSpace) -> ScalarKind {
    match space {
        GraphSpace::Angle { .. } => ScalarKind::I8,
        GraphSpace::Augmented { is_half: true, .. } => ScalarKind::F16,
        GraphSpace::Augmented { is_half: false, .. } | GraphSpace::Euclid => ScalarKind::F32,
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::Folder {
        path: path.to_owned(),
        problem: "its name is not UTF-8, which the graph library needs".to_owned(),
    })
}

#[cfg(test)]
mod tests;
