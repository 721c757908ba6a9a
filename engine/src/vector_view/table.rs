//! The measured recall table of one segment.

use serde::{Deserialize, Serialize};

use crate::statistics::RungStatistics;

/// How many of the closest rows recall is measured for. A request takes the next one up.
pub(crate) const LIMITS: [u32; 7] = [10, 20, 50, 100, 200, 500, 1_000];
/// The ones that statistics show.
const LIMITS_SHOWN: [u32; 3] = [10, 100, 1_000];

/// The recall and the cost of one graph at one beam for one number of hits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct RecallCell {
    /// The graph's place in the segment's list.
    pub(crate) graph: u32,
    /// Rows taken from the graph and scored in full.
    pub(crate) beam: u32,
    /// Hits that the recall is for: one of [`LIMITS`].
    pub(crate) limit: u32,
    /// Mean recall of the sample.
    pub(crate) recall: f32,
    /// What the recall is above with about 95% confidence, given the size of the sample.
    pub(crate) recall_low: f32,
    /// Median time of one search, in microseconds.
    pub(crate) cost_us: f32,
}

/// What was measured about a segment. Empty for one without graphs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct RecallTable {
    /// Live rows when it was measured. Recall is over all rows of the segment, dead ones included: they
    /// stay in its graph and files, so deaths do not change it.
    pub(crate) live_rows: u32,
    /// Sampled rows that served as queries.
    pub(crate) sampled_queries: u32,
    /// Real queries that served as well.
    pub(crate) remembered_queries: u32,
    /// Time that an exact scan takes for each row, in nanoseconds.
    pub(crate) scan_row_ns: f32,
    /// The cells, by graph, then limit, then beam, ascending.
    pub(crate) cells: Vec<RecallCell>,
}

impl RecallTable {
    /// The table as callers see it. `prefix_of` tells the prefix length of a graph.
    pub(crate) fn statistics(&self, prefix_of: impl Fn(u32) -> u32) -> Vec<RungStatistics> {
        let rung = |cell: &RecallCell| RungStatistics {
            prefix: prefix_of(cell.graph),
            beam: cell.beam,
            limit: cell.limit,
            recall: cell.recall,
            cost_us: cell.cost_us,
        };
        let shown = |cell: &&RecallCell| LIMITS_SHOWN.contains(&cell.limit);
        self.cells.iter().filter(shown).map(rung).collect()
    }
}
