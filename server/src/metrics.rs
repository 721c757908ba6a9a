//! What is measured, for Prometheus. The only file that names prometheus-client.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use engine::{CollectionStatistics, MemoryStatistics};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::problem::{ApiError, Result};
use crate::state::AppState;

/// Linux reports resident memory in pages of this size on the machines we build for.
const PAGE_BYTES: u64 = 4_096;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartLabels {
    part: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CollectionLabels {
    collection: String,
}

type Sizes<L> = Family<L, Gauge<u64, AtomicU64>>;
type Seconds = Gauge<f64, AtomicU64>;

/// Every metric of the process.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RouteLabels, Histogram>,
    imported: Counter,
    embedder: EmbedderMetrics,
    waiting: Sizes<PartLabels>,
    memory: Sizes<PartLabels>,
    collections: CollectionMetrics,
}

/// The model's queue and throughput. Totals are copied from the embedder, so they are gauges
/// here although they only grow.
#[derive(Default)]
struct EmbedderMetrics {
    queue_texts: Gauge<u64, AtomicU64>,
    queue_tokens: Gauge<u64, AtomicU64>,
    texts: Gauge<u64, AtomicU64>,
    tokens: Gauge<u64, AtomicU64>,
    batches: Gauge<u64, AtomicU64>,
    model_seconds: Seconds,
}

/// What each collection holds, and how far its views lag.
#[derive(Default)]
struct CollectionMetrics {
    points: Sizes<CollectionLabels>,
    vectors: Sizes<CollectionLabels>,
    active_vectors: Sizes<CollectionLabels>,
    segments: Sizes<CollectionLabels>,
    segment_bytes: Sizes<CollectionLabels>,
    text_lag: Sizes<CollectionLabels>,
    vector_lag: Sizes<CollectionLabels>,
}

/// 0.25 ms to 8 s, each twice the last.
fn latency() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 16))
}

impl Metrics {
    /// Registers everything.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("kukla");
        let requests = Family::new_with_constructor(latency as fn() -> Histogram);
        registry.register_with_unit(
            "request",
            "Time to the head of the answer, by route and status",
            Unit::Seconds,
            requests.clone(),
        );
        let imported = Counter::default();
        registry.register(
            "imported_points",
            "Points upserted by streamed imports",
            imported.clone(),
        );
        let waiting = Family::default();
        registry.register(
            "engine_calls_waiting",
            "Engine calls that wait for a thread",
            waiting.clone(),
        );
        let memory = Family::default();
        registry.register_with_unit("memory", "Bytes held, by part", Unit::Bytes, memory.clone());
        Self {
            embedder: EmbedderMetrics::register(&mut registry),
            collections: CollectionMetrics::register(&mut registry),
            registry,
            requests,
            imported,
            waiting,
            memory,
        }
    }

    /// Counts one request.
    pub(crate) fn observe_request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = RouteLabels {
            method: method.to_owned(),
            route: route.to_owned(),
            status,
        };
        self.requests
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }

    /// Counts points of a streamed import.
    pub(crate) fn count_imported(&self, points: u64) {
        self.imported.inc_by(points);
    }

    /// Reads what is measured elsewhere. Blocks.
    pub(crate) fn refresh(&self, state: &AppState) -> Result<()> {
        self.embedder.refresh(state);
        self.refresh_memory(state.engine.memory(), state.model.info().bytes);
        let parts = [
            ("reads", &state.reads),
            ("writes", &state.writes),
            ("splits", &state.splits),
        ];
        for (part, pool) in parts {
            let labels = PartLabels { part };
            self.waiting
                .get_or_create(&labels)
                .set(pool.waiting() as u64);
        }
        // A deleted collection's numbers go with it.
        self.collections.clear();
        for collection in state.engine.collections() {
            let name = collection.name().as_str();
            self.collections.set(name, &collection.statistics()?);
        }
        Ok(())
    }

    fn refresh_memory(&self, memory: MemoryStatistics, model_bytes: u64) {
        let parts = [
            ("block_cache", memory.block_cache_bytes),
            ("write_buffers", memory.write_buffer_bytes),
            ("table_readers", memory.table_reader_bytes),
            ("active_segments", memory.active_segment_bytes),
            ("sealed_segments", memory.sealed_segment_bytes),
            ("mapped", memory.mapped_bytes),
            ("model", model_bytes),
            ("process_resident", resident_bytes()),
        ];
        for (part, bytes) in parts {
            self.memory.get_or_create(&PartLabels { part }).set(bytes);
        }
    }

    /// The page in OpenMetrics text.
    pub(crate) fn encode(&self) -> Result<String> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)
            .map_err(|error| ApiError::fault("internal", &error))?;
        Ok(page)
    }
}

