//! The checked configuration: one table of every setting with its default, meaning and rule.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Value;

use crate::keys::{KeyLine, Keys, KeysConfig};
use crate::tls::{Encryption, TlsConfig};

/// Everything the server can be told. Made by [`crate::settings::resolve`] or by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Whether it may listen where other machines reach it without any key.
    pub allow_remote_without_key: bool,
    /// How long running requests may take to finish when the server stops, in milliseconds.
    pub drain_ms: u64,
    /// The keys of callers; without any, nobody needs one.
    pub keys: KeysConfig,
    /// Tools for language models.
    pub mcp: McpConfig,
    /// Qdrant's interface.
    pub qdrant: QdrantConfig,
    /// Certificate and key; without them connections are plain.
    pub tls: TlsConfig,
    /// The data folder.
    pub data: PathBuf,
    /// The embedding model.
    pub model: ModelConfig,
    /// Bounds on requests.
    pub limits: LimitsConfig,
    /// Bounds on the storage engine's work in memory.
    pub engine: engine::EngineOptions,
    /// What is logged, as a filter such as `info` or `server=debug,info`.
    pub log_filter: String,
    /// How log lines look.
    pub log_format: LogFormat,
}

/// Tools for language models at `/mcp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct McpConfig {
    /// Whether the route is there.
    pub enabled: bool,
    /// Whether there is a tool that writes.
    pub allow_writes: bool,
}

/// Qdrant's interface at `/collections`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QdrantConfig {
    /// Whether its routes are there.
    pub enabled: bool,
}

/// The embedding model and its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelConfig {
    /// `built-in`, a folder, or a name such as `codefuse-ai/F2LLM-v2-80M`.
    pub source: String,
    /// `cpu`, `cuda:0` or `metal`.
    pub device: String,
    /// Never ask the network for a model.
    pub offline: bool,
    /// Tokens computed at once.
    pub batch_tokens_max: usize,
    /// Tokens that may wait for the model.
    pub queue_tokens_max: usize,
    /// The longest text, in bytes.
    pub text_bytes_max: usize,
    /// Threads of the model; 0 means one for each core.
    pub threads: usize,
}

/// Bounds on requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsConfig {
    /// The largest body of one request, streamed imports excepted.
    pub body_bytes_max: usize,
    /// All bodies held at once.
    pub bodies_bytes_max: usize,
    /// The longest line of a streamed import.
    pub line_bytes_max: usize,
    /// Connections at once.
    pub connections_max: usize,
    /// How long a connection may be idle, or take to send a request's headers, in milliseconds.
    pub header_ms_max: u64,
    /// Requests worked on at once.
    pub requests_max: usize,
    /// Streamed imports at once.
    pub imports_max: usize,
    /// How long one request may take, in milliseconds; streamed imports excepted.
    pub request_ms_max: u64,
    /// How long a streamed import may send nothing, in milliseconds.
    pub import_idle_ms_max: u64,
    /// Engine reads at once.
    pub read_threads: usize,
    /// Engine writes at once; they share the sync to disk.
    pub write_threads: usize,
    /// Engine calls that may wait for a thread, reads and writes each.
    pub queue_max: usize,
    /// Texts in one request for embeddings.
    pub embeddings_texts_max: usize,
    /// Requests of one key in a minute; 0 is no bound.
    pub key_requests_per_minute: u32,
}

