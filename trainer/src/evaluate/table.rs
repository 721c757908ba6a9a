//! The figures as Markdown tables, for a terminal and for a model card.

use crate::evaluate::report::{Difference, Estimate, FigureReport, Report, SetKind, SetReport};

impl Report {
    /// Without intervals: a table a figure, a row a set, a column a length of the model.
    pub fn table(&self) -> String {
        let model = &self.model;
        let mut text = format!("model {} ({})\n", model.name, model.fingerprint);
        for figure in self.figures() {
            text.push('\n');
            text.push_str(&self.summary(&figure));
        }
        text
    }

    /// With intervals, and the other model beside: a table a set and figure, a row a length.
    pub fn details(&self) -> String {
        let mut text = format!(
            "\nIntervals hold {:.0} of 100 of {} resamples (seed {}).\n",
            self.confidence * 100.0,
            self.resamples,
            self.seed
        );
        if let Some(against) = &self.against {
            let compared = format!("Compared with {} ({}).", against.name, against.fingerprint);
            let sign = "A difference is significant where its interval excludes zero.";
            text.push_str(&[&compared, " ", sign, "\n"].concat());
        }
        for set in &self.sets {
            text.push('\n');
            text.push_str(&match &self.against {
                Some(against) => beside(set, &self.model.name, &against.name),
                None => alone(set),
            });
        }
        text
    }

    /// Names of all figures, in order of appearance.
    pub fn figures(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let lengths = self.sets.iter().filter_map(|set| set.lengths.first());
        for one in lengths.flat_map(|length| &length.figures) {
            if !names.contains(&one.figure) {
                names.push(one.figure.clone());
            }
        }
        names
    }

    fn summary(&self, figure: &str) -> String {
        let sets: Vec<&SetReport> = self
            .sets
            .iter()
            .filter(|set| set.figure(figure).next().is_some())
            .collect();
        let lengths = &sets[0].lengths;
        let heads = lengths.iter().map(|one| one.cut.length.to_string());
        let mut text = head(figure, &heads.collect::<Vec<String>>());
        for set in sets {
            let values = set.figure(figure);
            let cells: Vec<String> = values
                .map(|(_, one)| format!("{:.3}", one.model.value))
                .collect();
            let name = match set.kind {
                SetKind::Mean { .. } => "mean",
                _ => &set.set,
            };
            text.push_str(&row(name, &cells));
        }
        text
    }
}

/// The first line of a set's tables.
fn title(set: &SetReport) -> String {
    match set.kind {
        SetKind::Retrieval { documents, queries } => {
            format!("{}: {queries} queries, {documents} documents", set.set)
        }
        SetKind::Similarity { pairs } => format!("{}: {pairs} sentence pairs", set.set),
        SetKind::Mean { sets } => format!("{}: {sets} sets", set.set),
    }
}

fn alone(set: &SetReport) -> String {
    let names = set.lengths.first().map(|length| &length.figures);
    let names: Vec<String> = names
        .into_iter()
        .flatten()
        .map(|one| one.figure.clone())
        .collect();
    let mut text = format!("{}\n\n{}", title(set), head("length", &names));
    for length in &set.lengths {
        let cells: Vec<String> = length.figures.iter().map(|one| cell(&one.model)).collect();
        text.push_str(&row(&length.cut.length.to_string(), &cells));
    }
    text
}

fn beside(set: &SetReport, model: &str, against: &str) -> String {
    let mut text = format!("{}\n", title(set));
    let names = set.lengths.first().map(|length| &length.figures);
    for name in names.into_iter().flatten().map(|one| &one.figure) {
        let heads = [model, against, "difference", ""].map(str::to_owned);
        text.push('\n');
        text.push_str(&head(&format!("{name} at"), &heads));
        for (length, figure) in set.figure(name) {
            let cut = length.cut;
            let own = cut.length.to_string();
            let place = match cut.against_length {
                Some(other) if other != cut.length => format!("{own} and {other}"),
                _ => own,
            };
            text.push_str(&row(&place, &comparison(figure)));
        }
    }
    text
}

fn comparison(figure: &FigureReport) -> [String; 4] {
    let said = |difference: &Difference| {
        let is = if difference.is_significant {
            ""
        } else {
            "not "
        };
        format!("{is}significant")
    };
    let difference = figure.difference.as_ref();
    [
        cell(&figure.model),
        figure.against.as_ref().map_or("-".to_owned(), cell),
        difference.map_or("-".to_owned(), |one| signed(&one.estimate)),
        difference.map_or(String::new(), said),
    ]
}

fn cell(estimate: &Estimate) -> String {
    let interval = estimate.interval;
    format!(
        "{:.3} ({:.3} to {:.3})",
        estimate.value, interval.low, interval.high
    )
}

fn signed(estimate: &Estimate) -> String {
    let interval = estimate.interval;
    format!(
        "{:+.3} ({:+.3} to {:+.3})",
        estimate.value, interval.low, interval.high
    )
}

fn head(name: &str, heads: &[String]) -> String {
    format!("{}|---|{}\n", row(name, heads), "---|".repeat(heads.len()))
}

fn row(name: &str, cells: &[String]) -> String {
    format!("| {name} | {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests;
