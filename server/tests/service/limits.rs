//! Each limit of a request, reached and refused.

use crate::support::Service;

const POINTS: &str = "/v1/collections/docs/points";

#[tokio::test]
async fn a_body_over_the_limit() {
    let service = Service::start_with(|config| config.limits.body_bytes_max = 2_000)
        .await
        .with_collections()
        .await;
    let body = |bytes: usize| {
        let frame = r#"{"points":[{"id":1,"text":""}]}"#.len();
        format!(
            r#"{{"points":[{{"id":1,"text":"{}"}}]}}"#,
            "x".repeat(bytes - frame)
        )
    };
    let reply = service.json("PUT", POINTS, &body(2_000)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let reply = service.json("PUT", POINTS, &body(2_001)).await;
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (413, Some("body_too_large"))
    );
}

#[tokio::test]
async fn all_bodies_over_their_budget() {
    let service = Service::start_with(|config| {
        config.limits.body_bytes_max = 2_048;
        config.limits.bodies_bytes_max = 2_048;
    });
    let service = service.await.with_collections().await;
    let body = format!("{{\"ids\":[1]}}{}", " ".repeat(1_500));
    let path = "/v1/collections/docs/points/get";
    let reply = service.json("POST", path, &body).await;
    assert_eq!(
        reply.status, 200,
        "the budget was given back: {}",
        reply.text
    );
}

#[tokio::test]
async fn a_line_over_the_limit() {
    let service = Service::start_with(|config| config.limits.line_bytes_max = 1_024)
        .await
        .with_collections()
        .await;
    let body = format!(
        "{{\"id\":1,\"text\":\"{}\"}}\n{{\"id\":2,\"text\":\"two\"}}\n",
        "x".repeat(1_024)
    );
    let reply = service
        .send("PUT", POINTS, "application/x-ndjson", body.into_bytes())
        .await;
    let first: serde_json::Value =
        serde_json::from_str(reply.text.lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        (first["line"].as_u64(), first["code"].as_str()),
        (Some(1), Some("line_too_long"))
    );
    assert!(
        reply.text.contains(r#""upserted":1,"failed":1"#),
        "{}",
        reply.text
    );
}

#[tokio::test]
async fn texts_and_points_over_the_limit() {
    let service = Service::start_with(|config| {
        config.model.text_bytes_max = 1_024;
        config.engine.write_points_max = 2;
    });
    let service = service.await.with_collections().await;
    for (bytes, status) in [(1_024, 200), (1_025, 400)] {
        let body = format!(
            r#"{{"points":[{{"id":1,"text":"{}"}}]}}"#,
            "x".repeat(bytes)
        );
        let reply = service.json("PUT", POINTS, &body).await;
        assert_eq!(reply.status, status, "{}", reply.text);
        if status == 400 {
            assert_eq!(
                (
                    reply.json()["code"].as_str(),
                    reply.json()["field"].as_str()
                ),
                (Some("text_too_long"), Some("points[0].text"))
            );
        }
    }
    let body = r#"{"points":[{"id":1,"text":"a"},{"id":2,"text":"a"},{"id":3,"text":"a"}]}"#;
    let reply = service.json("PUT", POINTS, body).await;
    assert_eq!(
        (
            reply.json()["code"].as_str(),
            reply.json()["field"].as_str()
        ),
        (Some("too_many"), Some("points"))
    );
}

#[tokio::test]
async fn a_request_that_takes_too_long() {
    let service = Service::start_with(|config| config.limits.request_ms_max = 1).await;
    // A body that is announced and never comes keeps the request waiting.
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(service.server.address())
        .await
        .expect("connected");
    let head = "POST /v1/embeddings HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("request_timeout"),
        "{answer}"
    );
}

#[tokio::test]
async fn more_requests_and_imports_than_allowed() {
    use tokio::io::AsyncWriteExt as _;
    let service = Service::start_with(|config| {
        config.limits.requests_max = 1;
        config.limits.imports_max = 1;
    });
    let service = service.await.with_collections().await;
    // An import is open: it holds the only place for imports, and none for requests.
    let mut open = tokio::net::TcpStream::connect(service.server.address())
        .await
        .expect("connected");
    let head = format!(
        "PUT {POINTS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let line = "{\"id\":1,\"text\":\"one\"}\n";
    open.write_all(format!("{head}{:x}\r\n{line}\r\n", line.len()).as_bytes())
        .await
        .expect("sent");
    until(|| async {
        service
            .client
            .count("docs", None)
            .await
            .is_ok_and(|count| count == 1)
    })
    .await;
    let reply = service
        .send("PUT", POINTS, "application/x-ndjson", Vec::new())
        .await;
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (429, Some("overloaded"))
    );
    assert!(reply.retry_after.is_some());

    // A request that waits for its body holds the only place for requests.
    let mut slow = tokio::net::TcpStream::connect(service.server.address())
        .await
        .expect("connected");
    let head = "POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
    slow.write_all(head.as_bytes()).await.expect("sent");
    until(|| async { service.json("GET", "/v1/models", "").await.status == 429 }).await;
    assert_eq!(
        service.json("GET", "/healthz", "").await.status,
        200,
        "health is outside the limit"
    );
}

#[tokio::test]
async fn a_connection_that_sends_no_headers_in_time_is_closed() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let service = Service::start_with(|config| config.limits.header_ms_max = 1).await;
    for begun in ["", "PRI * HTTP", "GET /healthz HTTP/1.1\r\nhost:"] {
        let mut stream = tokio::net::TcpStream::connect(service.server.address())
            .await
            .expect("connected");
        // The server may be faster than this.
        let _sent = stream.write_all(begun.as_bytes()).await;
        let mut answer = Vec::new();
        let _ended = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_for_another_to_end() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let service = Service::start_with(|config| config.limits.connections_max = 1).await;
    let connect = || async {
        let mut stream = tokio::net::TcpStream::connect(service.server.address())
            .await
            .expect("connected");
        let ask = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
        stream.write_all(ask).await.expect("sent");
        stream
    };
    let mut answer = [0; 12];
    let mut first = connect().await;
    first.read_exact(&mut answer).await.expect("answered");
    assert_eq!(&answer, b"HTTP/1.1 200");
    let mut second = connect().await;
    // The first is idle and open: the second is not looked at. That it never is cannot be
    // seen; that it is answered once the first has gone can.
    drop(first);
    second.read_exact(&mut answer).await.expect("answered");
    assert_eq!(&answer, b"HTTP/1.1 200");
}

/// Asks until the answer is yes; the test runner's patience is the deadline.
async fn until<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    let asked = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), asked)
        .await
        .expect("in time");
}