impl LimitsConfig {
    /// Texts cut at once: no more than cores, because cutting is all computation.
    pub(crate) fn split_threads() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        let embedder = embedder::EmbedderOptions::default();
        Self {
            // Loopback: nobody else can reach a server that has no keys. The port is free of
            // registered services.
            listen: SocketAddr::from(([127, 0, 0, 1], 6363)),
            allow_remote_without_key: false,
            // Below the 30 s after which process managers kill.
            drain_ms: 20_000,
            keys: KeysConfig::default(),
            tls: TlsConfig::default(),
            mcp: McpConfig {
                enabled: true,
                allow_writes: false,
            },
            qdrant: QdrantConfig { enabled: true },
            data: PathBuf::from("kukla-data"),
            model: ModelConfig {
                source: "built-in".to_owned(),
                device: "cpu".to_owned(),
                offline: false,
                batch_tokens_max: embedder.batch_tokens_max,
                queue_tokens_max: embedder.queue_tokens_max,
                text_bytes_max: embedder.text_bytes_max,
                threads: 0,
            },
            limits: LimitsConfig {
                // 10,000 points with vectors of 320 dimensions in JSON are about 35 MB.
                body_bytes_max: 64 << 20,
                // Four of the largest; JSON in memory takes about three times its bytes.
                bodies_bytes_max: 256 << 20,
                // A text of the largest size with every character escaped, and a payload.
                line_bytes_max: 8 << 20,
                // Below the 1,024 open files that many systems allow a process.
                connections_max: 768,
                // The usual time that proxies keep an idle connection.
                header_ms_max: 75_000,
                requests_max: 512,
                imports_max: 8,
                request_ms_max: 60_000,
                import_idle_ms_max: 60_000,
                // Searches are CPU work; a few more than cores keep them busy.
                read_threads: 8,
                // Writes mostly wait for the disk, and those that wait together share a sync.
                write_threads: 32,
                queue_max: 256,
                // OpenAI's own bound.
                embeddings_texts_max: 2_048,
                // One host's own callers need no bound.
                key_requests_per_minute: 0,
            },
            engine: engine::EngineOptions::default(),
            log_filter: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}

/// One setting: its name in the file, what it means, and how it is read and written.
pub(crate) struct Setting {
    /// `section.key`; in the environment `KUKLA__SECTION__KEY`.
    pub(crate) name: &'static str,
    /// For the example file.
    pub(crate) about: &'static str,
    pub(crate) get: fn(&Config) -> Value,
    pub(crate) set: fn(&mut Config, &Value) -> Result<(), String>,
}

const BYTES: RangeInclusive<i64> = 1_024..=(1 << 40);
const COUNT: RangeInclusive<i64> = 1..=1_000_000;
const MILLISECONDS: RangeInclusive<i64> = 1..=86_400_000;

/// Every setting, in the order of the example file.
#[rustfmt::skip] // One setting, four lines: a table is read by its columns.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting { name: "server.listen", about: "address and port; port 0 takes a free one",
        get: |config| config.listen.to_string().into(),
        set: |config, value| address(value).map(|found| config.listen = found) },
    Setting { name: "server.allow_remote_without_key", about: "listen where other machines reach it, although no key is configured",
        get: |config| config.allow_remote_without_key.into(),
        set: |config, value| truth(value).map(|found| config.allow_remote_without_key = found) },
    Setting { name: "server.drain_ms", about: "how long running requests may take to finish when the server stops",
        get: |config| number(config.drain_ms),
        set: |config, value| count(value, 0..=3_600_000).map(|found| config.drain_ms = found as u64) },
    Setting { name: "keys.file", about: "a file with one key a line, as `kukla key` prints it: NAME ROLE COLLECTIONS HASH; empty for none",
        get: |config| path_value(config.keys.file.as_deref()),
        set: |config, value| optional_path(value).map(|found| config.keys.file = found) },
    Setting { name: "keys.lines", about: "the same lines as a list; in the environment with ; between them",
        get: |config| config.keys.lines.iter().map(|line| Value::from(line.redacted())).collect::<Vec<_>>().into(),
        set: |config, value| key_lines(value).map(|found| config.keys.lines = found) },
    Setting { name: "tls.certificate_file", about: "certificates in PEM, the server's own first; empty for plain connections",
        get: |config| path_value(config.tls.certificate_file.as_deref()),
        set: |config, value| optional_path(value).map(|found| config.tls.certificate_file = found) },
    Setting { name: "tls.key_file", about: "the private key of the certificate, in PEM",
        get: |config| path_value(config.tls.key_file.as_deref()),
        set: |config, value| optional_path(value).map(|found| config.tls.key_file = found) },
    Setting { name: "mcp.enabled", about: "tools for language models at /mcp (Model Context Protocol)",
        get: |config| config.mcp.enabled.into(),
        set: |config, value| truth(value).map(|found| config.mcp.enabled = found) },
    Setting { name: "mcp.allow_writes", about: "among them one that writes points",
        get: |config| config.mcp.allow_writes.into(),
        set: |config, value| truth(value).map(|found| config.mcp.allow_writes = found) },
    Setting { name: "qdrant.enabled", about: "Qdrant's REST interface at /collections, for its clients",
        get: |config| config.qdrant.enabled.into(),
        set: |config, value| truth(value).map(|found| config.qdrant.enabled = found) },
    Setting { name: "storage.data", about: "the data folder",
        get: |config| config.data.display().to_string().into(),
        set: |config, value| text(value).map(|found| config.data = found.into()) },
    Setting { name: "model.source", about: "built-in, a folder in Hugging Face layout, or a name such as codefuse-ai/F2LLM-v2-80M",
        get: |config| config.model.source.clone().into(),
        set: |config, value| text(value).map(|found| config.model.source = found) },
    Setting { name: "model.device", about: "cpu, cuda:0 or metal; the last two need a build with that feature",
        get: |config| config.model.device.clone().into(),
        set: |config, value| device(value).map(|found| config.model.device = found) },
    Setting { name: "model.offline", about: "never ask the network for a model",
        get: |config| config.model.offline.into(),
        set: |config, value| truth(value).map(|found| config.model.offline = found) },
    Setting { name: "model.batch_tokens_max", about: "tokens computed at once",
        get: |config| number(config.model.batch_tokens_max),
        set: |config, value| count(value, 16..=1 << 24).map(|found| config.model.batch_tokens_max = found) },
    Setting { name: "model.queue_tokens_max", about: "tokens that may wait for the model; more is answered with 429",
        get: |config| number(config.model.queue_tokens_max),
        set: |config, value| count(value, 16..=1 << 30).map(|found| config.model.queue_tokens_max = found) },
    Setting { name: "model.text_bytes_max", about: "the longest text",
        get: |config| number(config.model.text_bytes_max),
        set: |config, value| count(value, BYTES).map(|found| config.model.text_bytes_max = found) },
    Setting { name: "model.threads", about: "threads of the model; 0 means one for each core, or one for a static model",
        get: |config| number(config.model.threads),
        set: |config, value| count(value, 0..=4_096).map(|found| config.model.threads = found) },
    Setting { name: "limits.body_bytes_max", about: "the largest body of one request, streamed imports excepted",
        get: |config| number(config.limits.body_bytes_max),
        set: |config, value| count(value, 1_024..=1 << 32).map(|found| config.limits.body_bytes_max = found) },
    Setting { name: "limits.bodies_bytes_max", about: "all bodies held at once; more is answered with 429",
        get: |config| number(config.limits.bodies_bytes_max),
        set: |config, value| count(value, BYTES).map(|found| config.limits.bodies_bytes_max = found) },
    Setting { name: "limits.line_bytes_max", about: "the longest line of a streamed import",
        get: |config| number(config.limits.line_bytes_max),
        set: |config, value| count(value, 1_024..=1 << 30).map(|found| config.limits.line_bytes_max = found) },
    Setting { name: "limits.connections_max", about: "connections at once; more wait until one ends",
        get: |config| number(config.limits.connections_max),
        set: |config, value| count(value, COUNT).map(|found| config.limits.connections_max = found) },
    Setting { name: "limits.header_ms_max", about: "how long a connection may be idle, or take to send the headers of a request",
        get: |config| number(config.limits.header_ms_max),
        set: |config, value| count(value, MILLISECONDS).map(|found| config.limits.header_ms_max = found as u64) },
    Setting { name: "limits.requests_max", about: "requests worked on at once; more is answered with 429",
        get: |config| number(config.limits.requests_max),
        set: |config, value| count(value, COUNT).map(|found| config.limits.requests_max = found) },
    Setting { name: "limits.imports_max", about: "streamed imports at once; more is answered with 429",
        get: |config| number(config.limits.imports_max),
        set: |config, value| count(value, COUNT).map(|found| config.limits.imports_max = found) },
    Setting { name: "limits.request_ms_max", about: "how long one request may take, streamed imports excepted",
        get: |config| number(config.limits.request_ms_max),
        set: |config, value| count(value, MILLISECONDS).map(|found| config.limits.request_ms_max = found as u64) },
    Setting { name: "limits.import_idle_ms_max", about: "how long a streamed import may send nothing",
        get: |config| number(config.limits.import_idle_ms_max),
        set: |config, value| count(value, MILLISECONDS).map(|found| config.limits.import_idle_ms_max = found as u64) },
    Setting { name: "limits.read_threads", about: "engine reads at once",
        get: |config| number(config.limits.read_threads),
        set: |config, value| count(value, 1..=4_096).map(|found| config.limits.read_threads = found) },
    Setting { name: "limits.write_threads", about: "engine writes at once; they share the sync to disk",
        get: |config| number(config.limits.write_threads),
        set: |config, value| count(value, 1..=4_096).map(|found| config.limits.write_threads = found) },
    Setting { name: "limits.queue_max", about: "engine calls that may wait for a thread, reads and writes each; more is answered with 429",
        get: |config| number(config.limits.queue_max),
        set: |config, value| count(value, 0..=1_000_000).map(|found| config.limits.queue_max = found) },
    Setting { name: "limits.embeddings_texts_max", about: "texts in one request for embeddings",
        get: |config| number(config.limits.embeddings_texts_max),
        set: |config, value| count(value, COUNT).map(|found| config.limits.embeddings_texts_max = found) },
    Setting { name: "limits.key_requests_per_minute", about: "requests of one key in a minute; more is answered with 429; 0 is no bound",
        get: |config| number(config.limits.key_requests_per_minute),
        set: |config, value| count(value, 0..=1_000_000).map(|found| config.limits.key_requests_per_minute = found as u32) },
    Setting { name: "engine.active_rows_max", about: "vectors that are searched exactly before they are put into a graph",
        get: |config| number(config.engine.active_rows_max),
        set: |config, value| count(value, 16..=1 << 32).map(|found| config.engine.active_rows_max = found) },
    Setting { name: "engine.active_bytes_max", about: "the same, in bytes",
        get: |config| number(config.engine.active_bytes_max),
        set: |config, value| count(value, BYTES).map(|found| config.engine.active_bytes_max = found) },
    Setting { name: "engine.segment_rows_max", about: "vectors that merging puts into one segment",
        get: |config| number(config.engine.segment_rows_max),
        set: |config, value| count(value, 16..=1 << 32).map(|found| config.engine.segment_rows_max = found) },
    Setting { name: "engine.write_points_max", about: "points in one write",
        get: |config| number(config.engine.write_points_max),
        set: |config, value| count(value, COUNT).map(|found| config.engine.write_points_max = found) },
    Setting { name: "engine.write_bytes_max", about: "bytes of text, payload and vectors in one write",
        get: |config| number(config.engine.write_bytes_max),
        set: |config, value| count(value, BYTES).map(|found| config.engine.write_bytes_max = found) },
    Setting { name: "engine.write_queue_max", about: "writes that may wait for the writer of one collection",
        get: |config| number(config.engine.write_queue_max),
        set: |config, value| count(value, COUNT).map(|found| config.engine.write_queue_max = found) },
    Setting { name: "engine.block_cache_bytes", about: "the store's block cache",
        get: |config| number(config.engine.block_cache_bytes),
        set: |config, value| count(value, BYTES).map(|found| config.engine.block_cache_bytes = found) },
    Setting { name: "engine.build_threads", about: "threads that build graphs",
        get: |config| number(config.engine.build_threads),
        set: |config, value| count(value, 1..=4_096).map(|found| config.engine.build_threads = found) },
    Setting { name: "engine.text_lag_ms", about: "the longest that an acknowledged text may stay out of text search",
        get: |config| number(config.engine.text_lag_ms),
        set: |config, value| count(value, MILLISECONDS).map(|found| config.engine.text_lag_ms = found as u64) },
    Setting { name: "log.filter", about: "error, warn, info, debug or trace, also by part: server=debug,info",
        get: |config| config.log_filter.clone().into(),
        set: |config, value| filter(value).map(|found| config.log_filter = found) },
    Setting { name: "log.format", about: "text or json",
        get: |config| log_format_name(config.log_format).into(),
        set: |config, value| log_format(value).map(|found| config.log_format = found) },
];

