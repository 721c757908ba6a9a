//! The command line as written; nothing is opened here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Makes and measures embedding models.
///
/// One recipe file says everything a model depends on. The stages of a recipe are `vocabulary`,
/// `distill` and `export`; `run` does all of them; `finetune` has recipes of its own. Each keeps its result in the work folder, can be
/// interrupted, and goes on where it was.
///
/// Example:
///   kukla-trainer run trainer/recipes/built-in.toml --inputs ../texts --inputs ../tokenizer \
///       --work run/built-in --output run/built-in/model
///   kukla-trainer evaluate --model run/built-in/model ../eval/xquad-en
#[derive(Debug, Parser)]
#[command(name = "kukla-trainer", version, verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Threads for training; the default is one per processor.
    #[arg(long, global = true, value_name = "COUNT")]
    pub(crate) threads: Option<usize>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Cut the recipe's vocabulary from a larger tokenizer; writes WORK/tokenizer.json.
    Vocabulary(StageArguments),
    /// Train the token table against the teacher's vectors and pairs of texts.
    Distill(StageArguments),
    /// Write the trained model as a folder that the embedder opens.
    Export(ExportArguments),
    /// All stages: vocabulary, distill, export.
    Run(ExportArguments),
    /// Train a model folder's transformer on examples and write it as a new folder.
    ///
    /// Takes up a checkpoint in WORK where there is one; metrics go to WORK/finetune.jsonl.
    Finetune(ExportArguments),
    /// Measure a model on folders in BEIR layout (corpus.jsonl, queries.jsonl, qrels.tsv).
    ///
    /// Prints nDCG@10, recall@10 and MRR@10 at every prefix length, by exact scan.
    Evaluate(EvaluateArguments),
}

/// A recipe and its folders.
#[derive(Args, Clone, Debug)]
pub(crate) struct StageArguments {
    /// The recipe, a TOML file.
    pub(crate) recipe: PathBuf,
    /// A folder with input files the recipe names; may be given several times.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Where checkpoints and results are kept, one folder per recipe.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) work: PathBuf,
}

/// A recipe, its folders, and where the model goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExportArguments {
    /// The recipe and its folders.
    #[command(flatten)]
    pub(crate) stage: StageArguments,
    /// Where the model folder is written.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// A BEIR folder to measure the model on, for its card; may be given several times.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evaluate: Vec<PathBuf>,
}

/// What is measured on what.
#[derive(Args, Clone, Debug)]
pub(crate) struct EvaluateArguments {
    /// `built-in`, a model folder, or a name such as codefuse-ai/F2LLM-v2-80M.
    #[arg(long, default_value = "built-in")]
    pub(crate) model: String,
    /// Prefix lengths, such as 320,64; the default is all of the model's.
    #[arg(long, value_delimiter = ',')]
    pub(crate) lengths: Vec<usize>,
    /// Also write the figures to this JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Folders in BEIR layout.
    #[arg(required = true)]
    pub(crate) folders: Vec<PathBuf>,
}
