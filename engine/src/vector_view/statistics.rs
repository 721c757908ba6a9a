//! Counts and sizes of the vector view.

use crate::statistics::SegmentStatistics;

use super::memory::MemorySegment;
use super::row::VectorShape;
use super::state::{Member, State};

/// What the vector view holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct VectorStatistics {
    /// Live rows.
    pub(crate) rows: u64,
    /// Rows in memory, not yet in a sealed segment, dead ones counted.
    pub(crate) active_rows: u64,
    /// Bytes of those.
    pub(crate) active_bytes: u64,
    /// Bytes of mapped files, graphs included.
    pub(crate) mapped_bytes: u64,
    /// Bytes on the heap for sealed segments: deleted sets, and what usearch allocates for its view.
    pub(crate) heap_bytes: u64,
    /// The sealed segments.
    pub(crate) segments: Vec<SegmentStatistics>,
}

/// Counts what is in `state`.
pub(crate) fn of(state: &State, shape: &VectorShape) -> VectorStatistics {
    let in_memory = |count: fn(&MemorySegment) -> usize| -> u64 {
        state.in_memory().map(|segment| count(segment) as u64).sum()
    };
    let sealed = |count: fn(&Member) -> u64| -> u64 { state.sealed.iter().map(count).sum() };
    let live_sealed = sealed(|member| member.live_rows() as u64);
    VectorStatistics {
        rows: in_memory(MemorySegment::live_rows) + live_sealed,
        active_rows: in_memory(MemorySegment::rows),
        active_bytes: in_memory(MemorySegment::bytes),
        mapped_bytes: sealed(|member| member.segment.entry().bytes()),
        heap_bytes: sealed(|member| {
            (member.segment.heap_bytes() + member.dead.serialized_size()) as u64
        }),
        segments: state
            .sealed
            .iter()
            .map(|member| of_segment(member, shape))
            .collect(),
    }
}

fn of_segment(member: &Member, shape: &VectorShape) -> SegmentStatistics {
    let graphs = member.segment.graphs();
    let prefix_of = |graph: u32| {
        let graph = graphs.get(graph as usize);
        graph.map_or(0, |graph| graph.space().prefix(shape.dimensions) as u32)
    };
    SegmentStatistics {
        id: member.segment.id(),
        rows: member.segment.rows() as u64,
        deleted_rows: member.dead.len(),
        bytes: member.segment.entry().bytes(),
        rungs: member.table.statistics(prefix_of),
    }
}