impl Config {
    /// Every rule that spans several settings, as (setting, problem).
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if let Err(problem) = Keys::load(&self.keys) {
            problems.push(problem);
        }
        if let Err(problem) = Encryption::load(&self.tls) {
            problems.push(problem);
        }
        let is_open = self.keys.is_empty() && !self.allow_remote_without_key;
        if !self.listen.ip().is_loopback() && is_open {
            problems.push((
                "server.listen",
                format!(
                    "{} can be reached from other machines, and no key is configured: anyone \
                     there could read and delete everything; make one with `kukla key`, listen \
                     on 127.0.0.1, or pass --allow-remote-without-key if something else guards \
                     the port",
                    self.listen
                ),
            ));
        }
        if self.limits.key_requests_per_minute > 0 && self.keys.is_empty() {
            problems.push((
                "limits.key_requests_per_minute",
                "bounds each key, and no key is configured; make one with `kukla key`, or set \
                 this to 0"
                    .to_owned(),
            ));
        }
        if self.limits.body_bytes_max > self.limits.bodies_bytes_max {
            problems.push((
                "limits.bodies_bytes_max",
                format!(
                    "{} is less than limits.body_bytes_max, {}; one body must fit",
                    self.limits.bodies_bytes_max, self.limits.body_bytes_max
                ),
            ));
        }
        problems
    }

    /// The configuration as a file in TOML, each setting with its meaning.
    pub fn to_toml(&self) -> String {
        let mut lines = vec![
            "# Every setting of `kukla serve` with its default. Order: this file, then the"
                .to_owned(),
            "# environment (KUKLA__SECTION__KEY), then arguments; later ones win.".to_owned(),
            "# Sizes are in bytes and times in milliseconds where the name says so.".to_owned(),
        ];
        let mut section = "";
        for setting in SETTINGS {
            let (found, key) = setting.name.split_once('.').unwrap_or(("", setting.name));
            if found != section {
                section = found;
                lines.push(String::new());
                lines.push(format!("[{section}]"));
            }
            lines.push(format!("# {}", setting.about));
            lines.push(format!("{key} = {}", (setting.get)(self)));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn number(found: impl TryInto<i64>) -> Value {
    Value::Integer(found.try_into().unwrap_or(i64::MAX))
}

fn count(value: &Value, range: RangeInclusive<i64>) -> Result<usize, String> {
    let found = value
        .as_integer()
        .ok_or_else(|| format!("{value} is not a whole number"))?;
    if !range.contains(&found) {
        return Err(format!(
            "{found} is not in {} to {}",
            range.start(),
            range.end()
        ));
    }
    usize::try_from(found).map_err(|_| format!("{found} does not fit this machine"))
}

fn truth(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("{value} is neither true nor false"))
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(found) if found.is_empty() => Err("is empty".to_owned()),
        Value::String(found) => Ok(found.clone()),
        // The environment has no quotes to tell a number from a name.
        Value::Integer(found) => Ok(found.to_string()),
        other => Err(format!("{other} is not a string")),
    }
}

