use super::{Plan, PlanRequest, choose};
use crate::vector_view::table::{RecallCell, RecallTable};

/// A table of 100,000 rows: the exact scan takes 5 ms.
fn table() -> RecallTable {
    let cell = |limit, beam, recall: f32, cost_us| RecallCell {
        graph: 0,
        beam,
        limit,
        recall: recall + 0.01,
        recall_low: recall,
        cost_us,
    };
    RecallTable {
        live_rows: 100_000,
        scan_row_ns: 50.0,
        cells: vec![
            cell(10, 20, 0.85, 60.0),
            cell(10, 80, 0.96, 200.0),
            cell(10, 160, 0.98, 400.0),
            cell(10, 200, 0.995, 500.0),
            cell(1_000, 2_000, 0.97, 3_000.0),
        ],
        ..RecallTable::default()
    }
}

/// The beam that is planned; none for a scan.
fn beam(table: &RecallTable, request: &PlanRequest) -> Option<usize> {
    match choose(table, request) {
        Plan::Scan => None,
        Plan::Graph { beam, .. } => Some(beam),
    }
}

fn request(rows_wanted: usize, recall: f32, matching_rows: usize) -> PlanRequest {
    PlanRequest {
        rows_wanted,
        recall,
        matching_rows,
        is_filtered: matching_rows != 100_000,
    }
}

#[track_caller]
fn check(rows_wanted: usize, recall: f32, matching_rows: usize, expected: Option<usize>) {
    let request = request(rows_wanted, recall, matching_rows);
    assert_eq!(beam(&table(), &request), expected);
}

#[test]
fn the_cheapest_that_meets_the_recall_is_chosen() {
    check(10, 0.8, 100_000, Some(20));
    check(1, 0.8, 100_000, Some(20));
    check(10, 0.85, 100_000, Some(20));
    check(10, 0.96, 100_000, Some(80));
    check(10, 0.995, 100_000, Some(200));
    check(900, 0.95, 100_000, Some(2_000));
}

#[test]
fn between_two_beams_the_line_over_their_logarithm_is_taken() {
    // Half of the way from 0.96 to 0.98, so the beam in the geometric middle of 80 and 160.
    check(10, 0.97, 100_000, Some(114));
    // Below the first beam there is no line, and between graphs neither.
    check(10, 0.84, 100_000, Some(20));
    let mut table = table();
    table.cells[0].graph = 1;
    assert_eq!(beam(&table, &request(10, 0.9, 100_000)), Some(80));
}

#[test]
fn where_recall_still_rises_fast_no_line_is_taken() {
    let mut table = table();
    table.cells[0].recall_low = 0.3;
    assert_eq!(beam(&table, &request(10, 0.7, 100_000)), Some(80));
}

#[test]
fn nothing_that_qualifies_means_the_exact_scan() {
    check(10, 0.999, 100_000, None);
    check(10, 1.0, 100_000, None);
    check(1_000, 0.98, 100_000, None);
    // Twice the largest limit would cost 6 ms, more than the scan.
    check(1_001, 0.9, 100_000, None);
}

#[test]
fn few_matching_rows_are_scanned() {
    check(10, 0.95, 1_000, None);
    check(10, 0.96, 1_500, Some(80));
}

#[test]
fn an_empty_table_means_the_exact_scan() {
    let request = PlanRequest {
        rows_wanted: 10,
        recall: 0.1,
        matching_rows: 5_000,
        is_filtered: false,
    };
    assert_eq!(choose(&RecallTable::default(), &request), Plan::Scan);
}
