//! The planner: the cheapest measured way through a segment that meets the recall asked for.

use super::table::{LIMITS, RecallCell, RecallTable};

/// What an exact scan of scattered rows costs beyond one of neighbouring rows, in nanoseconds: a
/// cache miss for the row and its share of looking up the filter.
const SCATTERED_ROW_NS: f32 = 90.0;
/// What is assumed where nothing was measured.
const SCAN_ROW_NS_DEFAULT: f32 = 60.0;

/// From this recall on, each doubling of a beam gains less than the one before.
const CONCAVE_FROM: f32 = 0.6;

/// How to search one sealed segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Plan {
    /// Score every live allowed row in full.
    Scan,
    /// Take a shortlist from a graph and score it in full.
    Graph {
        /// The graph's place in the segment's list.
        graph: u32,
        /// Rows taken from it.
        beam: usize,
        /// The recall measured for this.
        recall: f32,
    },
}

/// What a segment is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlanRequest {
    /// How many of the closest rows are wanted, dead and filtered ones counted.
    pub(crate) rows_wanted: usize,
    /// The recall asked for.
    pub(crate) recall: f32,
    /// Live rows that pass the filter, about: what an exact scan looks at.
    pub(crate) matching_rows: usize,
    /// Whether there is a filter.
    pub(crate) is_filtered: bool,
}

/// Chooses the plan with the least expected cost among those that qualify. The exact scan always
/// qualifies.
pub(crate) fn choose(table: &RecallTable, request: &PlanRequest) -> Plan {
    if request.recall >= 1.0 {
        return Plan::Scan;
    }
    let mut best = (scan_cost_us(table, request), Plan::Scan);
    let mut before: Option<&RecallCell> = None;
    let measured = LIMITS
        .iter()
        .find(|&&limit| request.rows_wanted <= limit as usize);
    let limit = *measured.unwrap_or(&LIMITS[LIMITS.len() - 1]);
    // Beyond the largest limit measured, the beam grows in proportion.
    let widen = request.rows_wanted.div_ceil(limit as usize).max(1);
    for cell in table.cells.iter().filter(|cell| cell.limit == limit) {
        let narrower = before.replace(cell);
        if cell.recall_low < request.recall {
            continue;
        }
        let narrower = narrower.filter(|narrower| narrower.graph == cell.graph);
        let cell = between(narrower, cell, request.recall);
        let cost_us = cell.cost_us * widen as f32;
        if cost_us < best.0 {
            let plan = Plan::Graph {
                graph: cell.graph,
                beam: cell.beam as usize * widen,
                recall: cell.recall,
            };
            best = (cost_us, plan);
        }
    }
    best.1
}

/// The cell that would have been measured at the narrowest beam that meets `recall`, given the last
/// one that misses it and one that meets it. Where some recall is reached, it gains less with each
/// doubling of the beam, so what lies on the straight line between two cells, over the beam's
/// logarithm, is a little less than what is there.
fn between(narrower: Option<&RecallCell>, cell: &RecallCell, recall: f32) -> RecallCell {
    let Some(narrower) = narrower.filter(|narrower| {
        let is_concave = narrower.recall_low >= CONCAVE_FROM;
        is_concave && narrower.beam < cell.beam && narrower.recall_low < recall
    }) else {
        return *cell;
    };
    let share = (recall - narrower.recall_low) / (cell.recall_low - narrower.recall_low);
    let wider_by = cell.beam as f32 / narrower.beam as f32;
    let beam = (narrower.beam as f32 * wider_by.powf(share)).ceil();
    let beam = beam.min(cell.beam as f32);
    let beams_share = (beam - narrower.beam as f32) / (cell.beam - narrower.beam) as f32;
    RecallCell {
        beam: beam as u32,
        recall: narrower.recall + (cell.recall - narrower.recall) * share,
        recall_low: recall,
        cost_us: narrower.cost_us + (cell.cost_us - narrower.cost_us) * beams_share,
        ..*cell
    }
}

fn scan_cost_us(table: &RecallTable, request: &PlanRequest) -> f32 {
    let measured = table.scan_row_ns;
    let row_ns = if measured > 0.0 {
        measured
    } else {
        SCAN_ROW_NS_DEFAULT
    };
    let scattered = if request.is_filtered {
        SCATTERED_ROW_NS
    } else {
        0.0
    };
    request.matching_rows as f32 * (row_ns + scattered) / 1_000.0
}

#[cfg(test)]
mod tests;
