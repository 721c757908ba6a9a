//! One page that shows a run: losses and rates step by step, and quality before and after.
//!
//! The page is one HTML file with drawings inside and nothing outside: no script, no font, no
//! picture is fetched. What it reads is described in `docs/trainer-tools.md`.

pub mod axis;
pub mod page;
pub mod plot;
pub mod quality;
pub mod series;
pub mod training;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::evaluate;
use crate::files;
use crate::report::page::{Page, Section};
use crate::report::series::Run;

/// An evaluation of hundreds of sets has a few megabytes.
const EVALUATION_BYTES_MAX: u64 = 64 << 20;

/// Runs shown on one page.
pub const RUNS_MAX: usize = 16;

/// What a page is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportInputs {
    /// The page's heading.
    pub title: String,
    /// Metrics files, one a run or stage, in the order they are shown.
    pub metrics: Vec<PathBuf>,
    /// The evaluation of the model that went in.
    pub before: Option<PathBuf>,
    /// The evaluation of the model that came out.
    pub after: Option<PathBuf>,
}

/// Makes the page. Nothing to show, and a file that is not what it should be, is an error.
pub fn make(inputs: &ReportInputs) -> Result<String> {
    if inputs.metrics.is_empty() && inputs.after.is_none() {
        let problem = "nothing to show: name a metrics file, or an evaluation with `after`";
        return Err(Error::argument(problem));
    }
    if inputs.before.is_some() && inputs.after.is_none() {
        let problem = "`before` is an evaluation to be shown beside `after`, which is missing";
        return Err(Error::argument(problem));
    }
    if inputs.metrics.len() > RUNS_MAX {
        let found = inputs.metrics.len();
        let problem = format!("{found} metrics files, at most {RUNS_MAX}");
        return Err(Error::argument(problem));
    }
    let mut page = Page {
        title: inputs.title.clone(),
        sections: Vec::new(),
    };
    if let Some(after) = &inputs.after {
        let before = inputs.before.as_deref().map(read_evaluation).transpose()?;
        let after = read_evaluation(after)?;
        page.sections
            .extend(quality::sections(before.as_ref(), &after));
    }
    for path in &inputs.metrics {
        let run = Run::read(path)?;
        page.sections.extend(training::sections(&run));
    }
    Ok(page.html())
}

fn read_evaluation(path: &Path) -> Result<evaluate::report::Report> {
    let bytes = files::read(path, EVALUATION_BYTES_MAX)?;
    let report: evaluate::report::Report = serde_json::from_slice(&bytes).map_err(|error| {
        let wanted = "expected what `kukla-trainer evaluate --json` writes";
        Error::content(path, format!("{error}; {wanted}"))
    })?;
    if report.sets.is_empty() {
        return Err(Error::content(path, "it has no sets"));
    }
    Ok(report)
}

/// A plot with its table, under a heading.
fn section(heading: &str, plot: &plot::Plot, table: page::Table) -> Section {
    Section {
        heading: heading.to_owned(),
        text: String::new(),
        drawing: Some(plot.svg()),
        table: Some(table),
    }
}

#[cfg(test)]
mod tests;
