//! Whether requests are welcome, and the metrics page.

use std::sync::Arc;

use crate::access::Caller;
use crate::problem::{ApiError, Result};
use crate::state::AppState;

/// Refuses when requests should go elsewhere. The reason can name a collection, so it is for those
/// who may see that: where keys are configured, the holders of one.
pub(crate) async fn check(state: &AppState, caller: Caller) -> Result<()> {
    if state.is_stopping() {
        return Err(ApiError::new("not_ready", "the server is shutting down"));
    }
    let engine = Arc::clone(&state.engine);
    let is_stranger = !state.keys.is_empty() && matches!(caller, Caller::Anyone);
    let find_poisoned = move || {
        for collection in engine.collections() {
            if let Some(reason) = collection.statistics()?.poisoned {
                let name = collection.name();
                if is_stranger || !caller.may_see(name.as_str()) {
                    return Err(ApiError::new("not_ready", "the server is not ready"));
                }
                return Err(ApiError::new(
                    "not_ready",
                    format!(
                        "collection `{name}` takes no writes since {reason}; restart the server"
                    ),
                ));
            }
        }
        Ok(())
    };
    state.reads.run(find_poisoned).await
}

/// Everything measured, for Prometheus.
pub(crate) async fn metrics(state: &AppState) -> Result<String> {
    let shared = state.clone();
    state
        .reads
        .run(move || {
            shared.metrics.refresh(&shared)?;
            shared.metrics.encode()
        })
        .await
}
