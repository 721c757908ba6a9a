//! Each limit of a request, reached and refused.

use crate::support::{Service, until};

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
    use tokio::io::AsyncWriteExt as _;
    let service = Service::start_with(|config| {
        config.limits.body_bytes_max = 2_048;
        config.limits.bodies_bytes_max = 2_048;
    });
    let service = service.await.with_collections().await;
    let path = "/v1/collections/docs/points/get";
    let body = format!("{{\"ids\":[1]}}{}", " ".repeat(1_500));
    let ask = || service.json("POST", path, &body);
    // A body that is half there holds its part of the budget.
    let mut slow = tokio::net::TcpStream::connect(service.server.address())
        .await
        .expect("connected");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2000\r\n\r\n{body}"
    );
    slow.write_all(head.as_bytes()).await.expect("sent");
    until(|| async { ask().await.status == 429 }).await;
    let reply = ask().await;
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (429, Some("overloaded"))
    );
    assert!(reply.text.contains("2048 bytes"), "{}", reply.text);
    assert_eq!(reply.retry_after.as_deref(), Some("1"));
    drop(slow);
    until(|| async { ask().await.status == 200 }).await;
}

#[tokio::test]
async fn more_tokens_than_may_wait_for_the_model() {
    let service = Service::start_with(|config| config.model.queue_tokens_max = 2_000);
    let service = service.await.with_collections().await;
    // Two of these do not fit the queue together.
    let text = "word ".repeat(300);
    let embed = format!(r#"{{"input":"{text}"}}"#);
    let upsert = format!(r#"{{"points":[{{"id":1,"text":"{text}"}}]}}"#);
    let refused = std::cell::RefCell::new(Vec::new());
    until(|| async {
        let (first, second, third, fourth) = tokio::join!(
            service.json("POST", "/v1/embeddings", &embed),
            service.json("PUT", POINTS, &upsert),
            service.json("PUT", POINTS, &upsert),
            service.json("POST", "/v1/embeddings", &embed),
        );
        let mut refused = refused.borrow_mut();
        for reply in [first, second, third, fourth] {
            assert!([200, 429].contains(&reply.status), "{}", reply.text);
            if reply.status == 429 {
                refused.push(reply);
            }
        }
        let is_native = |reply: &crate::support::Reply| reply.json()["code"].is_string();
        refused.iter().any(is_native) && !refused.iter().all(is_native)
    })
    .await;
    for reply in refused.borrow().iter() {
        let json = reply.json();
        let code = json["code"].as_str().or(json["error"]["code"].as_str());
        assert_eq!(code, Some("overloaded"), "{}", reply.text);
        assert!(reply.retry_after.is_some());
    }
    let reply = service.json("POST", "/v1/embeddings", &embed).await;
    assert_eq!(reply.status, 200, "the queue was emptied: {}", reply.text);
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