impl EmbedderMetrics {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let gauges = [
            (
                "embedder_queue_texts",
                "Texts that wait for the model",
                &metrics.queue_texts,
            ),
            (
                "embedder_queue_tokens",
                "Tokens that wait for the model",
                &metrics.queue_tokens,
            ),
            (
                "embedder_texts",
                "Texts embedded since the start",
                &metrics.texts,
            ),
            (
                "embedder_tokens",
                "Tokens embedded since the start",
                &metrics.tokens,
            ),
            (
                "embedder_batches",
                "Batches computed since the start",
                &metrics.batches,
            ),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        registry.register_with_unit(
            "embedder_model",
            "Time spent in the model since the start",
            Unit::Seconds,
            metrics.model_seconds.clone(),
        );
        metrics
    }

    fn refresh(&self, state: &AppState) {
        let statistics = state.model.statistics();
        self.queue_texts.set(statistics.texts_waiting as u64);
        self.queue_tokens.set(statistics.tokens_waiting as u64);
        self.texts.set(statistics.texts_total);
        self.tokens.set(statistics.tokens_total);
        self.batches.set(statistics.batches_total);
        self.model_seconds.set(statistics.model_seconds_total);
    }
}

impl CollectionMetrics {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        for (name, help, family) in metrics.table() {
            registry.register(name, help, family.clone());
        }
        metrics
    }

    fn table(&self) -> [(&'static str, &'static str, &Sizes<CollectionLabels>); 7] {
        [
            ("collection_points", "Points that exist", &self.points),
            ("collection_vectors", "Vectors that exist", &self.vectors),
            (
                "collection_active_vectors",
                "Vectors not yet in a graph",
                &self.active_vectors,
            ),
            ("collection_segments", "Sealed segments", &self.segments),
            (
                "collection_segment_bytes",
                "Bytes of sealed segments",
                &self.segment_bytes,
            ),
            (
                "collection_text_lag",
                "Writes that text search does not show yet",
                &self.text_lag,
            ),
            (
                "collection_vector_lag",
                "Writes that the vector view does not keep on disk yet",
                &self.vector_lag,
            ),
        ]
    }

    fn clear(&self) {
        for (_, _, family) in self.table() {
            family.clear();
        }
    }

    fn set(&self, name: &str, statistics: &CollectionStatistics) {
        let labels = CollectionLabels {
            collection: name.to_owned(),
        };
        let segment_bytes = statistics.segments.iter().map(|segment| segment.bytes);
        let lag = |applied: u64| statistics.sequence.saturating_sub(applied);
        let numbers = [
            statistics.points,
            statistics.rows,
            statistics.active_rows,
            statistics.segments.len() as u64,
            segment_bytes.sum(),
            lag(statistics.text_sequence),
            lag(statistics.vector_sequence),
        ];
        for ((_, _, family), number) in self.table().into_iter().zip(numbers) {
            family.get_or_create(&labels).set(number);
        }
    }
}

/// The process's resident memory; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    let Ok(statm) = std::fs::read_to_string("/proc/self/statm") else {
        return 0;
    };
    let pages = statm.split_ascii_whitespace().nth(1);
    pages
        .and_then(|pages| pages.parse::<u64>().ok())
        .map_or(0, |pages| pages * PAGE_BYTES)
}

#[cfg(test)]
mod tests;
