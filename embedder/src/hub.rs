//! Models by name: the local Hugging Face cache first, then the hub. The only file that names
//! `hf_hub`.

use std::path::PathBuf;

use hf_hub::api::sync::{ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, CacheRepo};

use crate::error::{Error, Result};
use crate::source::is_hub_name;
use crate::weights::shard_names;

const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const REQUIRED: [&str; 2] = ["config.json", "tokenizer.json"];
const OPTIONAL: [&str; 2] = ["config_sentence_transformers.json", "1_Pooling/config.json"];

/// Returns the folder in the cache that holds the named model, fetching what is missing.
///
/// Errors: `Invalid` for what is no name, `Unavailable` when something is missing and `offline`
/// is set or the hub does not answer.
pub(crate) fn fetch(name: &str, offline: bool) -> Result<PathBuf> {
    if !is_hub_name(name) {
        return Err(Error::SourceUnknown {
            given: name.to_owned(),
        });
    }
    let unavailable = |reason: String| Error::HubUnavailable {
        name: name.to_owned(),
        reason,
    };
    // The library takes a home folder for granted.
    if std::env::home_dir().is_none() {
        return Err(unavailable(
            "there is no home folder for the cache".to_owned(),
        ));
    }
    let cached = Cache::from_env().model(name.to_owned());
    if let Some(folder) = cached_folder(&cached)? {
        return Ok(folder);
    }
    if offline {
        return Err(unavailable("offline was asked for".to_owned()));
    }
    tracing::info!(model = name, "fetching a model from the hub");
    let api = ApiBuilder::from_env().with_progress(false).build();
    let repository = api
        .map_err(|error| unavailable(error.to_string()))?
        .model(name.to_owned());
    download(&repository).map_err(|error| unavailable(error.to_string()))?;
    cached_folder(&cached)?.ok_or_else(|| unavailable("the cache stayed incomplete".to_owned()))
}

/// The model's folder in the cache, if everything required is in it.
fn cached_folder(cached: &CacheRepo) -> Result<Option<PathBuf>> {
    for file in REQUIRED {
        if cached.get(file).is_none() {
            return Ok(None);
        }
    }
    if let Some(index) = cached.get(INDEX) {
        let json = std::fs::read_to_string(&index).map_err(|source| Error::Io {
            action: "reading",
            path: index,
            source,
        })?;
        if shard_names(&json)?
            .iter()
            .any(|shard| cached.get(shard).is_none())
        {
            return Ok(None);
        }
    } else if cached.get(SINGLE).is_none() {
        return Ok(None);
    }
    Ok(cached
        .get(REQUIRED[0])
        .and_then(|config| config.parent().map(PathBuf::from)))
}

fn download(repository: &ApiRepo) -> std::result::Result<(), ApiError> {
    for file in REQUIRED {
        repository.get(file)?;
    }
    for file in OPTIONAL {
        if let Err(error) = repository.get(file) {
            tracing::debug!(file, %error, "an optional file of the model was not fetched");
        }
    }
    // Only models in one file have no index, and only a missing index says so.
    match repository.get(INDEX) {
        Err(_) => repository.get(SINGLE).map(|_| ()),
        Ok(index) => {
            let json = std::fs::read_to_string(index)?;
            let shards = shard_names(&json)
                .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))?;
            for shard in shards {
                repository.get(&shard)?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
