//! Creates, describes and deletes collections.

use std::sync::Arc;

use engine::{
    ChunkingSchema, CollectionChange, CollectionName, CollectionSchema, Created, Distance,
    ModelSchema, RECALL_DEFAULT,
};

use crate::access::Caller;
use crate::ingest;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::collection::{ChangeCollection, Collection, Collections, CreateCollection};

/// Creates a collection or finds it; true if it is new.
pub(crate) async fn create(
    state: &AppState,
    name: &str,
    body: CreateCollection,
) -> Result<(bool, Collection)> {
    let name = CollectionName::new(name)?;
    check_analyzer(body.analyzer.as_deref())?;
    let schema = schema(state, &name, &body)?;
    let engine = Arc::clone(&state.engine);
    let created = state
        .writes
        .run(move || Ok(engine.create_collection(&name, &schema)?))
        .await?;
    match created {
        Created::New(collection) => Ok((true, statistics(state, collection).await?)),
        Created::Existing(collection) => Ok((false, statistics(state, collection).await?)),
    }
}

/// Describes one collection.
pub(crate) async fn describe(state: &AppState, name: &str) -> Result<Collection> {
    statistics(state, state.collection(name)?).await
}

/// Describes the collections that the caller may see, by name.
pub(crate) async fn list(state: &AppState, caller: Caller) -> Result<Collections> {
    let engine = Arc::clone(&state.engine);
    let loaded = state.model.info().fingerprint.clone();
    let describe_all = move || {
        let mut collections = Vec::new();
        let all = engine.collections().into_iter();
        for collection in all.filter(|collection| caller.may_see(collection.name().as_str())) {
            collections.push(describe_blocking(&collection, &loaded)?);
        }
        Ok(Collections { collections })
    };
    state.reads.run(describe_all).await
}

/// Changes settings.
pub(crate) async fn change(
    state: &AppState,
    name: &str,
    body: ChangeCollection,
) -> Result<Collection> {
    if let Some((setting, reason)) = body.fixed() {
        return Err(ApiError::invalid(
            setting,
            "setting_fixed",
            format!(
                "`{setting}` is fixed, because {reason}; create another collection, import the \
                 points into it and move an alias to it"
            ),
        ));
    }
    let Some(recall) = body.recall else {
        return Err(ApiError::invalid(
            "body",
            "empty",
            "`body` names no setting, expected `recall`",
        ));
    };
    let change = CollectionChange {
        recall: Some(recall),
    };
    let engine = Arc::clone(&state.engine);
    let changed = name.to_owned();
    state
        .writes
        .run(move || Ok(engine.change_collection(&changed, change)?))
        .await?;
    describe(state, name).await
}

/// Deletes a collection and everything in it.
pub(crate) async fn delete(state: &AppState, name: &str) -> Result<()> {
    let engine = Arc::clone(&state.engine);
    let name = name.to_owned();
    state
        .writes
        .run(move || Ok(engine.drop_collection(&name)?))
        .await
}

async fn statistics(state: &AppState, collection: Arc<engine::Collection>) -> Result<Collection> {
    let loaded = state.model.info().fingerprint.clone();
    state
        .reads
        .run(move || describe_blocking(&collection, &loaded))
        .await
}

fn describe_blocking(collection: &engine::Collection, loaded: &str) -> Result<Collection> {
    Ok(Collection::new(
        collection.name().as_str(),
        &collection.schema(),
        collection.statistics()?,
        loaded,
    ))
}

/// Fills in what the request leaves out.
fn schema(
    state: &AppState,
    name: &CollectionName,
    body: &CreateCollection,
) -> Result<CollectionSchema> {
    let distance = body.distance.map_or(Distance::Cosine, Distance::from);
    // What was changed since is no conflict with a request that does not say.
    let existing = state.engine.collection(name.as_str()).ok();
    let recall = body.recall.unwrap_or_else(|| {
        existing.map_or(RECALL_DEFAULT, |collection| collection.schema().recall)
    });
    let (model, dimensions) = match &body.model {
        Some(None) => (None, dimensions_without_model(body)?),
        Some(Some(name)) => {
            check_loaded(state, name)?;
            let (model, dimensions) = with_model(state, body)?;
            (Some(model), dimensions)
        }
        None => {
            let (model, dimensions) = with_model(state, body)?;
            (Some(model), dimensions)
        }
    };
    Ok(CollectionSchema {
        model,
        dimensions,
        distance,
        recall,
    })
}

fn check_analyzer(analyzer: Option<&str>) -> Result<()> {
    match analyzer {
        None | Some("auto") => Ok(()),
        Some(other) => Err(ApiError::invalid(
            "analyzer",
            "analyzer_unknown",
            format!(
                "`analyzer` is `{other}`, expected `auto`, which guesses the language of each \
                 text, or leave it out"
            ),
        )),
    }
}

fn dimensions_without_model(body: &CreateCollection) -> Result<u32> {
    if body.chunking.is_some() {
        return Err(ApiError::invalid(
            "chunking",
            "chunking_without_model",
            "`chunking` cuts texts for a model, and `model` is null; leave it out",
        ));
    }
    body.dimensions.ok_or_else(|| {
        ApiError::invalid(
            "dimensions",
            "dimensions_required",
            "`model` is null, so callers bring vectors: say how many `dimensions` they have",
        )
    })
}

fn check_loaded(state: &AppState, name: &str) -> Result<()> {
    let info = state.model.info();
    if name == info.name || name == info.fingerprint {
        return Ok(());
    }
    Err(ApiError::invalid(
        "model",
        "model_not_loaded",
        format!(
            "`model` is `{name}`, the server has loaded `{}`; leave `model` out to use that one, \
             start a server with `--model {name}`, or set `model` to null and bring vectors",
            info.name
        ),
    ))
}

fn with_model(state: &AppState, body: &CreateCollection) -> Result<(ModelSchema, u32)> {
    let info = state.model.info();
    let dimensions = body
        .dimensions
        .map_or(info.dimensions, |found| found as usize);
    check_offered(&info.prefix_lengths, info.dimensions, dimensions)?;
    let chunking = match body.chunking {
        Some(chunking) => ingest::check_chunking(chunking, info.tokens_max)?,
        None => ingest::default_chunking(info.tokens_max),
    };
    let model = ModelSchema {
        name: info.name.clone(),
        fingerprint: info.fingerprint.clone(),
        chunking: ChunkingSchema {
            tokens: chunking.tokens,
            overlap: chunking.overlap,
        },
    };
    Ok((model, u32::try_from(dimensions).unwrap_or(u32::MAX)))
}

/// Refuses a length that the model was not trained to be cut to.
pub(crate) fn check_offered(lengths: &[usize], full: usize, dimensions: usize) -> Result<()> {
    if dimensions == full || lengths.contains(&dimensions) {
        return Ok(());
    }
    Err(ApiError::invalid(
        "dimensions",
        "dimensions_not_offered",
        format!("`dimensions` is {dimensions}, the loaded model offers {lengths:?}"),
    ))
}
