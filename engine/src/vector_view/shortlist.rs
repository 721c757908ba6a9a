//! A shortlist from a graph, scored with full vectors.

use roaring::RoaringBitmap;

use crate::error::Result;

use super::query::Query;
use super::ranking::OrderedFloat;
use super::sealed::Sealed;

/// Which rows to take from which graph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shortlist<'a> {
    /// The graph's place in the segment's list.
    pub(crate) graph: usize,
    /// Rows to take.
    pub(crate) beam: usize,
    /// Rows to leave out.
    pub(crate) dead: &'a RoaringBitmap,
    /// Points whose rows to take; all when absent.
    pub(crate) allowed: Option<&'a RoaringBitmap>,
}

/// Takes a shortlist and computes each row's closeness in full. In no particular order.
pub(crate) fn take_shortlist(
    segment: &Sealed,
    query: &Query,
    request: &Shortlist<'_>,
) -> Result<Vec<(OrderedFloat, u32)>> {
    let graph = &segment.graphs()[request.graph];
    let code = graph.space().encode_query(query.vector());
    let dead = request.dead;
    let offsets = match (request.allowed, dead.is_empty()) {
        (None, true) => graph.search(&code, request.beam, None)?,
        (None, false) => {
            graph.search(&code, request.beam, Some(&|offset| !dead.contains(offset)))?
        }
        (Some(allowed), _) => {
            let admit =
                |offset| !dead.contains(offset) && allowed.contains(segment.point(offset));
            graph.search(&code, request.beam, Some(&admit))?
        }
    };
    let score = |offset| (OrderedFloat(segment.closeness(query, offset)), offset);
    Ok(offsets.into_iter().map(score).collect())
}
