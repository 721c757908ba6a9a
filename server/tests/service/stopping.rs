//! Starting and stopping.

use kukla_client::{Client, CreateCollection, UpsertPoint, Wait};
use server::{Server, ServerError};

use crate::support::{Service, config};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    for round in 0..3 {
        let server = Server::start(config(data.path())).await.expect("starts");
        let client = Client::new(&format!("http://{}", server.address())).expect("an address");
        let created = client
            .create_collection("docs", &CreateCollection::default())
            .await
            .expect("created");
        assert_eq!(
            (created.is_new, created.collection.points),
            (round == 0, round)
        );
        client
            .upsert("docs", &[UpsertPoint::text(round, "a text")], Wait::Durable)
            .await
            .expect("written");
        server.stop().await.expect("stops");
        assert!(client.health().await.is_err(), "nobody listens any more");
    }
}

#[tokio::test]
async fn an_open_import_is_told_and_the_server_stops() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let service = Service::start().await.with_collections().await;
    let mut stream = tokio::net::TcpStream::connect(service.server.address())
        .await
        .expect("connected");
    let head = "PUT /v1/collections/docs/points HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    let line = "{\"id\":1,\"text\":\"one\"}\n";
    stream
        .write_all(format!("{head}{:x}\r\n{line}\r\n", line.len()).as_bytes())
        .await
        .expect("sent");
    let mut answer = vec![0; 4_096];
    let mut seen = String::new();
    while !seen.contains("\"lines\":1") {
        let count = stream.read(&mut answer).await.expect("read");
        assert!(count > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&answer[..count]));
    }
    let stopped = tokio::spawn(service.server.stop());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.expect("read");
    assert!(
        rest.contains("shutting_down") && rest.contains("\"done\":false"),
        "{rest}"
    );
    stopped.await.expect("no panic").expect("stops");
}

#[tokio::test]
async fn a_second_server_is_refused_the_folder_and_the_port() {
    let data = tempfile::tempdir().expect("a folder");
    let first = Server::start(config(data.path())).await.expect("starts");
    let second = Server::start(config(data.path()))
        .await
        .expect_err("the folder is taken");
    assert!(matches!(second, ServerError::Engine(_)), "{second}");
    let other = tempfile::tempdir().expect("a folder");
    let mut third = config(other.path());
    third.listen = first.address();
    let third = Server::start(third).await.expect_err("the port is taken");
    assert!(matches!(third, ServerError::Listen { .. }), "{third}");
    first.stop().await.expect("stops");
}

#[tokio::test]
async fn nobody_listens_beyond_this_machine_by_accident() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = config(data.path());
    config.listen = "0.0.0.0:0".parse().expect("an address");
    let error = Server::start(config)
        .await
        .expect_err("no keys")
        .to_string();
    assert!(error.contains("--allow-remote-without-key"), "{error}");
    assert!(!data.path().join("data").exists(), "nothing was made");
}

#[tokio::test]
async fn the_server_tells_about_itself() {
    let service = Service::start().await.with_collections().await;
    service.client.health().await.expect("alive");
    service.client.ready().await.expect("ready");
    let page = service.client.metrics().await.expect("a page");
    for name in [
        "kukla_request_seconds_bucket",
        "kukla_memory_bytes{part=\"process_resident\"}",
        "kukla_collection_points{collection=\"docs\"} 0",
        "kukla_embedder_queue_tokens",
    ] {
        assert!(page.contains(name), "`{name}` is not in:\n{page}");
    }
    let contract = service.client.openapi().await.expect("the contract");
    assert_eq!(contract["openapi"], "3.1.0");
}
