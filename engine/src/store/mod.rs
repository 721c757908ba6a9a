//! The one truth on disk. The only module that names RocksDB; its errors do not leave it.

pub(crate) mod batch;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod manifest;
pub(crate) mod read_view;
pub(crate) mod records;

use std::path::Path;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode,
    Options, WriteOptions,
};

use crate::error::{Error, Result};
use crate::options::EngineOptions;

use batch::Batch;
use keys::CollectionId;
use read_view::ReadView;

/// The column families: what they hold is described in docs/format.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Collections, counters, manifests, deleted sets, aliases.
    Meta,
    /// Point id to point number.
    Ids,
    /// Point headers by number.
    Points,
    /// Text and payload by number.
    Documents,
    /// Vectors by generation and row.
    Rows,
    /// Changes by sequence number.
    Log,
    /// Points that expire, by time.
    Expiry,
}

impl Column {
    const ALL: [Self; 7] = [
        Self::Meta,
        Self::Ids,
        Self::Points,
        Self::Documents,
        Self::Rows,
        Self::Log,
        Self::Expiry,
    ];
    /// Those whose keys begin with a collection id.
    pub(crate) const OF_COLLECTIONS: [Self; 6] = [
        Self::Ids,
        Self::Points,
        Self::Documents,
        Self::Rows,
        Self::Log,
        Self::Expiry,
    ];

    fn name(self) -> &'static str {
        match self {
            // RocksDB always has a family of this name.
            Self::Meta => "default",
            Self::Ids => "ids",
            Self::Points => "points",
            Self::Documents => "documents",
            Self::Rows => "rows",
            Self::Log => "log",
            Self::Expiry => "expiry",
        }
    }
}

/// Whether a store is made or must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existence {
    /// Make it; it must not be used yet.
    Create,
    /// It must be there: an absent one is a loss, not a beginning.
    Require,
}

/// An open RocksDB.
pub(crate) struct Store {
    database: DB,
    block_cache: Cache,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Store")
            .field("path", &self.database.path())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in `folder`.
    pub(crate) fn open(
        folder: &Path,
        existence: Existence,
        options: &EngineOptions,
    ) -> Result<Self> {
        let block_cache = Cache::new_lru_cache(options.block_cache_bytes);
        let families = Column::ALL.map(|column| {
            ColumnFamilyDescriptor::new(column.name(), column_options(column, &block_cache))
        });
        let database = DB::open_cf_descriptors(&database_options(existence), folder, families)
            .map_err(|error| Error::Folder {
                path: folder.to_owned(),
                problem: format!("the store does not open: {error}; nothing was changed"),
            })?;
        Ok(Self {
            database,
            block_cache,
        })
    }

    fn family(&self, column: Column) -> &rocksdb::ColumnFamily {
        self.database
            .cf_handle(column.name())
            .expect("all families are opened in `open`")
    }

    /// A consistent view of this moment.
    pub(crate) fn read_view(&self) -> ReadView<'_> {
        ReadView::new(self)
    }

    /// Writes a batch and returns when it is on disk. Concurrent calls share a sync.
    pub(crate) fn write_synced(&self, batch: Batch<'_>) -> Result<()> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.database
            .write_opt(batch.into_inner(), &options)
            .map_err(|error| Error::backend("write to the store", error))
    }

    /// Removes everything of a collection outside `meta`.
    pub(crate) fn remove_collection(&self, collection: CollectionId) -> Result<()> {
        let mut batch = Batch::new(self);
        let start = keys::collection(collection);
        let end = keys::after_prefix(&start).unwrap_or_else(|| vec![0xff; 5]);
        for column in Column::OF_COLLECTIONS {
            batch.delete_range(column, &start, &end);
        }
        self.write_synced(batch)
    }

    /// Bytes of block cache, write buffers, and table readers.
    pub(crate) fn memory(&self) -> (u64, u64, u64) {
        let sum = |property: &str| {
            Column::ALL
                .iter()
                .filter_map(|column| {
                    self.database
                        .property_int_value_cf(self.family(*column), property)
                        .ok()
                        .flatten()
                })
                .sum()
        };
        let cache = self.block_cache.get_usage() as u64;
        (
            cache,
            sum("rocksdb.cur-size-all-mem-tables"),
            sum("rocksdb.estimate-table-readers-mem"),
        )
    }
}

fn database_options(existence: Existence) -> Options {
    let mut options = Options::default();
    let create = existence == Existence::Create;
    options.create_if_missing(create);
    options.create_missing_column_families(create);
    // A record torn by a crash at the tail was never acknowledged and is dropped;
    // damage before the tail is damage to acknowledged writes and refuses to open.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_max_background_jobs(2);
    options.set_db_write_buffer_size(128 << 20);
    options.set_max_total_wal_size(256 << 20);
    // Spreads writing of large files, so that a sync does not wait for all of it.
    options.set_bytes_per_sync(1 << 20);
    options.set_max_open_files(1024);
    options.set_keep_log_file_num(4);
    options
}

fn column_options(column: Column, block_cache: &Cache) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(block_cache);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_bloom_filter(10.0, false);
    table.set_format_version(5);
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_write_buffer_size(32 << 20);
    // Large values go to blob files, which compaction does not rewrite.
    match column {
        Column::Documents => blobs(&mut options, 1 << 10, DBCompressionType::Lz4),
        // Vectors of 60 dimensions and more; floats do not compress.
        Column::Rows => blobs(&mut options, 256, DBCompressionType::None),
        Column::Meta | Column::Ids | Column::Points | Column::Log | Column::Expiry => {}
    }
    let compression = match column {
        Column::Rows => DBCompressionType::None,
        _ => DBCompressionType::Lz4,
    };
    options.set_compression_type(compression);
    options
}

fn blobs(options: &mut Options, bytes_min: u64, compression: DBCompressionType) {
    options.set_enable_blob_files(true);
    options.set_min_blob_size(bytes_min);
    options.set_blob_file_size(64 << 20);
    options.set_blob_compression_type(compression);
    options.set_enable_blob_gc(true);
    options.set_blob_gc_age_cutoff(0.5);
    options.set_blob_gc_force_threshold(0.5);
}
