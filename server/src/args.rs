//! The command line, and the examples that teach it.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use toml::Value;

/// A vector database with its embedding model inside.
#[derive(Debug, Parser)]
#[command(name = "kukla", version, about, long_about = None, after_help = "\
Begin with:
  kukla serve --data ./kukla-data
  kukla import documents.jsonl --collection docs --create
  kukla search \"how do I reset my password?\" --collection docs")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve(ServeArgs),
    /// Import a file of JSON lines into a collection of a running server.
    Import(ImportArgs),
    /// Export a collection of a running server as JSON lines or Parquet.
    Export(ExportArgs),
    /// Ask a collection of a running server.
    Search(SearchArgs),
    /// List the collections of a running server.
    Collections(CollectionsArgs),
    /// Make a key for callers, and the line that tells the server of it.
    Key(KeyArgs),
    /// Print the REST contract (OpenAPI).
    Openapi,
}

/// Arguments of `kukla serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kukla serve --data ./kukla-data
      The built-in model, http://127.0.0.1:6363, this machine only.
  kukla serve --data ./kukla-data --model ./F2LLM-v2-80M --listen 127.0.0.1:7000
      A model folder in Hugging Face layout.
  kukla serve --config kukla.toml --check
      Print the configuration that the file, the environment and the arguments make, and exit.
  KUKLA__LIMITS__BODY_BYTES_MAX=1048576 kukla serve
      Any setting as an environment variable.

Every setting is in config.example.toml. Order: file, environment, arguments; later ones win.")]
pub struct ServeArgs {
    /// The data folder; made if it is absent or empty.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port. Beyond this machine only with a key, see `kukla key`, or with
    /// --allow-remote-without-key.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// `built-in`, a model folder, or a name such as codefuse-ai/F2LLM-v2-80M.
    #[arg(long, value_name = "DIR-OR-NAME")]
    pub model: Option<String>,
    /// A file of settings in TOML.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A file with one key a line, as `kukla key` prints it.
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Listen where other machines reach it, although no key is configured: anyone there can read
    /// and delete everything.
    #[arg(long)]
    pub allow_remote_without_key: bool,
    /// How log lines look.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormatArg>,
    /// What is logged, such as `debug` or `server=debug,info`.
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// Print the configuration and exit.
    #[arg(long)]
    pub check: bool,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormatArg {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl ServeArgs {
    /// The settings that were given as arguments.
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        let mut settings = Vec::new();
        let strings = [
            (
                "storage.data",
                self.data.as_ref().map(|path| path.display().to_string()),
            ),
            (
                "keys.file",
                self.keys.as_ref().map(|path| path.display().to_string()),
            ),
            ("server.listen", self.listen.clone()),
            ("model.source", self.model.clone()),
            ("log.filter", self.log.clone()),
        ];
        for (name, value) in strings {
            if let Some(value) = value {
                settings.push((name, Value::String(value)));
            }
        }
        if let Some(format) = self.log_format {
            let word = match format {
                LogFormatArg::Text => "text",
                LogFormatArg::Json => "json",
            };
            settings.push(("log.format", Value::String(word.to_owned())));
        }
        if self.allow_remote_without_key {
            settings.push(("server.allow_remote_without_key", Value::Boolean(true)));
        }
        settings
    }
}

/// Where the server is.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// The server's address.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:6363")]
    pub url: String,
    /// A file that holds the key to send and nothing else; else KUKLA_API_KEY in the
    /// environment, if it is set.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// A file of certificates in PEM to trust besides the system's.
    #[arg(long, value_name = "FILE")]
    pub certificates: Option<PathBuf>,
}

/// Arguments of `kukla import`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  kukla import corpus.jsonl --collection docs --create
      Each line is one JSON object. `id` or `_id` is the id; `title` and `text` are the text, or
      `vector` is a ready vector; a `payload` object, or else every other key and the title, is
      the payload.
  kukla import rows.jsonl --collection docs --id-key uuid --text-key body --payload lang,url
      Other names, and only two keys in the payload.
  zcat corpus.jsonl.gz | kukla import - --collection docs
      From a pipe, which cannot be resumed.

