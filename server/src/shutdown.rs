//! The order in which a server stops, written down once:
//!
//! 1. a signal, or the owner, asks for it; `/readyz` answers 503 and imports stop reading;
//! 2. no more connections are accepted;
//! 3. running requests may finish, for at most the drain time;
//! 4. the engine stops its background work, makes its views durable and closes;
//! 5. the model's threads end when the last handle goes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use tokio::sync::watch;

/// Waits until the server is asked to stop.
pub(crate) async fn asked(mut stopping: watch::Receiver<bool>) {
    // An error means that the owner is gone, which is a reason to stop, too.
    let _owner_may_be_gone = stopping.wait_for(|is_stopping| *is_stopping).await;
}

/// Runs `serve` to its end; once stopping, for at most `drain` more. True if it ended by itself.
pub(crate) async fn drain<S>(serve: S, stopping: watch::Receiver<bool>, drain: Duration) -> bool
where
    S: Future<Output = ()>,
{
    let deadline = async {
        asked(stopping).await;
        tracing::info!(
            drain_ms = drain.as_millis() as u64,
            "stopping: waiting for running requests"
        );
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        () = serve => true,
        () = deadline => {
            tracing::warn!("stopping: some requests did not finish in time and were given up");
            false
        }
    }
}

/// Closes the engine on a thread of its own, because it waits for the disk.
pub(crate) async fn close(engine: Arc<Engine>) -> Result<(), engine::Error> {
    let closed = tokio::task::spawn_blocking(move || engine.close()).await;
    match closed {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Waits for the operating system to ask for the end.
pub(crate) async fn signal() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    }
    #[cfg(not(unix))]
    {
        tokio::signal::ctrl_c().await
    }
}

#[cfg(test)]
mod tests;
