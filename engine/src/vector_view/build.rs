//! Writes one sealed segment from the live rows of its sources.
//!
//! Vectors stream from their source to the file; what is held in memory is the points' pairs (8
//! bytes a row) and one graph at a time. So the memory of a merge is bounded by the size of the
//! largest segment allowed, and not by the collection's.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use roaring::RoaringBitmap;

use crate::distance::length;
use crate::error::{Error, Result};
use crate::files;
use crate::schema::Distance;

use super::graph::{Graph, GraphPlan};
use super::ladder;
use super::maintain::Job;
use super::mapped::{EntryWriter, FileProof};
use super::memory::MemorySegment;
use super::row::{RowId, VectorShape};
use super::sealed::{GraphEntry, POINTS, Precision, ROWS, Sealed, SegmentEntry, SegmentPaths};
use super::space::{GraphSpace, LengthRange};
use super::state::Member;

/// Segments with fewer rows get no graph: an exact scan of so many is about as fast.
pub(crate) const GRAPH_ROWS_MIN: usize = 4_096;
/// Half precision is good enough while no row loses more than this share of its length.
const HALF_ERROR_MAX: f32 = 1.0 / 1_024.0;
/// Rows between two looks at `stop`.
const STOP_ROWS: usize = 1_024;

/// Where rows come from: as they were when the work began.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The frozen segment.
    Memory(MemorySegment),
    /// A sealed segment.
    Sealed(Member),
}

impl Source {
    /// Offsets of rows that were dead when the work began.
    pub(crate) fn dead(&self) -> &RoaringBitmap {
        match self {
            Self::Memory(segment) => segment.dead(),
            Self::Sealed(member) => &member.dead,
        }
    }

    /// Rows that were live when the work began.
    pub(crate) fn live_rows(&self) -> usize {
        match self {
            Self::Memory(segment) => segment.live_rows(),
            Self::Sealed(member) => member.live_rows(),
        }
    }

    /// Calls `visit` with every live row, in order.
    fn for_each_live(&self, mut visit: impl FnMut(RowId, u32, &[f32]) -> Result<()>) -> Result<()> {
        let dead = self.dead();
        let mut result = Ok(());
        match self {
            Self::Memory(segment) => segment.for_each(|offset, row, point, vector| {
                if result.is_ok() && !dead.contains(offset) {
                    result = visit(row, point, vector);
                }
            }),
            Self::Sealed(member) => {
                let segment = &member.segment;
                let mut vector = Vec::new();
                for offset in 0..segment.rows() as u32 {
                    if !dead.contains(offset) {
                        segment.copy_vector(offset, &mut vector);
                        visit(segment.row(offset), segment.point(offset), &vector)?;
                    }
                }
            }
        }
        result
    }
}

/// What a build needs besides its sources.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuildContext<'a> {
    /// The folder of all segments.
    pub(crate) segments: &'a Path,
    /// What all vectors have in common.
    pub(crate) shape: &'a VectorShape,
    /// Threads that build graphs.
    pub(crate) threads: usize,
    /// Set when the work should be abandoned.
    pub(crate) stop: &'a AtomicBool,
}

impl BuildContext<'_> {
    /// Whether the work should be abandoned.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Writes the job's segment from the live rows of its sources, of which there is at least one. `None` when
/// stopped; the folder is then garbage.
pub(crate) fn build(context: &BuildContext<'_>, job: &Job) -> Result<Option<Sealed>> {
    let (id, sources) = (job.id, job.sources.as_slice());
    let paths = SegmentPaths::new(context.segments, id);
    files::create_folder(paths.folder())?;
    let survey = survey(context.shape, sources)?;
    let Some(mut entry) = write_rows(context, id, &paths, sources, &survey)? else {
        return Ok(None);
    };
    let bare = Sealed::open(&paths, entry.clone(), context.shape.dimensions)?;
    if job.has_graph && bare.rows() >= GRAPH_ROWS_MIN {
        let space = ladder::choose_space(context, &bare, survey.lengths);
        match build_graph(context, &paths, &bare, space)? {
            Some(graph) => entry.graphs.push(graph),
            None => return Ok(None),
        }
    }
    drop(bare);
    files::sync_folder(paths.folder())?;
    files::sync_folder(context.segments)?;
    Sealed::open(&paths, entry, context.shape.dimensions).map(Some)
}

/// What must be known about all rows before the first is written.
#[derive(Debug, Clone, Copy)]
struct Survey {
    rows: usize,
    lengths: LengthRange,
    precision: Precision,
}

fn survey(shape: &VectorShape, sources: &[Source]) -> Result<Survey> {
    let mut lengths = LengthRange {
        min: f32::INFINITY,
        max: 0.0,
    };
    // Differences between far-off neighbours drown in half precision, so euclid never has it.
    let mut is_half = shape.distance != Distance::Euclid;
    let mut rounded = Rounded::new(shape.dimensions);
    for source in sources {
        source.for_each_live(|_, _, vector| {
            let row_length = length(vector);
            lengths.min = lengths.min.min(row_length);
            lengths.max = lengths.max.max(row_length);
            is_half = is_half && rounded.loses_little(vector, row_length);
            Ok(())
        })?;
    }
    Ok(Survey {
        rows: sources.iter().map(Source::live_rows).sum(),
        lengths,
        precision: if is_half {
            Precision::Half
        } else {
            Precision::Single
        },
    })
}

