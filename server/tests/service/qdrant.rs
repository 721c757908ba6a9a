//! Qdrant's facade: its shapes, its errors, keys and bounds. Its clients are tried in
//! `tests/compatibility`.

use serde_json::{Value, json};
use server::KeyLine;

use crate::support::{Reply, Service};

async fn ask(service: &Service, method: &str, path: &str, body: &Value) -> Reply {
    service.json(method, path, &body.to_string()).await
}

async fn fine(service: &Service, method: &str, path: &str, body: &Value) -> Value {
    let reply = ask(service, method, path, body).await;
    assert_eq!(reply.status, 200, "{method} {path} {body}: {}", reply.text);
    let json = reply.json();
    assert_eq!(json["status"], "ok", "{json}");
    assert!(json["time"].is_number(), "{json}");
    json["result"].clone()
}

async fn refused(service: &Service, method: &str, path: &str, body: &str) -> (u16, String) {
    let reply = service.json(method, path, body).await;
    let json = reply.json();
    assert_eq!(reply.kind, "application/json", "{}", reply.text);
    let error = json["status"]["error"].as_str();
    let error = error.unwrap_or_else(|| panic!("{method} {path} {body}: {json}"));
    (reply.status, error.to_owned())
}

async fn with_points() -> Service {
    let service = Service::start().await;
    let vectors = json!({"vectors": {"size": 2, "distance": "Cosine"}});
    assert_eq!(
        fine(&service, "PUT", "/collections/c", &vectors).await,
        json!(true)
    );
    let points = json!({"points": [
        {"id": 1, "vector": [1, 0], "payload": {"a": 1, "b": {"c": "x"}}},
        {"id": 2, "vector": {"": [0, 1]}},
    ]});
    let result = fine(&service, "PUT", "/collections/c/points?wait=true", &points).await;
    assert_eq!(result["status"], "completed");
    service
}

#[tokio::test]
async fn requests_are_answered_in_qdrants_shape() {
    let service = with_points().await;
    let empty = json!({});
    let listed = fine(&service, "GET", "/collections", &empty).await;
    assert_eq!(listed, json!({"collections": [{"name": "c"}]}));
    let info = fine(&service, "GET", "/collections/c", &empty).await;
    assert_eq!(
        info["config"]["params"]["vectors"],
        json!({"size": 2, "distance": "Cosine"})
    );
    assert_eq!(
        (&info["points_count"], &info["status"]),
        (&json!(2), &json!("green"))
    );
    let one = fine(&service, "GET", "/collections/c/points/2", &empty).await;
    assert_eq!(one, json!({"id": 2, "payload": {}, "vector": [0.0, 1.0]}));
    let query = json!({"query": [1, 0], "limit": 1, "with_payload": {"exclude": ["a"]}});
    let found = fine(&service, "POST", "/collections/c/points/query", &query).await;
    assert_eq!(
        found["points"][0]["payload"],
        json!({"b": {"c": "x"}}),
        "{found}"
    );
    assert_eq!(found["points"].as_array().map(Vec::len), Some(1));
    let filter = json!({"filter": {"must": {"key": "b.c", "match": {"value": "x"}}}});
    let counted = fine(&service, "POST", "/collections/c/points/count", &filter).await;
    assert_eq!(counted, json!({"count": 1}));
    // The same collection by our own routes.
    let described = service.json("GET", "/v1/collections/c", "").await.json();
    assert_eq!(
        (&described["points"], &described["model"]),
        (&json!(2), &Value::Null)
    );
    let body = json!({"payload": {"n": 1}, "filter": {}});
    let changed = fine(&service, "POST", "/collections/c/points/payload", &body).await;
    assert_eq!(
        changed["status"], "acknowledged",
        "nobody asked to wait: {changed}"
    );
    let body = json!({"ids": [1, 2], "with_payload": ["n"]});
    let records = fine(&service, "POST", "/collections/c/points", &body).await;
    assert_eq!(
        records[1],
        json!({"id": 2, "payload": {"n": 1}}),
        "{records}"
    );
    assert_eq!(
        fine(&service, "DELETE", "/collections/c", &empty).await,
        json!(true)
    );
    assert_eq!(
        fine(&service, "DELETE", "/collections/c", &empty).await,
        json!(false)
    );
}

#[tokio::test]
async fn rankings_are_fused_by_reciprocal_rank() {
    let service = with_points().await;
    let query = json!({
        "prefetch": [
            {"query": [1, 0.1], "limit": 2},
            {"query": [1, 0.2], "limit": 1},
            {"query": [0, 1], "limit": 2, "filter": {"must": [{"key": "a", "match": {"value": 1}}]}},
        ],
        "query": {"fusion": "rrf"},
    });
    let found = fine(&service, "POST", "/collections/c/points/query", &query).await;
    let scores: Vec<_> = found["points"].as_array().expect("points").iter().collect();
    assert_eq!(
        (&scores[0]["id"], &scores[0]["score"]),
        (&json!(1), &json!(1.5)),
        "{found}"
    );
    assert_eq!(scores[1]["id"], 2);
    assert!((scores[1]["score"].as_f64().expect("a score") - 1.0 / 3.0).abs() < 1e-6);
}

