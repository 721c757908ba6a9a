//! Connections in: how many there are at once, and encryption where it is configured.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::tls::{Encryption, TlsStream};

/// How long a handshake may take. It is two round trips and one signature.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Listens, and hands out connections that are ready for HTTP.
pub(crate) struct Listener {
    tcp: TcpListener,
    encryption: Option<Encryption>,
    places: Arc<Semaphore>,
    /// Handshakes that run beside each other; at most as many as there are places.
    handshakes: JoinSet<Option<Connection>>,
}

impl Listener {
    /// Listens with at most `connections_max` connections at once; others wait to be accepted.
    pub(crate) fn new(
        tcp: TcpListener,
        encryption: Option<Encryption>,
        connections_max: usize,
    ) -> Self {
        Self {
            tcp,
            encryption,
            places: Arc::new(Semaphore::new(connections_max)),
            handshakes: JoinSet::new(),
        }
    }

    /// The next connection. It may be dropped and called again without losing one.
    pub(crate) async fn accept(&mut self) -> Connection {
        loop {
            let (stream, place) = tokio::select! {
                Some(done) = self.handshakes.join_next() => match done {
                    Ok(Some(connection)) => return connection,
                    Ok(None) | Err(_) => continue,
                },
                accepted = next(&mut self.tcp, &self.places) => accepted,
            };
            match self.encryption.clone() {
                None => return Connection::new(Stream::Plain(stream), place),
                Some(encryption) => {
                    self.handshakes
                        .spawn(shake_hands(encryption, stream, place));
                }
            }
        }
    }
}

async fn next(
    tcp: &mut TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed; without a place a connection would only be uncounted.
    let place = Arc::clone(places).acquire_owned().await.ok();
    // Errors of the operating system, such as too many open files, are waited out inside.
    let (stream, _) = axum::serve::Listener::accept(tcp).await;
    // Answers are small; waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    (stream, place)
}

async fn shake_hands(
    encryption: Encryption,
    stream: TcpStream,
    place: Option<OwnedSemaphorePermit>,
) -> Option<Connection> {
    match tokio::time::timeout(HANDSHAKE_MAX, encryption.accept(stream)).await {
        Ok(Ok(stream)) => Some(Connection::new(Stream::Encrypted(Box::new(stream)), place)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!("a handshake took too long");
            None
        }
    }
}

/// One connection; dropping it gives its place to another.
pub(crate) struct Connection {
    stream: Stream,
    _place: Option<OwnedSemaphorePermit>,
}

enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream>),
}

impl Connection {
    fn new(stream: Stream, place: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            stream,
            _place: place,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
            Stream::Encrypted(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Encrypted(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Encrypted(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests;
