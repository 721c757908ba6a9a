//! Quality by prefix length, before and after, with intervals.

use std::collections::BTreeMap;

use crate::evaluate::report::{
    Estimate, FigureReport, LengthReport, ModelFacts, Report, SetKind, SetReport,
};
use crate::report::axis::AxisKind;
use crate::report::page::{Section, Table};
use crate::report::plot::{Line, Plot, Point};
use crate::report::section;

/// What an evaluation says of one figure of one set.
#[derive(Clone, Debug, Default)]
struct Curve {
    /// By prefix length.
    estimates: BTreeMap<usize, Estimate>,
}

/// The two curves of a figure, and what is known of their difference.
struct Comparison {
    after: Curve,
    before: Option<Curve>,
    /// In words, by the later model's length; only where both were measured together.
    differences: BTreeMap<usize, String>,
}

/// One section a set: a plot of its first figure and a table of all. Means come first.
///
/// `before` is an evaluation of its own; without it, what `after` was compared with is shown, and
/// then the difference with its interval.
pub fn sections(before: Option<&Report>, after: &Report) -> Vec<Section> {
    let mut sets: Vec<&SetReport> = after.sets.iter().collect();
    sets.sort_by_key(|set| !matches!(set.kind, SetKind::Mean { .. }));
    let mut sections = vec![introduction(before, after)];
    for set in sets {
        sections.extend(of_set(before, after, set));
    }
    sections
}

fn introduction(before: Option<&Report>, after: &Report) -> Section {
    let facts = |model: &ModelFacts| {
        format!(
            "{} ({} dimensions, {} parameters, fingerprint {})",
            model.name, model.dimensions, model.parameters, model.fingerprint
        )
    };
    let earlier = before
        .map(|report| &report.model)
        .or(after.against.as_ref());
    let mut sentences = vec![format!("After: {}.", facts(&after.model))];
    sentences.extend(earlier.map(|model| format!("Before: {}.", facts(model))));
    sentences.push(format!(
        "Bars are intervals of {} bootstrap resamples, {:.0} of 100 within.",
        after.resamples,
        after.confidence * 100.0
    ));
    if before.is_some() {
        let apart = "The two were measured apart, so nothing is said of their difference; \
                     `kukla-trainer evaluate --against` measures both on the same resamples.";
        sentences.push(apart.to_owned());
    }
    Section {
        heading: "Quality by prefix length".to_owned(),
        text: sentences.join(" "),
        drawing: None,
        table: None,
    }
}

fn of_set(before: Option<&Report>, after: &Report, set: &SetReport) -> Option<Section> {
    let figures = &set.lengths.first()?.figures;
    let names: Vec<&str> = figures.iter().map(|one| one.figure.as_str()).collect();
    let earlier = before.map(|report| report.sets.iter().find(|one| one.set == set.set));
    let compared = |name: &str| match earlier {
        Some(earlier) => Comparison {
            after: Curve::of_model(set, name),
            before: earlier.map(|earlier| Curve::of_model(earlier, name)),
            differences: BTreeMap::new(),
        },
        None => Comparison {
            after: Curve::of_model(set, name),
            before: after.against.as_ref().map(|_| Curve::of_other(set, name)),
            differences: differences(set, name),
        },
    };
    let first = compared(names[0]);
    let before = first.before.as_ref().map(|curve| curve.line("before"));
    let plot = Plot {
        title: format!("{} on {} by prefix length", names[0], set.set),
        x_name: "prefix length".to_owned(),
        y_name: names[0].to_owned(),
        x_kind: AxisKind::Ratio,
        lines: before
            .into_iter()
            .chain([first.after.line("after")])
            .collect(),
    };
    let comparisons: Vec<Comparison> = names.iter().map(|name| compared(name)).collect();
    let heading = format!("{} on {}", names[0], set.set);
    Some(section(&heading, &plot, table(&names, &comparisons)))
}

impl Curve {
    fn of_model(set: &SetReport, figure: &str) -> Self {
        let entry = |(length, one): (&LengthReport, &FigureReport)| (length.cut.length, one.model);
        Self {
            estimates: set.figure(figure).map(entry).collect(),
        }
    }

    fn of_other(set: &SetReport, figure: &str) -> Self {
        let found = set.figure(figure);
        let entries =
            found.filter_map(|(length, one)| Some((length.cut.against_length?, one.against?)));
        Self {
            estimates: entries.collect(),
        }
    }

    fn line(&self, name: &str) -> Line {
        let point = |(&length, estimate): (&usize, &Estimate)| Point {
            x: length as f64,
            y: estimate.value,
            interval: Some(estimate.interval),
        };
        Line {
            name: name.to_owned(),
            points: self.estimates.iter().map(point).collect(),
        }
    }
}

fn differences(set: &SetReport, figure: &str) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    for (length, one) in set.figure(figure) {
        let Some(difference) = &one.difference else {
            continue;
        };
        let Estimate { value, interval } = difference.estimate;
        let is = if difference.is_significant {
            ""
        } else {
            "not "
        };
        let at = match length.cut.against_length {
            Some(other) if other != length.cut.length => format!(" (against {other})"),
            _ => String::new(),
        };
        let words = format!(
            "{value:+.3} ({:+.3} to {:+.3}), {is}significant{at}",
            interval.low, interval.high
        );
        let entry: &mut String = found.entry(length.cut.length).or_default();
        if !entry.is_empty() {
            entry.push_str("; ");
        }
        entry.push_str(&words);
    }
    found
}

fn table(names: &[&str], comparisons: &[Comparison]) -> Table {
    let mut heads = vec!["length".to_owned()];
    let has_before = comparisons.iter().any(|one| one.before.is_some());
    let has_difference = comparisons.iter().any(|one| !one.differences.is_empty());
    for name in names {
        if has_before {
            heads.push(format!("{name} before"));
        }
        heads.push(format!("{name} after"));
        if has_difference {
            heads.push("difference".to_owned());
        }
    }
    let mut lengths: Vec<usize> = comparisons
        .iter()
        .flat_map(|one| [Some(&one.after), one.before.as_ref()])
        .flatten()
        .flat_map(|curve| curve.estimates.keys().copied())
        .collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths.dedup();
    let row = |&length: &usize| {
        let mut cells = vec![length.to_string()];
        for one in comparisons {
            if has_before {
                cells.push(cell(one.before.as_ref(), length));
            }
            cells.push(cell(Some(&one.after), length));
            if has_difference {
                let words = one.differences.get(&length);
                cells.push(words.cloned().unwrap_or_default());
            }
        }
        cells
    };
    Table {
        heads,
        rows: lengths.iter().map(row).collect(),
    }
}

fn cell(curve: Option<&Curve>, length: usize) -> String {
    let found = curve.and_then(|curve| curve.estimates.get(&length));
    found.map_or(String::new(), |estimate| {
        let interval = estimate.interval;
        format!(
            "{:.3} ({:.3} to {:.3})",
            estimate.value, interval.low, interval.high
        )
    })
}
