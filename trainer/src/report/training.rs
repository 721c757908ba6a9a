//! A run's plots: losses, gradient norm, learning rate, speed, and what was held out.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::axis::AxisKind;
use crate::report::page::{Section, Table};
use crate::report::plot::{LINES_MAX, Line, Plot, Point};
use crate::report::section;
use crate::report::series::Run;

/// Rows of the table below a plot.
const ROWS_MAX: usize = 12;

/// The parts of the static stage's loss, which do not begin with `loss`.
const LOSS_PARTS: [&str; 3] = ["contrastive", "copy", "similarity"];

/// Plots of their own, in the order they are shown: name in the file, heading, name of the axis.
const SINGLE: [(&str, &str, &str); 3] = [
    ("gradient_norm", "Gradient norm", "norm"),
    ("learning_rate", "Learning rate", "rate"),
    ("tokens_per_second", "Speed", "tokens a second"),
];

/// What a plot shows, before it is drawn.
struct Group<'a> {
    heading: String,
    y_name: String,
    /// Names in the legend, and in the file.
    members: Vec<(String, &'a str)>,
}

/// The sections of a run, one a plot; a plot of more than [`LINES_MAX`] lines is several.
pub fn sections(run: &Run) -> Vec<Section> {
    let mut sections = Vec::new();
    for group in groups(run) {
        for part in group.members.chunks(LINES_MAX) {
            sections.push(draw(run, &group, part));
        }
    }
    sections
}

fn groups(run: &Run) -> Vec<Group<'_>> {
    let names: Vec<&str> = run.series.keys().map(String::as_str).collect();
    let is_loss = |name: &&&str| name.starts_with("loss") || LOSS_PARTS.contains(name);
    let is_held_out = |name: &&&str| name.starts_with("held_out.") || **name == "held_out";
    let mut groups = vec![Group {
        heading: "Losses".to_owned(),
        y_name: "loss".to_owned(),
        members: names.iter().filter(is_loss).map(plain).collect(),
    }];
    for (name, heading, y_name) in SINGLE {
        groups.push(Group {
            heading: heading.to_owned(),
            y_name: y_name.to_owned(),
            members: names
                .iter()
                .filter(|one| **one == name)
                .map(plain)
                .collect(),
        });
    }
    let held_out: Vec<&str> = names.iter().filter(is_held_out).copied().collect();
    groups.extend(held_out_groups(&held_out));
    let known = |name: &&&str| {
        is_loss(name) || is_held_out(name) || SINGLE.iter().any(|(one, _, _)| one == *name)
    };
    for name in names.iter().filter(|name| !known(name)) {
        groups.push(Group {
            heading: words(name),
            y_name: words(name),
            members: vec![plain(name)],
        });
    }
    groups.retain(|group| !group.members.is_empty());
    groups
}

/// One plot a figure, one line a length or whatever else stands between: the figure is the last
/// part of the name.
fn held_out_groups<'a>(names: &[&'a str]) -> Vec<Group<'a>> {
    let mut by_figure: BTreeMap<String, Vec<(String, &str)>> = BTreeMap::new();
    for &name in names {
        let inner = name.strip_prefix("held_out.").unwrap_or(name);
        let (between, figure) = inner.rsplit_once('.').unwrap_or(("", inner));
        let label = if between.is_empty() { figure } else { between };
        by_figure
            .entry(words(figure))
            .or_default()
            .push((words(label), name));
    }
    let group = |(figure, mut members): (String, Vec<(String, &'a str)>)| {
        // Lengths by number, the longest first; anything else by name after them.
        members.sort_by_key(|(label, _)| {
            let length: u64 = label.parse().unwrap_or(0);
            (std::cmp::Reverse(length), label.clone())
        });
        Group {
            heading: format!("Held out: {figure}"),
            y_name: figure,
            members,
        }
    };
    by_figure.into_iter().map(group).collect()
}

/// A series under its own name.
fn plain<'a>(name: &&'a str) -> (String, &'a str) {
    (words(name), *name)
}

fn words(name: &str) -> String {
    name.replace(['_', '.'], " ")
}

fn draw(run: &Run, group: &Group<'_>, members: &[(String, &str)]) -> Section {
    let line = |(label, name): &(String, &str)| Line {
        name: label.clone(),
        points: run.series[*name]
            .iter()
            .map(|(&step, &value)| Point {
                x: step as f64,
                y: value,
                interval: None,
            })
            .collect(),
    };
    let plot = Plot {
        title: format!("{} of {} by step", group.heading, run.name),
        x_name: "step".to_owned(),
        y_name: group.y_name.clone(),
        x_kind: AxisKind::Linear,
        lines: members.iter().map(line).collect(),
    };
    let heading = format!("{} ({})", group.heading, run.name);
    section(&heading, &plot, table(run, members))
}

/// The first and the last step and some between, each with every line's value there.
fn table(run: &Run, members: &[(String, &str)]) -> Table {
    let steps: BTreeSet<u64> = members
        .iter()
        .flat_map(|(_, name)| run.series[*name].keys().copied())
        .collect();
    let steps: Vec<u64> = steps.into_iter().collect();
    let last = steps.len() - 1;
    let rows = steps.len().min(ROWS_MAX);
    let picked: BTreeSet<usize> = (0..rows)
        .map(|row| row * last / (rows - 1).max(1))
        .collect();
    let heads = std::iter::once("step".to_owned());
    let row = |&at: &usize| {
        let cell = |(_, name): &(String, &str)| {
            let value = run.series[*name].get(&steps[at]);
            value.map_or(String::new(), |value| number(*value))
        };
        let step = std::iter::once(steps[at].to_string());
        step.chain(members.iter().map(cell)).collect()
    };
    Table {
        heads: heads
            .chain(members.iter().map(|(label, _)| label.clone()))
            .collect(),
        rows: picked.iter().map(row).collect(),
    }
}

/// Four digits that count, without an exponent where a reader needs none.
fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-3..1e6).contains(&size) {
        let digits = (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize;
        format!("{value:.digits$}")
    } else {
        format!("{value:.3e}")
    }
}
