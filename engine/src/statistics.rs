//! Counts and sizes, by part.

/// What a collection holds, and the state of its views.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CollectionStatistics {
    /// Points that exist.
    pub points: u64,
    /// Rows (chunk vectors) that exist.
    pub rows: u64,
    /// The last operation.
    pub sequence: u64,
    /// The last operation that BM25 shows.
    pub text_sequence: u64,
    /// The last operation that the vector view keeps on disk.
    pub vector_sequence: u64,
    /// Rows not yet in a graph.
    pub active_rows: u64,
    /// The sealed segments.
    pub segments: Vec<SegmentStatistics>,
    /// Why writes are stopped, if they are.
    pub poisoned: Option<String>,
}

/// One sealed segment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SegmentStatistics {
    /// Its id.
    pub id: u64,
    /// Rows, deleted ones counted.
    pub rows: u64,
    /// Deleted rows.
    pub deleted_rows: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// What was measured when it was sealed.
    pub rungs: Vec<RungStatistics>,
}

/// The measured recall of one plan in one segment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RungStatistics {
    /// Length of the prefix whose graph is entered.
    pub prefix: u32,
    /// Candidates taken from the graph.
    pub beam: u32,
    /// Hits the recall was measured for: 10, 100 or 1,000.
    pub limit: u32,
    /// Measured against the exact scan in f32.
    pub recall: f32,
    /// Median time of one search, in microseconds, on the machine that sealed the segment.
    pub cost_us: f32,
}

/// Bytes held, by part. Mapped bytes are page cache that the system can take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryStatistics {
    /// RocksDB's block cache.
    pub block_cache_bytes: u64,
    /// RocksDB's write buffers.
    pub write_buffer_bytes: u64,
    /// RocksDB's index and filter blocks outside the cache.
    pub table_reader_bytes: u64,
    /// Vectors of active segments.
    pub active_segment_bytes: u64,
    /// Row tables, deleted sets and other parts of sealed segments that are not mapped.
    pub sealed_segment_bytes: u64,
    /// Mapped files of sealed segments.
    pub mapped_bytes: u64,
    /// Points whose change BM25 does not show yet.
    pub dirty_points: u64,
}
