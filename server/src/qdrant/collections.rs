//! Collections.

use serde_json::{Value, json};

use crate::access::Caller;
use crate::catalog;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::qdrant::collection::{self, Create};

/// The names of the collections that the caller may see.
pub(crate) fn list(state: &AppState, caller: &Caller) -> Value {
    let names = state.engine.collections();
    let names = names.iter().map(|collection| collection.name().as_str());
    let names = names.filter(|name| caller.may_see(name));
    let listed: Vec<Value> = names.map(|name| json!({"name": name})).collect();
    json!({"collections": listed})
}

/// Describes one.
pub(crate) async fn describe(state: &AppState, name: &str) -> Result<Value> {
    let collection = state.collection(name)?;
    let describe = move || {
        let statistics = collection.statistics()?;
        Ok(collection::describe(&collection.schema(), &statistics))
    };
    state.reads.run(describe).await
}

/// Whether there is one of this name.
pub(crate) fn exists(state: &AppState, name: &str) -> Value {
    json!({"exists": state.collection(name).is_ok()})
}

/// Creates one; that it is there is an error here, as it is in Qdrant.
pub(crate) async fn create(state: &AppState, name: &str, body: Create) -> Result<bool> {
    let there = || {
        ApiError::invalid(
            "collection",
            "schema_conflict",
            format!("collection `{name}` already exists"),
        )
    };
    let body = body.check()?;
    if state.collection(name).is_ok() {
        return Err(there());
    }
    match catalog::create(state, name, body).await? {
        (true, _) => Ok(true),
        // Another caller was faster.
        (false, _) => Err(there()),
    }
}

/// Deletes one; false if there was none, which is no error here.
pub(crate) async fn delete(state: &AppState, name: &str) -> Result<bool> {
    match catalog::delete(state, name).await {
        Ok(()) => Ok(true),
        Err(error) if error.code == "collection_not_found" => Ok(false),
        Err(error) => Err(error),
    }
}
