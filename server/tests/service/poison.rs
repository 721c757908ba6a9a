//! A collection whose background work failed: reads go on, writes are refused.

use serde_json::json;

use crate::keys::{ADMIN, DOCS_READER, ask, locked};
use crate::support::{Service, until};

/// The index of every collection becomes a file, so that the next commit to it fails.
fn break_views(service: &Service) {
    for view in std::fs::read_dir(service.data.path().join("data/views")).expect("views") {
        let documents = view.expect("an entry").path().join("documents");
        std::fs::remove_dir_all(&documents).expect("removed");
        std::fs::write(&documents, "").expect("written");
    }
}

#[tokio::test]
async fn only_who_may_see_a_poisoned_collection_is_told_its_name() {
    let service = locked().await;
    let point = r#"{"points":[{"id":1,"text":"kept"}]}"#;
    let path = "/v1/collections/docs/points?wait=searchable";
    let reply = ask(&service, ADMIN, "PUT", path, point).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    break_views(&service);
    let path = "/v1/collections/docs/points";
    ask(&service, ADMIN, "PUT", path, point).await;
    until(|| async { service.json("GET", "/readyz", "").await.status == 503 }).await;
    let stranger = service.json("GET", "/readyz", "").await;
    let wrong = ask(&service, "kukla_wrong-wrong-wrong", "GET", "/readyz", "").await;
    for reply in [stranger, wrong] {
        let problem = reply.json();
        assert_eq!((reply.status, &problem["code"]), (503, &json!("not_ready")));
        assert_eq!(problem["detail"], "the server is not ready");
    }
    for key in [ADMIN, DOCS_READER] {
        let reply = ask(&service, key, "GET", "/readyz", "").await;
        assert!(reply.text.contains("`docs`"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_poisoned_collection_is_read_and_not_written() {
    let service = Service::start().await.with_collections().await;
    let docs = "/v1/collections/docs";
    let point = r#"{"points":[{"id":1,"text":"kept","payload":{"a":1}}]}"#;
    let points = format!("{docs}/points?wait=searchable");
    let reply = service.json("PUT", &points, point).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    break_views(&service);
    let more = r#"{"points":[{"id":2,"text":"acknowledged before the fault"}]}"#;
    let reply = service.json("PUT", &format!("{docs}/points"), more).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    until(|| async { service.json("GET", "/readyz", "").await.status == 503 }).await;
    let reply = service.json("GET", "/readyz", "").await;
    assert_eq!(reply.json()["code"], "not_ready");
    let merge = "application/merge-patch+json";
    for (method, path, kind, body) in [
        ("PUT", format!("{docs}/points"), "application/json", more),
        ("DELETE", format!("{docs}/points/1"), "", ""),
        (
            "POST",
            format!("{docs}/points/delete"),
            "application/json",
            r#"{"ids":[1]}"#,
        ),
        (
            "PATCH",
            format!("{docs}/points/1/payload"),
            merge,
            r#"{"b":2}"#,
        ),
    ] {
        let reply = service
            .send(method, &path, kind, body.as_bytes().to_vec())
            .await;
        assert_eq!(reply.status, 503, "{method} {path}: {}", reply.text);
        assert_eq!(
            reply.json()["code"],
            "collection_poisoned",
            "{}",
            reply.text
        );
    }
    let line = br#"{"id":3,"text":"three"}"#.to_vec();
    let reply = service
        .send(
            "PUT",
            &format!("{docs}/points"),
            "application/x-ndjson",
            line,
        )
        .await;
    assert!(reply.text.contains("collection_poisoned"), "{}", reply.text);
    assert!(reply.text.contains(r#""done":false"#), "{}", reply.text);
    for (method, path, body) in [
        ("GET", format!("{docs}/points/1"), ""),
        ("GET", format!("{docs}/points/2"), ""),
        ("GET", docs.to_owned(), ""),
        ("POST", format!("{docs}/points/scroll"), "{}"),
        (
            "POST",
            format!("{docs}/search"),
            r#"{"query":"kept","mode":"vector"}"#,
        ),
    ] {
        let reply = service.json(method, &path, body).await;
        assert_eq!(reply.status, 200, "{method} {path}: {}", reply.text);
    }
    let counted = service
        .json("POST", &format!("{docs}/points/count"), "{}")
        .await;
    assert_eq!(counted.json()["count"], 2, "{}", counted.text);
    let described = service.json("GET", docs, "").await.json();
    assert!(described["poisoned"].is_string(), "{described}");
}
