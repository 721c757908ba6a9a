//! Settings as they were written: a file, the environment, arguments. All problems at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Value;

use crate::config::{Config, SETTINGS, Setting};

/// The beginning of every environment variable that is ours.
pub const PREFIX: &str = "KUKLA__";

/// The variable with the key that the command line's clients send.
const CLIENT_KEY: &str = "KUKLA_API_KEY";

/// Where settings come from, later ones winning.
#[derive(Debug, Default)]
pub struct Sources {
    /// A file in TOML.
    pub file: Option<PathBuf>,
    /// Environment variables; see [`environment`].
    pub environment: BTreeMap<String, String>,
    /// Settings given as arguments, by name.
    pub arguments: Vec<(&'static str, Value)>,
}

/// Everything that is wrong with the settings, one line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("\n"))]
pub struct SettingsError {
    /// Each as "setting `name`: problem".
    pub problems: Vec<String>,
}

/// The variables of this process's environment that are ours. They are read here only.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
        .collect()
}

/// The key that the command line's clients send, if the environment has one.
pub(crate) fn client_key() -> Option<String> {
    std::env::vars_os()
        .find(|(name, _)| name == CLIENT_KEY)
        .map(|(_, value)| value.to_string_lossy().into_owned())
        .filter(|value| !value.is_empty())
}

/// Makes the checked configuration, or tells all problems at once.
pub fn resolve(sources: &Sources) -> Result<Config, SettingsError> {
    let mut config = Config::default();
    let mut problems = Vec::new();
    let mut apply = |name: &str, value: &Value, origin: &str| match find(name) {
        Some(setting) => {
            if let Err(problem) = (setting.set)(&mut config, value) {
                problems.push(format!("setting `{name}` ({origin}): {problem}"));
            }
        }
        None => problems.push(format!(
            "setting `{name}` ({origin}): is not known{}",
            suggestion(name)
        )),
    };
    if let Some(path) = &sources.file {
        for (name, value) in read_file(path)? {
            apply(&name, &value, &path.display().to_string());
        }
    }
    for (variable, written) in &sources.environment {
        apply(&setting_name(variable), &literal(written), variable);
    }
    for (name, value) in &sources.arguments {
        apply(name, value, "argument");
    }
    let spanning = config.problems();
    problems.extend(
        spanning
            .into_iter()
            .map(|(name, problem)| format!("setting `{name}`: {problem}")),
    );
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(SettingsError { problems })
    }
}

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// A known setting with the same last part, as a hint.
fn suggestion(name: &str) -> String {
    let key = name.rsplit('.').next().unwrap_or(name);
    SETTINGS
        .iter()
        .find(|setting| setting.name.rsplit('.').next() == Some(key))
        .map_or_else(
            || "; see config.example.toml".to_owned(),
            |setting| format!("; did you mean `{}`", setting.name),
        )
}

/// `KUKLA__LIMITS__QUEUE_MAX` is `limits.queue_max`.
fn setting_name(variable: &str) -> String {
    variable
        .trim_start_matches(PREFIX)
        .to_ascii_lowercase()
        .replacen("__", ".", 1)
}

/// An environment variable's text as the value it looks like.
fn literal(written: &str) -> Value {
    match written {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        _ => written
            .parse()
            .map_or_else(|_| Value::String(written.to_owned()), Value::Integer),
    }
}

/// The file's settings by name.
fn read_file(path: &Path) -> Result<Vec<(String, Value)>, SettingsError> {
    let single = |problem: String| SettingsError {
        problems: vec![format!("file `{}`: {problem}", path.display())],
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| single(format!("cannot be read: {error}")))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| single(format!("is not TOML: {}", error.message())))?;
    let mut settings = Vec::new();
    for (section, entries) in table {
        match entries {
            Value::Table(entries) => settings.extend(
                entries
                    .into_iter()
                    .map(|(key, value)| (format!("{section}.{key}"), value)),
            ),
            other => settings.push((section, other)),
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests;