An import that was cut off goes on where it was acknowledged when the same command is run again:
the place is kept in FILE.kukla-import until the file is done. --restart begins again.")]
pub struct ImportArgs {
    /// A file of JSON lines, or - for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The collection.
    #[arg(long, short, value_name = "NAME")]
    pub collection: String,
    /// Create the collection if it is absent: with the server's model, or for lines with ready
    /// vectors without one.
    #[arg(long)]
    pub create: bool,
    /// Begin again, whatever was imported before.
    #[arg(long)]
    pub restart: bool,
    /// The key of the id; `id`, else `_id`, by default.
    #[arg(long, value_name = "KEY")]
    pub id_key: Option<String>,
    /// Number points by their line instead.
    #[arg(long, conflicts_with = "id_key")]
    pub id_from_line: bool,
    /// The key of the text.
    #[arg(long, value_name = "KEY", default_value = "text")]
    pub text_key: String,
    /// The key of the title, which is put before the text.
    #[arg(long, value_name = "KEY", default_value = "title")]
    pub title_key: String,
    /// What the texts are; HTML is stored as the text that a reader sees.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<TextFormatArg>,
    /// What goes into the payload: `all` other keys and the title, `none`, or a list of keys.
    #[arg(long, value_name = "KEYS", default_value = "all")]
    pub payload: String,
    /// End at the first bad line instead of reporting it and going on.
    #[arg(long)]
    pub stop_on_error: bool,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// What texts are.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum TextFormatArg {
    /// Words as they are.
    Plain,
    /// Markdown.
    Markdown,
    /// HTML, whole documents or parts.
    Html,
}

impl TextFormatArg {
    /// Its word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }
}

/// Arguments of `kukla export`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  kukla export docs.jsonl --collection docs
      Everything, as it was at one moment; `kukla import docs.jsonl` takes it as it is, and embeds
      nothing again.
  kukla export - --collection docs --include text,payload | gzip > docs.jsonl.gz
      Without vectors, for a collection of another model.
  kukla export docs.parquet --collection docs --format parquet
      A table with one row a point, for other programs.")]
pub struct ExportArgs {
    /// The file to make, which must not exist yet, or - for standard output.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The collection.
    #[arg(long, short, value_name = "NAME")]
    pub collection: String,
    /// Which parts of points: some of `text`, `payload` and `vectors`.
    #[arg(long, value_name = "PARTS", value_enum, value_delimiter = ',',
        default_values = ["text", "payload", "vectors"])]
    pub include: Vec<ExportPart>,
    /// What to write.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "jsonl")]
    pub format: ExportFormatArg,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// What an export writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormatArg {
    /// One JSON object a line, as an import takes it.
    Jsonl,
    /// A Parquet file.
    Parquet,
}

/// A part of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportPart {
    /// The text.
    Text,
    /// The payload.
    Payload,
    /// The chunks with their vectors.
    Vectors,
}

/// Arguments of `kukla search`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  kukla search \"how do I reset my password?\" --collection docs
  kukla search \"E1042\" --collection docs --mode text --limit 3
  kukla search \"opening hours\" --collection docs --filter '{\"must\":[{\"key\":\"lang\",\"match\":{\"value\":\"en\"}}]}'")]
pub struct SearchArgs {
    /// The question.
    #[arg(value_name = "QUESTION")]
    pub query: String,
    /// The collection.
    #[arg(long, short, value_name = "NAME")]
    pub collection: String,
    /// Which rankings to use; the richest possible by default.
    #[arg(long, value_enum)]
    pub mode: Option<ModeArg>,
    /// How many answers.
    #[arg(long, short, value_name = "COUNT", default_value_t = 5)]
    pub limit: usize,
    /// A filter in JSON.
    #[arg(long, value_name = "JSON")]
    pub filter: Option<String>,
    /// The recall to aim for, above 0 and at most 1; 1 is the exact scan.
    #[arg(long)]
    pub recall: Option<f32>,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Which rankings a search uses.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ModeArg {
    /// By meaning and by words.
    Hybrid,
    /// By meaning.
    Vector,
    /// By words.
    Text,
}

/// Arguments of `kukla collections`.
#[derive(Debug, Clone, clap::Args)]
pub struct CollectionsArgs {
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `kukla key`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Example:
  kukla key website --role read --collections docs,faq >> kukla.keys
  kukla serve --keys kukla.keys --listen 0.0.0.0:6363
      The key is shown on the terminal, for the caller; the file gets its hash.")]
pub struct KeyArgs {
    /// What to call the key, in the log and in the file.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it allows.
    #[arg(long, value_enum, default_value = "read")]
    pub role: RoleArg,
    /// The collections it is for, with commas between; * for all.
    #[arg(long, value_name = "NAMES", default_value = "*")]
    pub collections: String,
}

/// What a key allows.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleArg {
    /// Search, get, list, embed.
    Read,
    /// Change points, too.
    Write,
    /// Make, change and delete collections, too.
    Admin,
}
