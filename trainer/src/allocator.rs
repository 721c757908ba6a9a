//! Where the program's memory comes from; the bench of a step includes this file too.

/// A training step asks for the same large blocks again and again: decision 7.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What jemalloc reads at its start: blocks of any size are kept for the next step, in huge pages.
/// `MALLOC_CONF` in the environment comes later and wins.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "jemalloc finds its settings by this symbol; no other crate has it"
)]
#[unsafe(export_name = "malloc_conf")]
pub(crate) static ALLOCATOR_SETTINGS: &[u8] =
    b"oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always\0";
