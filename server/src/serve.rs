//! Connections to requests: HTTP/1.1 and HTTP/2, with a bound on how long a caller may take to
//! send headers, and an end in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::listener::Listener;
use crate::shutdown;

/// Serves until asked to stop, then until every connection has finished what it was doing.
pub(crate) async fn serve(
    mut listener: Listener,
    router: Router,
    header_max: Duration,
    stopping: watch::Receiver<bool>,
) {
    let builder = builder(header_max);
    let graceful = GracefulShutdown::new();
    let mut asked = std::pin::pin!(shutdown::asked(stopping));
    loop {
        let connection = tokio::select! {
            connection = listener.accept() => connection,
            () = &mut asked => break,
        };
        let begun = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&begun);
        let service = router.clone().map_request(move |request| {
            mark.store(true, Ordering::Release);
            request
        });
        let connection =
            builder.serve_connection(TokioIo::new(connection), TowerToHyperService::new(service));
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                },
                () = nothing_asked(begun, header_max) => {
                    tracing::debug!("a connection asked nothing in time");
                }
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Returns when the time is over without a first request. The connection's own clock begins
/// only when its first bytes have told HTTP/1.1 from HTTP/2, and there may be none.
async fn nothing_asked(begun: Arc<AtomicBool>, header_max: Duration) {
    tokio::time::sleep(header_max).await;
    if begun.load(Ordering::Acquire) {
        std::future::pending::<()>().await;
    }
}

/// In HTTP/1.1 the time counts from the end of the last request, so idle connections end by it;
/// in HTTP/2 a connection that does not answer a ping within it does.
fn builder(header_max: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(header_max)
        .keep_alive_timeout(header_max);
    builder
}
