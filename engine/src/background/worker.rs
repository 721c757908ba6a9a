//! A thread that serves one kind of background work for all collections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::store::keys::CollectionId;

use super::scheduler::Scheduler;

/// When a collection wants to be served again, if nothing wakes it before.
pub(crate) type Again = Option<Duration>;

/// Starts a thread that calls `serve` for each collection that is due.
///
/// An error or a panic poisons the collection: reads go on, writes are refused until reopened.
pub(crate) fn start(
    name: &'static str,
    scheduler: Arc<Scheduler>,
    find: impl Fn(CollectionId) -> Option<Arc<Collection>> + Send + 'static,
    serve: impl Fn(&Collection) -> Result<Again> + Send + 'static,
) -> Result<JoinHandle<()>> {
    let body = move || {
        while let Some(id) = scheduler.next() {
            let Some(collection) = find(id) else {
                continue;
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| serve(&collection)));
            match outcome {
                Ok(Ok(Some(delay))) => scheduler.schedule(id, delay),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => collection.poison(&format!("{name}: {error}")),
                Err(_) => collection.poison(&format!("{name}: a panic")),
            }
        }
    };
    std::thread::Builder::new()
        .name(format!("kukla-{name}"))
        .spawn(body)
        .map_err(|error| Error::backend("start a background thread", error))
}
