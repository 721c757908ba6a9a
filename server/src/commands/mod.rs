//! What the command line does: one file a command.

mod bookmark;
mod connect;
mod export;
mod import;
mod key;
mod rows;
mod search;
mod serve;

use std::io::{self, Write as _};

use anyhow::Context as _;

use crate::args::{Args, Command};
use crate::openapi;

/// Carries out the command.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Serve(args) => serve::run(&args),
        Command::Import(args) => block_on(import::run(&args)),
        Command::Export(args) => block_on(export::run(&args)),
        Command::Search(args) => block_on(search::run(&args)),
        Command::Collections(args) => block_on(search::list(&args)),
        Command::Key(args) => key::run(&args),
        Command::Openapi => print(openapi::text()),
    }
}

/// Runs a client's work; one thread does for it.
fn block_on<F: Future<Output = anyhow::Result<()>>>(work: F) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the threads of the client")?
        .block_on(work)
}

/// Writes to standard output; a reader that has left, such as `head`, is not an error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
