//! The `kukla` command: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser as _;

/// Gives back what an import used, where glibc's keeps it: decision 7.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What jemalloc reads at its start: unused pages go back after two seconds instead of ten, by
/// threads of its own. `MALLOC_CONF` in the environment comes later and wins.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "jemalloc finds its settings by this symbol; no other crate has it"
)]
#[unsafe(export_name = "malloc_conf")]
pub static ALLOCATOR_SETTINGS: &[u8] = b"background_thread:true,dirty_decay_ms:2000\0";

fn main() -> ExitCode {
    let args = server::Args::parse();
    match server::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// One line a cause, the outermost first.
#[expect(
    clippy::print_stderr,
    reason = "the command line's one place for errors"
)]
fn report(error: &anyhow::Error) {
    eprintln!("kukla: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
