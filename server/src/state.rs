//! What every handler may touch.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use engine::{Collection, Engine};
use tokio::sync::{Semaphore, watch};

use crate::config::Config;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::model::LoadedModel;
use crate::pool::Pool;
use crate::problem::Result;
use crate::rate::Rates;

/// Bodies are budgeted in units of this many bytes, because permits are 32-bit.
pub(crate) const BUDGET_UNIT_BYTES: usize = 1_024;

/// Exports at once: each holds a thread and a view of the store.
pub(crate) const EXPORTS_MAX: usize = 4;

/// The shared parts of a running server; cheap to clone.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Parts>);

/// The parts, built once by [`crate::app`].
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) engine: Arc<Engine>,
    pub(crate) model: LoadedModel,
    pub(crate) reads: Pool,
    pub(crate) writes: Pool,
    /// Cutting texts into chunks, which is work for a core.
    pub(crate) splits: Pool,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) imports: Arc<Semaphore>,
    pub(crate) exports: Arc<Semaphore>,
    /// Bytes of bodies held, in units of [`BUDGET_UNIT_BYTES`].
    pub(crate) bodies: Arc<Semaphore>,
    pub(crate) keys: Keys,
    pub(crate) rates: Rates,
    pub(crate) metrics: Metrics,
    /// True once the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl AppState {
    /// Shares the parts.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Finds a collection.
    pub(crate) fn collection(&self, name: &str) -> Result<Arc<Collection>> {
        Ok(self.engine.collection(name)?)
    }

    /// Whether the server is stopping.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Parts {
    /// The parts of a server that has not started.
    pub(crate) fn new(
        config: Config,
        keys: Keys,
        engine: Arc<Engine>,
        model: LoadedModel,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let limits = &config.limits;
        Self {
            reads: Pool::new("engine reads", limits.read_threads, limits.queue_max),
            writes: Pool::new("engine writes", limits.write_threads, limits.queue_max),
            splits: Pool::new(
                "text splitting",
                crate::config::LimitsConfig::split_threads(),
                limits.queue_max,
            ),
            requests: Arc::new(Semaphore::new(limits.requests_max)),
            imports: Arc::new(Semaphore::new(limits.imports_max)),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
            bodies: Arc::new(Semaphore::new(limits.bodies_bytes_max / BUDGET_UNIT_BYTES)),
            rates: Rates::new(limits.key_requests_per_minute, keys.len(), Instant::now()),
            keys,
            metrics: Metrics::new(),
            config,
            engine,
            model,
            stopping,
        }
    }
}