/// Method, path, body, status, and a word of the message.
#[rustfmt::skip] // One line a case, so that the table can be read.
const REFUSED: &[(&str, &str, &str, u16, &str)] = &[
    ("PUT", "/collections/c", r#"{"vectors": {"size": 2, "distance": "Cosine"}}"#, 409, "already exists"),
    ("PUT", "/collections/d", r#"{"vectors": {"size": 2, "distance": "Manhattan"}}"#, 400, "vectors.distance"),
    ("PUT", "/collections/d", r#"{"vectors": {"size": "x", "distance": "Dot"}}"#, 400, "vectors.size"),
    ("PUT", "/collections/d", r#"{"vectors": {"a": {"size": 2, "distance": "Dot"}}}"#, 400, "not_supported"),
    ("PUT", "/collections/d", r#"{"vectors": []}"#, 400, "vectors"),
    ("PUT", "/collections/d", r#"{"sparse_vectors": {"a": {}}}"#, 400, "not_supported"),
    ("PUT", "/collections/a.b", "{}", 400, "collection_name_invalid"),
    ("GET", "/collections/absent", "{}", 404, "collection_not_found"),
    ("GET", "/collections/c/points/9", "{}", 404, "point_not_found"),
    ("PUT", "/collections/c/points", r#"{"points": []}"#, 400, "empty"),
    ("PUT", "/collections/c/points", "{}", 400, "`points`"),
    ("PUT", "/collections/c/points", r#"{"points": [{"id": -1, "vector": [1, 0]}]}"#, 400, "points[0].id"),
    ("PUT", "/collections/c/points", r#"{"points": [{"id": 1, "vector": [1]}]}"#, 400, "dimension_mismatch"),
    ("PUT", "/collections/c/points", r#"{"points": [{"id": 1, "vector": [0, 0]}]}"#, 400, "zero_vector"),
    ("PUT", "/collections/c/points", r#"{"batch": {"ids": [1], "vectors": []}}"#, 400, "1 ids, 0 vectors"),
    ("PUT", "/collections/c/points", r#"{"points": [{"id": 1, "vector": {"text": "a", "model": "x"}}]}"#, 400, "model_not_loaded"),
    ("PUT", "/collections/c/points?wait=maybe", "{}", 400, "invalid_query"),
    ("POST", "/collections/c/points/query", "{", 400, "invalid_json"),
    ("POST", "/collections/c/points/query", "{}", 400, "scroll"),
    ("POST", "/collections/c/points/query", r#"{"query": [1, 0], "limit": 0}"#, 400, "limit_out_of_range"),
    ("POST", "/collections/c/points/query", r#"{"query": [1, 0], "limit": 1, "offset": 10000}"#, 400, "limit_out_of_range"),
    ("POST", "/collections/c/points/query", r#"{"query": [1, 0], "typo": 1}"#, 400, "unknown_field"),
    ("POST", "/collections/c/points/query", r#"{"query": 9}"#, 404, "point_not_found"),
    ("POST", "/collections/c/points/query", r#"{"query": [1, 0], "lookup_from": {}}"#, 400, "lookup_from"),
    ("POST", "/collections/c/points/query", r#"{"prefetch": {"query": [1, 0]}}"#, 400, "not_supported"),
    ("POST", "/collections/c/points/scroll", r#"{"offset": 7}"#, 400, "cursor_invalid"),
    ("POST", "/collections/c/points/payload", r#"{"payload": {"a": 1}}"#, 400, "ids_or_filter"),
    ("POST", "/collections/c/points/payload", r#"{"payload": {}, "points": [1], "key": "a"}"#, 400, "not_supported"),
    ("POST", "/collections/c/points/payload", r#"{"payload": {}, "points": [9]}"#, 404, "point_not_found"),
    ("POST", "/collections/c/points/delete", "{}", 400, "ids_or_filter"),
    ("POST", "/collections/c/facet", "{}", 400, "`key`"),
    ("POST", "/collections/c/facet", r#"{"key": "a", "limit": 0}"#, 400, "limit_out_of_range"),
    ("POST", "/collections/c/points/scroll", r#"{"order_by": {"key": "a", "order": 1}}"#, 400, "order_by"),
    ("POST", "/collections/c/points/scroll", r#"{"order_by": {"key": "a", "start_from": {}}}"#, 400, "filter_invalid"),
    ("GET", "/collections/absent/aliases", "{}", 404, "collection_not_found"),
    ("POST", "/collections/aliases", r#"{"actions": [{"delete_alias": {"alias_name": "x"}}]}"#, 404, "alias_not_found"),
    ("POST", "/collections/aliases", r#"{"actions": [{"rename_alias": {"old_alias_name": "x", "new_alias_name": "y"}}]}"#, 404, "alias_not_found"),
    ("POST", "/collections/aliases", r#"{"actions": [{"create_alias": {"alias_name": "x", "collection_name": "absent"}}]}"#, 404, "collection_not_found"),
    ("POST", "/collections/aliases", r#"{"actions": [{"make": {}}]}"#, 400, "invalid_value"),
    ("PATCH", "/collections/c", "{}", 405, "method_not_allowed"),
];

#[tokio::test]
async fn bad_requests_are_refused_in_qdrants_shape() {
    let service = with_points().await;
    let too_many = json!({"searches": vec![json!({"query": [1, 0]}); 65]}).to_string();
    let batch = (
        "POST",
        "/collections/c/points/query/batch",
        &*too_many,
        400,
        "too_many",
    );
    for (method, path, body, status, word) in REFUSED.iter().copied().chain([batch]) {
        let (found, error) = refused(&service, method, path, body).await;
        assert!(
            found == status && error.contains(word),
            "{method} {path} {body}: {found} {error}"
        );
    }
    let counted = fine(&service, "POST", "/collections/c/points/count", &json!({})).await;
    assert_eq!(counted, json!({"count": 2}), "nothing was written");
}

#[tokio::test]
async fn documents_are_embedded_in_both_kinds_of_collections() {
    let service = Service::start().await;
    let models = service.json("GET", "/v1/models", "").await.json();
    let model = models["data"][0]["id"].as_str().expect("a name").to_owned();
    let size = models["data"][0]["dimensions"].clone();
    fine(&service, "PUT", "/collections/texts", &json!({})).await;
    let vectors = json!({"vectors": {"size": size, "distance": "Cosine"}});
    fine(&service, "PUT", "/collections/vectors", &vectors).await;
    for name in ["texts", "vectors"] {
        let document = |text: &str| json!({"text": text, "model": model});
        let points = json!({"points": [
            {"id": 1, "vector": document("a cat"), "payload": {"a": 1}},
            {"id": 2, "vector": document("the dogs bark")},
        ]});
        let path = format!("/collections/{name}/points");
        fine(&service, "PUT", &format!("{path}?wait=true"), &points).await;
        let words = json!({"query": {"text": "dogs", "model": "Qdrant/bm25"}, "using": "words"});
        let found = fine(&service, "POST", &format!("{path}/query"), &words).await;
        assert_eq!(found["points"][0]["id"], 2, "{found}");
        let near =
            json!({"query": document("a cat"), "params": {"exact": true}, "with_vector": true});
        let found = fine(&service, "POST", &format!("{path}/query"), &near).await;
        assert_eq!(found["points"].as_array().map(Vec::len), Some(2), "{found}");
        let numbers = found["points"][0]["vector"].as_array().map(Vec::len);
        assert_eq!(json!(numbers), size);
        let got = service
            .json("GET", &format!("/v1/collections/{name}/points/1"), "")
            .await;
        assert_eq!(got.json()["text"], "a cat", "{}", got.text);
    }
    // A vector of unknown origin does not go among those of a model.
    let points = json!({"points": [{"id": 3, "vector": vec![0.5; 1]}]});
    let (status, error) = refused(
        &service,
        "PUT",
        "/collections/texts/points",
        &points.to_string(),
    )
    .await;
    assert_eq!(status, 400, "{error}");
}

#[tokio::test]
async fn keys_count_here_too() {
    let line = |name: &str, role: &str, collections: &str| {
        let hash = blake3::hash(name.as_bytes()).to_hex();
        KeyLine::parse(&format!("{name} {role} {collections} blake3:{hash}")).expect("a line")
    };
    let service = Service::start_with(|config| {
        config.keys.lines = vec![line("root", "admin", "*"), line("reader", "read", "c")];
    })
    .await;
    let send = |key: &'static str, method: &'static str, path: &'static str, body: &'static str| {
        let service = &service;
        async move {
            let headers = [("api-key", key)];
            service.send_with(method, path, &headers, body).await
        }
    };
    for path in ["/collections/c", "/collections/d"] {
        assert_eq!(send("root", "PUT", path, "{}").await.status, 200);
    }
    let listed = send("reader", "GET", "/collections", "").await.json();
    assert_eq!(listed["result"]["collections"], json!([{"name": "c"}]));
    for (key, method, path, status) in [
        ("", "GET", "/collections", 401),
        ("reader", "GET", "/collections/d", 403),
        ("reader", "GET", "/collections/d/exists", 403),
        ("reader", "PUT", "/collections/c/points", 403),
        ("reader", "POST", "/collections/c/points/payload/clear", 403),
        ("reader", "DELETE", "/collections/c", 403),
    ] {
        let reply = send(key, method, path, "{}").await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text);
        assert!(
            reply.json()["status"]["error"].is_string(),
            "{}",
            reply.text
        );
    }
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let service = Service::start_with(|config| config.qdrant.enabled = false).await;
    assert_eq!(service.json("GET", "/collections", "").await.status, 404);
    assert_eq!(service.json("GET", "/", "").await.status, 404);
}
