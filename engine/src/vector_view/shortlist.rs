//! A shortlist from a graph, scored with full vectors.

use crate::error::Result;

use super::query::Query;
use super::ranking::OrderedFloat;
use super::sealed::Sealed;

/// Takes `beam` rows from a graph, dead ones included, and computes each one's closeness in full. In
/// no particular order.
pub(crate) fn take_shortlist(
    segment: &Sealed,
    query: &Query,
    graph: usize,
    beam: usize,
) -> Result<Vec<(OrderedFloat, u32)>> {
    let graph = &segment.graphs()[graph];
    let code = graph.space().encode_query(query.vector());
    let offsets = graph.search(&code, beam)?;
    let score = |offset| (OrderedFloat(segment.closeness(query, offset)), offset);
    Ok(offsets.into_iter().map(score).collect())
}
