//! The tables have every set, every length, the mean, and the other model where there is one.

use crate::evaluate::bootstrap::Interval;
use crate::evaluate::compare::Cut;
use crate::evaluate::report::{
    Difference, Estimate, FigureReport, LengthReport, ModelFacts, Report, SetKind, SetReport,
};

fn estimate(value: f64) -> Estimate {
    Estimate {
        value,
        interval: Interval {
            low: value - 0.1,
            high: value + 0.1,
        },
    }
}

fn facts(name: &str) -> ModelFacts {
    ModelFacts {
        name: name.to_owned(),
        fingerprint: "abc".to_owned(),
        dimensions: 320,
        parameters: 7,
    }
}

fn report(with_other: bool) -> Report {
    let at = |length: usize, value: f64| LengthReport {
        cut: Cut {
            length,
            against_length: with_other.then_some(length),
        },
        figures: ["nDCG@10", "MRR@10"]
            .into_iter()
            .map(|figure| FigureReport {
                figure: figure.to_owned(),
                model: estimate(value),
                against: with_other.then(|| estimate(value - 0.05)),
                difference: with_other.then(|| Difference {
                    estimate: estimate(0.05),
                    is_significant: length == 320,
                }),
            })
            .collect(),
    };
    let set = |name: &str, kind: SetKind, full: f64, short: f64| SetReport {
        set: name.to_owned(),
        kind,
        lengths: vec![at(320, full), at(64, short)],
    };
    let kind = SetKind::Retrieval {
        documents: 10,
        queries: 5,
    };
    Report {
        model: facts("small"),
        against: with_other.then(|| facts("other")),
        confidence: 0.95,
        resamples: 1000,
        seed: 1,
        sets: vec![
            set("one", kind.clone(), 0.8, 0.6),
            set("two", kind, 0.4, 0.2),
            set("mean of retrieval", SetKind::Mean { sets: 2 }, 0.6, 0.4),
        ],
    }
}

#[test]
fn the_summary_has_a_row_per_set_and_a_mean() {
    let table = report(false).table();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "model small (abc)");
    assert_eq!(lines[2], "| nDCG@10 | 320 | 64 |");
    assert_eq!(lines[3], "|---|---|---|");
    assert_eq!(lines[4], "| one | 0.800 | 0.600 |");
    assert_eq!(lines[6], "| mean | 0.600 | 0.400 |");
    assert!(table.contains("| MRR@10 | 320 | 64 |"));
}

#[test]
fn the_details_have_intervals() {
    let details = report(false).details();
    assert!(
        details.contains("95 of 100 of 1000 resamples (seed 1)"),
        "{details}"
    );
    assert!(
        details.contains("one: 5 queries, 10 documents"),
        "{details}"
    );
    assert!(
        details.contains("| length | nDCG@10 | MRR@10 |"),
        "{details}"
    );
    assert!(
        details.contains("| 64 | 0.600 (0.500 to 0.700) | 0.600 (0.500 to 0.700) |"),
        "{details}"
    );
}

#[test]
fn the_details_say_what_is_significant() {
    let details = report(true).details();
    assert!(details.contains("Compared with other (abc)."), "{details}");
    assert!(
        details.contains("| nDCG@10 at | small | other | difference |  |"),
        "{details}"
    );
    let full = "| 320 | 0.800 (0.700 to 0.900) | 0.750 (0.650 to 0.850) | \
                +0.050 (-0.050 to +0.150) | significant |";
    assert!(details.contains(full), "{details}");
    assert!(
        details.contains("| +0.050 (-0.050 to +0.150) | not significant |"),
        "{details}"
    );
}
