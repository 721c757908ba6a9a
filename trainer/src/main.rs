//! Arguments in, exit code out.

mod args;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use embedder::{Embedder, EmbedderOptions, ModelSource};
use trainer::finetune::{self, recipe::FinetuneRecipe};
use trainer::recipe::Recipe;
use trainer::stages::{self, Workplace};
use trainer::{evaluate, files};

use crate::args::{Arguments, Command, EvaluateArguments, StageArguments};

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
        Command::Finetune(arguments) => {
            let sets: Vec<&Path> = arguments.evaluate.iter().map(AsRef::as_ref).collect();
            let stage = &arguments.stage;
            let workplace = finetune::Workplace {
                recipe: FinetuneRecipe::read(&stage.recipe)?,
                folder: stage.recipe.parent().unwrap_or(Path::new("")).to_path_buf(),
                inputs: stage.inputs.clone(),
                work: stage.work.clone(),
            };
            finetune::finetune(&workplace)?;
            finetune::export(&workplace, &arguments.output, &sets)?;
            say(&format!("wrote {}", arguments.output.display()))
        }
        Command::Evaluate(arguments) => measure(&arguments),
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
    let source = ModelSource::parse(&arguments.model)?;
    let embedder = Embedder::open(&source, &EmbedderOptions::default())
        .with_context(|| format!("cannot open model `{}`", arguments.model))?;
    let folders: Vec<&Path> = arguments.folders.iter().map(AsRef::as_ref).collect();
    let report = evaluate::evaluate(&embedder, &folders, &arguments.lengths)?;
    if let Some(path) = &arguments.json {
        files::replace(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    say(&report.table())
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")
}
