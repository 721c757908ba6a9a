//! The command line as written; nothing is opened here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Makes and measures embedding models.
///
/// One recipe file says everything a model depends on. The stages of a recipe are `vocabulary`,
/// `embed`, `distill` and `export`; `run` does all of them; `finetune` has recipes of its own. Each
/// keeps its result in the work folder, can be interrupted, and goes on where it was.
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
    /// Compute the teacher's vectors of the texts, where the recipe has a [teacher] section and the
    /// inputs do not have the vectors; writes WORK/teacher-i8.npy and WORK/teacher-scale.npy.
    ///
    /// `distill` and `run` do the same first. Can be interrupted, and goes on to the same bytes.
    Embed(TaughtArguments),
    /// Train the token table against the teacher's vectors and pairs of texts.
    Distill(TaughtArguments),
    /// Write the trained model as a folder that the embedder opens.
    Export(ExportArguments),
    /// All stages: vocabulary, embed, distill, export.
    Run(RunArguments),
    /// Train a model folder's transformer on examples and write it as a new folder.
    ///
    /// Takes up a checkpoint in WORK where there is one; metrics go to WORK/finetune.jsonl.
    Finetune(ExportArguments),
    /// Measure a model on judged sets, alone or beside another model.
    ///
    /// A folder in BEIR layout (corpus.jsonl, queries.jsonl, qrels.tsv) gives nDCG@10, recall and
    /// MRR@10 by exact scan; a file of sentence pairs (.jsonl, .tsv or .csv with sentence1,
    /// sentence2 and score) gives Spearman's correlation. Every figure comes at every prefix length
    /// with a 95% interval of the bootstrap, and with --against with that of the difference.
    Evaluate(EvaluateArguments),
    /// Write a page with plots: a run's losses and rates, and quality before and after.
    ///
    /// The page is one HTML file that needs nothing else.
    Report(ReportArguments),
    /// Mine pairs with hard negatives, from a file of records or a collection of a running server.
    ///
    /// A title asks for its body, or a chunk for the next one. Negatives are the closest passages
    /// elsewhere that score clearly below the positive. Writes one JSON object a line with `query`,
    /// `positive` and `negatives`.
    Mine(MineArguments),
    /// Cut a larger Qwen3 folder to a smaller one, as a start for training.
    ///
    /// Hidden and feed-forward dimensions are kept by activation norms on calibration text, layers
    /// from the first on, tokens by how often the text uses them; heads are left alone.
    Prune(PruneArguments),
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

/// A stage that may ask the recipe's teacher.
#[derive(Args, Clone, Debug)]
pub(crate) struct TaughtArguments {
    /// The recipe and its folders.
    #[command(flatten)]
    pub(crate) stage: StageArguments,
    /// What the teacher asks for.
    #[command(flatten)]
    pub(crate) key: TeacherKeyArgument,
}

/// What the recipe's teacher asks for.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TeacherKeyArgument {
    /// The environment variable that holds the key of the recipe's teacher, where the teacher is an
    /// endpoint that asks for one.
    #[arg(long, value_name = "NAME")]
    pub(crate) teacher_key_variable: Option<String>,
}

/// All stages of a recipe.
#[derive(Args, Clone, Debug)]
pub(crate) struct RunArguments {
    /// The recipe, its folders, and where the model goes.
    #[command(flatten)]
    pub(crate) export: ExportArguments,
    /// What the teacher asks for.
    #[command(flatten)]
    pub(crate) key: TeacherKeyArgument,
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
    /// Another model to measure on the same sets, side by side.
    #[arg(long, value_name = "MODEL")]
    pub(crate) against: Option<String>,
    /// Prefix lengths, such as 320,64; the default is all of the model's.
    #[arg(long, value_delimiter = ',')]
    pub(crate) lengths: Vec<usize>,
    /// Depths of recall.
    #[arg(long, value_delimiter = ',', default_value = "10,100")]
    pub(crate) recall_at: Vec<usize>,
    /// How many resamples the intervals are drawn from.
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    pub(crate) resamples: usize,
    /// The seed of the resamples.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Also write everything to this JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Folders in BEIR layout and files of sentence pairs.
    #[arg(required = true)]
    pub(crate) sets: Vec<PathBuf>,
}

