//! Whether requests are welcome, and the metrics page.

use std::sync::Arc;

use crate::problem::{ApiError, Result};
use crate::state::AppState;

/// Refuses, with the reason, when requests should go elsewhere.
pub(crate) async fn check(state: &AppState) -> Result<()> {
    if state.is_stopping() {
        return Err(ApiError::new("not_ready", "the server is shutting down"));
    }
    let engine = Arc::clone(&state.engine);
    let find_poisoned = move || {
        for collection in engine.collections() {
            if let Some(reason) = collection.statistics()?.poisoned {
                let name = collection.name();
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
