//! Arguments in, exit code out.

mod allocator;
mod args;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use embedder::{Chunking, Embedder, EmbedderOptions, ModelSource};
use trainer::evaluate::EvaluateOptions;
use trainer::evaluate::bootstrap::Resampling;
use trainer::finetune::{self, recipe::FinetuneRecipe};
use trainer::mine::{Fields, MineOptions, PairKind, ServedCollection};
use trainer::prune::PruneOptions;
use trainer::recipe::Recipe;
use trainer::report::ReportInputs;
use trainer::seed::Seed;
use trainer::stages::{self, Workplace};
use trainer::teacher::endpoint::Key;
use trainer::{evaluate, files, mine, prune, report};

use crate::args::{
    Arguments, Command, EvaluateArguments, MineArguments, PairArgument, PruneArguments,
    ReportArguments, RunArguments, StageArguments, TeacherKeyArgument,
};

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
            let tokens = stages::vocabulary(&workplace(&stage, None)?)?;
            say(&format!("kept {tokens} tokens"))
        }
        Command::Embed(taught) => {
            let vectors = stages::embed(&workplace(&taught.stage, Some(&taught.key))?)?;
            say(&format!("there are {vectors} vectors"))
        }
        Command::Distill(taught) => {
            let table = stages::distill(&workplace(&taught.stage, Some(&taught.key))?)?;
            say(&format!(
                "trained {} vectors of {} values",
                table.rows, table.columns
            ))
        }
        Command::Export(export) => {
            let sets: Vec<&Path> = export.evaluate.iter().map(AsRef::as_ref).collect();
            stages::export(&workplace(&export.stage, None)?, &export.output, &sets)?;
            say(&format!("wrote {}", export.output.display()))
        }
        Command::Run(RunArguments { export, key }) => {
            let sets: Vec<&Path> = export.evaluate.iter().map(AsRef::as_ref).collect();
            let workplace = workplace(&export.stage, Some(&key))?;
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
        Command::Report(arguments) => show(arguments),
        Command::Mine(arguments) => dig(&arguments),
        Command::Prune(arguments) => cut(&arguments),
    }
}

fn workplace(
    stage: &StageArguments,
    key: Option<&TeacherKeyArgument>,
) -> anyhow::Result<Workplace> {
    let variable = key.and_then(|key| key.teacher_key_variable.as_deref());
    let recipe = Recipe::read(&stage.recipe)?;
    let folder = stage.recipe.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(Workplace {
        recipe,
        folder,
        inputs: stage.inputs.clone(),
        work: stage.work.clone(),
        teacher_key: variable.map(read_key).transpose()?,
    })
}

/// Reads a key from the environment variable that the command line names.
#[expect(
    clippy::disallowed_methods,
    reason = "the trainer has no settings; this is the one variable it reads"
)]
fn read_key(variable: &str) -> anyhow::Result<Key> {
    let secret = std::env::var(variable)
        .with_context(|| format!("the environment variable `{variable}` should hold a key"))?;
    Ok(Key::new(&secret))
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

fn dig(arguments: &MineArguments) -> anyhow::Result<()> {
    let kind = |pairs: &PairArgument| match pairs {
        PairArgument::Titles => PairKind::Titles,
        PairArgument::Neighbours => PairKind::Neighbours,
    };
    let options = MineOptions {
        kinds: arguments.pairs.iter().map(kind).collect(),
        fields: Fields {
            title: arguments.title.clone(),
            body: arguments.body.clone(),
        },
        chunking: Chunking {
            tokens: arguments.chunk_tokens,
            overlap: 0,
        },
        mined: arguments.mined,
        drawn: arguments.negatives,
        margin: arguments.margin,
        seed: Seed(arguments.seed),
    };
    let output = &arguments.output;
    let summary = match (&arguments.collection, &arguments.records) {
        (Some(name), _) => {
            let collection = ServedCollection {
                url: arguments.url.clone(),
                key_file: arguments.key_file.clone(),
                certificates: arguments.certificates.clone(),
                name: name.clone(),
                depth: arguments.depth,
            };
            mine::mine_collection(&collection, &options, output)?
        }
        (None, Some(records)) => {
            mine::mine_file(&open(&arguments.model)?, records, &options, output)?
        }
        (None, None) => anyhow::bail!("nothing to mine: name a file, or a --collection"),
    };
    say(&summary.words())
}

fn cut(arguments: &PruneArguments) -> anyhow::Result<()> {
    let options = PruneOptions {
        hidden: arguments.hidden,
        intermediate: arguments.intermediate,
        layers: arguments.layers,
        vocabulary: arguments.vocabulary,
        table_rank: arguments.table_rank,
    };
    let (model, output) = (&arguments.model, &arguments.output);
    let summary = prune::prune(model, &arguments.calibration, &options, output)
        .with_context(|| format!("cannot prune `{}`", model.display()))?;
    say(&format!(
        "{}\n\nwrote {}",
        summary.table(),
        output.display()
    ))
}

fn open(model: &str) -> anyhow::Result<Embedder> {
    let source = ModelSource::parse(model)?;
    Embedder::open(&source, &EmbedderOptions::default())
        .with_context(|| format!("cannot open model `{model}`"))
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")
}
