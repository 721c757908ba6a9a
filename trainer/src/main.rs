//! Arguments in, exit code out.

mod args;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use embedder::{Embedder, EmbedderOptions, ModelSource};
use trainer::evaluate::EvaluateOptions;
use trainer::evaluate::bootstrap::Resampling;
use trainer::recipe::Recipe;
use trainer::report::ReportInputs;
use trainer::seed::Seed;
use trainer::stages::{self, Workplace};
use trainer::{evaluate, files, report};

use crate::args::{Arguments, Command, EvaluateArguments, ReportArguments, StageArguments};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell where standard error is closed.
            writeln!(std::io::stderr(), "error: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let Some(threads) = arguments.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()?;
    }
    match arguments.command {
        Command::Vocabulary(stage) => {
            let tokens = stages::vocabulary(&workplace(&stage)?)?;
            say(&format!("kept {tokens} tokens"))
        }
        Command::Distill(stage) => {
            let table = stages::distill(&workplace(&stage)?)?;
            say(&format!(
                "trained {} vectors of {} values",
                table.rows, table.columns
            ))
        }
        Command::Export(export) => {
            let sets: Vec<&Path> = export.evaluate.iter().map(AsRef::as_ref).collect();
            stages::export(&workplace(&export.stage)?, &export.output, &sets)?;
            say(&format!("wrote {}", export.output.display()))
        }
        Command::Run(export) => {
            let sets: Vec<&Path> = export.evaluate.iter().map(AsRef::as_ref).collect();
            let workplace = workplace(&export.stage)?;
            stages::distill(&workplace)?;
            stages::export(&workplace, &export.output, &sets)?;
            say(&format!("wrote {}", export.output.display()))
        }
        Command::Evaluate(arguments) => measure(&arguments),
        Command::Report(arguments) => show(arguments),
    }
}

fn workplace(stage: &StageArguments) -> anyhow::Result<Workplace> {
    let recipe = Recipe::read(&stage.recipe)?;
    let folder = stage.recipe.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(Workplace {
        recipe,
        folder,
        inputs: stage.inputs.clone(),
        work: stage.work.clone(),
    })
}

fn measure(arguments: &EvaluateArguments) -> anyhow::Result<()> {
    let embedder = open(&arguments.model)?;
    let against = arguments.against.as_deref().map(open).transpose()?;
    let sets: Vec<&Path> = arguments.sets.iter().map(AsRef::as_ref).collect();
    let options = EvaluateOptions {
        lengths: arguments.lengths.clone(),
        recall_at: arguments.recall_at.clone(),
        resampling: Resampling {
            resamples: arguments.resamples,
            seed: Seed(arguments.seed),
        },
    };
    let report = evaluate::evaluate_beside(&embedder, against.as_ref(), &sets, &options)?;
    if let Some(path) = &arguments.json {
        files::replace(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    say(&format!("{}{}", report.table(), report.details()))
}

fn show(arguments: ReportArguments) -> anyhow::Result<()> {
    let page = report::make(&ReportInputs {
        title: arguments.title,
        metrics: arguments.metrics,
        before: arguments.before,
        after: arguments.after,
    })?;
    files::replace(&arguments.output, page.as_bytes())?;
    say(&format!("wrote {}", arguments.output.display()))
}

fn open(model: &str) -> anyhow::Result<Embedder> {
    let source = ModelSource::parse(model)?;
    Embedder::open(&source, &EmbedderOptions::default())
        .with_context(|| format!("cannot open model `{model}`"))
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")
}
