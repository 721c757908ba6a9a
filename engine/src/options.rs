//! What changes the engine's speed and memory, and never its answers.

/// Settings of an engine. All are bounds on work in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Rows that an active segment holds before it is sealed.
    pub active_rows_max: usize,
    /// Bytes of vectors that an active segment holds before it is sealed.
    pub active_bytes_max: usize,
    /// Rows that merging puts into one sealed segment.
    pub segment_rows_max: usize,
    /// Points in one write request.
    pub write_points_max: usize,
    /// Bytes of text, payload and vectors in one write request.
    pub write_bytes_max: usize,
    /// Write requests that may wait for the writer of one collection.
    pub write_queue_max: usize,
    /// RocksDB's block cache, in bytes.
    pub block_cache_bytes: usize,
    /// Threads that build graphs.
    pub build_threads: usize,
    /// The longest that an acknowledged text may stay out of BM25, in milliseconds.
    pub text_lag_ms: u64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            // An exact scan of this many rows of 320 dimensions takes about a millisecond.
            active_rows_max: 16_384,
            active_bytes_max: 64 << 20,
            // Bounds the memory and the time of one merge.
            segment_rows_max: 1 << 20,
            write_points_max: 10_000,
            write_bytes_max: 128 << 20,
            write_queue_max: 256,
            block_cache_bytes: 128 << 20,
            build_threads: 2,
            text_lag_ms: 500,
        }
    }
}