fn path_value(path: Option<&Path>) -> Value {
    path.map_or_else(String::new, |path| path.display().to_string())
        .into()
}

/// A path, or none where it is empty.
fn optional_path(value: &Value) -> Result<Option<PathBuf>, String> {
    match value {
        Value::String(found) if found.is_empty() => Ok(None),
        other => text(other).map(|found| Some(found.into())),
    }
}

/// Lines of keys. What is wrong is never repeated: it may be a key.
fn key_lines(value: &Value) -> Result<Vec<KeyLine>, String> {
    let lines: Vec<&str> = match value {
        Value::String(text) => text.split([';', '\n']).collect(),
        Value::Array(entries) => entries
            .iter()
            .map(|entry| entry.as_str().ok_or("is not a list of strings"))
            .collect::<Result<_, _>>()?,
        _ => return Err("is not a list of strings".to_owned()),
    };
    let lines = lines.iter().map(|line| line.trim()).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            KeyLine::parse(line).map_err(|problem| format!("line {} {problem}", index + 1))
        })
        .collect()
}

fn address(value: &Value) -> Result<SocketAddr, String> {
    let found = text(value)?;
    let numeric = found.replacen("localhost:", "127.0.0.1:", 1);
    numeric
        .parse()
        .map_err(|_| format!("`{found}` is not an address and a port, such as 127.0.0.1:6363"))
}

fn device(value: &Value) -> Result<String, String> {
    let found = text(value)?;
    embedder::DeviceKind::parse(&found)
        .map(|_| found)
        .map_err(|error| error.to_string())
}

fn filter(value: &Value) -> Result<String, String> {
    let found = text(value)?;
    crate::telemetry::check_filter(&found).map(|()| found)
}

fn log_format(value: &Value) -> Result<LogFormat, String> {
    match text(value)?.as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("`{other}` is neither text nor json")),
    }
}

fn log_format_name(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    }
}

#[cfg(test)]
mod tests;
