//! The table has every set, every length and the mean.

use super::*;

#[test]
fn the_table_has_a_row_per_set_and_a_mean() {
    let at = |length: usize, ndcg: f64| LengthMetrics {
        length,
        metrics: Metrics {
            ndcg,
            recall: 0.5,
            mrr: 0.25,
        },
    };
    let set = |name: &str, full: f64, short: f64| SetReport {
        set: name.to_owned(),
        documents: 10,
        queries: 5,
        lengths: vec![at(320, full), at(64, short)],
    };
    let report = Report {
        model: "small".to_owned(),
        fingerprint: "abc".to_owned(),
        sets: vec![set("one", 0.8, 0.6), set("two", 0.4, 0.2)],
    };
    let table = report.table();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "model small (abc)");
    assert_eq!(lines[2], "| nDCG@10 | 320 | 64 |");
    assert_eq!(lines[4], "| one | 0.800 | 0.600 |");
    assert_eq!(lines[6], "| mean | 0.600 | 0.400 |");
    assert!(table.contains("| recall@10 | 320 | 64 |") && table.contains("| MRR@10 |"));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["sets"][1]["lengths"][0]["ndcg"], 0.4);
}