/// A vector in half precision, and back: room for whole vectors, because the processor converts
/// eight values at once and one at a time takes a call for each.
struct Rounded {
    halves: Vec<f16>,
    back: Vec<f32>,
}

impl Rounded {
    fn new(dimensions: usize) -> Self {
        Self {
            halves: vec![f16::ZERO; dimensions],
            back: vec![0.0; dimensions],
        }
    }

    fn loses_little(&mut self, vector: &[f32], row_length: f32) -> bool {
        self.halves.convert_from_f32_slice(vector);
        self.halves.convert_to_f32_slice(&mut self.back);
        let pairs = vector.iter().zip(&self.back);
        let lost: f64 = pairs
            .map(|(&x, &back)| {
                let error = f64::from(x) - f64::from(back);
                error * error
            })
            .sum();
        // Infinite where a magnitude is beyond half precision, and then not below anything.
        lost.sqrt() as f32 <= row_length * HALF_ERROR_MAX
    }

    /// The bytes of a vector in half precision.
    fn encode(&mut self, vector: &[f32], bytes: &mut Vec<u8>) {
        self.halves.convert_from_f32_slice(vector);
        bytes.extend(self.halves.iter().flat_map(|x| x.to_le_bytes()));
    }
}

/// Writes the row table, the vectors and the points' pairs.
fn write_rows(
    context: &BuildContext<'_>,
    id: u64,
    paths: &SegmentPaths,
    sources: &[Source],
    survey: &Survey,
) -> Result<Option<SegmentEntry>> {
    let count = survey.rows as u64;
    let vector_kind = survey.precision.file(context.shape.dimensions);
    let mut rows = EntryWriter::create(&paths.rows(), ROWS, count)?;
    let mut vectors = EntryWriter::create(&paths.vectors(), vector_kind, count)?;
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(survey.rows);
    let (mut first, mut last) = (None, None);
    let mut bytes = Vec::with_capacity(vector_kind.width as usize);
    let mut rounded = Rounded::new(context.shape.dimensions);
    for source in sources {
        let mut is_stopped = false;
        source.for_each_live(|row, point, vector| {
            is_stopped |= pairs.len().is_multiple_of(STOP_ROWS) && context.is_stopped();
            if is_stopped {
                return Ok(());
            }
            assert!(last < Some(row), "rows ascend across sources");
            first.get_or_insert(row);
            last = Some(row);
            pairs.push((point, pairs.len() as u32));
            bytes.clear();
            bytes.extend_from_slice(&row.sequence.to_le_bytes());
            bytes.extend_from_slice(&row.ordinal.to_le_bytes());
            bytes.extend_from_slice(&point.to_le_bytes());
            rows.write(&bytes)?;
            bytes.clear();
            match survey.precision {
                Precision::Half => rounded.encode(vector, &mut bytes),
                Precision::Single => bytes.extend(vector.iter().flat_map(|x| x.to_le_bytes())),
            }
            vectors.write(&bytes)
        })?;
        if is_stopped {
            return Ok(None);
        }
    }
    let (Some(first), Some(last)) = (first, last) else {
        return Err(Error::backend("seal a segment", "none of its rows is live"));
    };
    pairs.sort_unstable();
    let is_unique = pairs.windows(2).all(|pair| pair[0].0 != pair[1].0);
    Ok(Some(SegmentEntry {
        id,
        rows: pairs.len() as u32,
        first,
        last,
        precision: survey.precision,
        is_unique,
        row_file: rows.finish()?,
        point_file: write_pairs(paths, &pairs)?,
        vector_file: vectors.finish()?,
        graphs: Vec::new(),
    }))
}

fn write_pairs(paths: &SegmentPaths, pairs: &[(u32, u32)]) -> Result<FileProof> {
    let mut writer = EntryWriter::create(&paths.points(), POINTS, pairs.len() as u64)?;
    for (point, offset) in pairs {
        writer.write(&point.to_le_bytes())?;
        writer.write(&offset.to_le_bytes())?;
    }
    writer.finish()
}

/// Builds and saves the graph of a segment whose rows are written.
fn build_graph(
    context: &BuildContext<'_>,
    paths: &SegmentPaths,
    segment: &Sealed,
    space: GraphSpace,
) -> Result<Option<GraphEntry>> {
    let plan = GraphPlan {
        space,
        dimensions: context.shape.dimensions,
        rows: segment.rows(),
        threads: context.threads,
        copy_vector: &|offset, vector| segment.copy_vector(offset, vector),
    };
    let Some(graph) = Graph::build(&plan, context.stop)? else {
        return Ok(None);
    };
    let path = paths.graph(segment.graphs().len());
    graph.save(&path)?;
    drop(graph);
    let file = std::fs::File::open(&path).map_err(Error::io("open", &path))?;
    file.sync_all().map_err(Error::io("sync", &path))?;
    let (bytes, checksum) = files::checksum_file(&path)?;
    let proof = FileProof { bytes, checksum };
    Ok(Some(GraphEntry { space, proof }))
}