/// What a page shows.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReportArguments {
    /// A metrics file of a run, such as WORK/distill.jsonl; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Vec<PathBuf>,
    /// What `evaluate --json` wrote for the model that went in.
    #[arg(long, value_name = "FILE")]
    pub(crate) before: Option<PathBuf>,
    /// What `evaluate --json` wrote for the model that came out; with `--against` it says both.
    #[arg(long, value_name = "FILE")]
    pub(crate) after: Option<PathBuf>,
    /// The page's heading.
    #[arg(long, default_value = "Training report")]
    pub(crate) title: String,
    /// Where the page is written.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// What belongs together.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PairArgument {
    /// A title and its body.
    Titles,
    /// A chunk and the next one.
    Neighbours,
}

/// What is mined, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct MineArguments {
    /// Records: .jsonl, .jsonl.gz or .parquet.
    #[arg(required_unless_present = "collection", conflicts_with = "collection")]
    pub(crate) records: Option<PathBuf>,
    /// A collection of a running server instead; its own model and search are used.
    #[arg(long, value_name = "NAME")]
    pub(crate) collection: Option<String>,
    /// The server's address.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:6363")]
    pub(crate) url: String,
    /// A file that holds the key to send and nothing else.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// A file of certificates in PEM to trust besides the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificates: Option<PathBuf>,
    /// How many hits are looked at for negatives in a collection.
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    pub(crate) depth: usize,
    /// The model that finds negatives in a file.
    #[arg(long, default_value = "built-in")]
    pub(crate) model: String,
    /// The field or column with the title; in a collection, a field of the payload.
    #[arg(long, value_name = "FIELD", default_value = "title")]
    pub(crate) title: String,
    /// The field or column with the body; in a collection it is the text.
    #[arg(long, value_name = "FIELD", default_value = "body")]
    pub(crate) body: String,
    /// What belongs together.
    #[arg(long, value_delimiter = ',', default_value = "titles")]
    pub(crate) pairs: Vec<PairArgument>,
    /// The longest chunk of a body, in tokens; a collection's are cut already.
    #[arg(long, value_name = "TOKENS", default_value_t = 256)]
    pub(crate) chunk_tokens: usize,
    /// How many of the closest passages are candidates.
    #[arg(long, value_name = "COUNT", default_value_t = 24)]
    pub(crate) mined: usize,
    /// How many of them are drawn; every line has as many.
    #[arg(long, value_name = "COUNT", default_value_t = 7)]
    pub(crate) negatives: usize,
    /// A passage with more than 1 - MARGIN of the positive's score may be a right answer too, and
    /// is left out.
    #[arg(long, default_value_t = 0.05)]
    pub(crate) margin: f64,
    /// The seed of the draw.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the lines are written.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// What is cut to what.
#[derive(Args, Clone, Debug)]
pub(crate) struct PruneArguments {
    /// The larger model's folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) model: PathBuf,
    /// Texts: .jsonl with `text`, or one a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) calibration: PathBuf,
    /// Dimensions of the smaller embedding; the default of every size is the larger model's.
    #[arg(long, value_name = "SIZE")]
    pub(crate) hidden: Option<usize>,
    /// Dimensions of the smaller feed-forward layers.
    #[arg(long, value_name = "SIZE")]
    pub(crate) intermediate: Option<usize>,
    /// How many layers stay.
    #[arg(long, value_name = "COUNT")]
    pub(crate) layers: Option<usize>,
    /// How many tokens stay, special ones included.
    #[arg(long, value_name = "COUNT")]
    pub(crate) vocabulary: Option<usize>,
    /// Values of a row of the token table: makes short rows and one matrix that widens them. A
    /// small model is mostly token table, and this is the other way to shrink it.
    #[arg(long, value_name = "SIZE")]
    pub(crate) table_rank: Option<usize>,
    /// Where the smaller model is written.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
}
