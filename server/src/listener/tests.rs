//! The bound on connections.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

async fn listen(connections_max: usize) -> (Listener, SocketAddr) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = tcp.local_addr().expect("an address");
    (Listener::new(tcp, None, connections_max), address)
}

#[tokio::test]
async fn no_more_connections_than_places() {
    let (mut listener, address) = listen(2).await;
    let mut callers = Vec::new();
    for _ in 0..3 {
        callers.push(TcpStream::connect(address).await.expect("in the backlog"));
    }
    let first = listener.accept().await;
    let _second = listener.accept().await;
    assert_eq!(listener.places.available_permits(), 0);
    // The third is there to be taken, and is not, however often it is asked for.
    for _ in 0..10 {
        let third = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(third.is_err());
    }
    drop(first);
    let mut third = listener.accept().await;
    callers[2].write_all(b"hello").await.expect("sent");
    let mut found = [0; 5];
    third.read_exact(&mut found).await.expect("read");
    assert_eq!(&found, b"hello");
}

#[tokio::test]
async fn an_acceptance_given_up_loses_no_connection() {
    let (mut listener, address) = listen(1).await;
    for _ in 0..10 {
        let nobody = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(nobody.is_err());
    }
    assert_eq!(listener.places.available_permits(), 1);
    let _caller = TcpStream::connect(address).await.expect("connected");
    listener.accept().await;
}
