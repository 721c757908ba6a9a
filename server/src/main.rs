//! The `kukla` command: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser as _;

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
