//! The Model Context Protocol, message by message.

use serde_json::{Value, json};
use server::KeyLine;

use crate::support::{Reply, Service};

const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");

async fn message(service: &Service, headers: &[(&str, &str)], body: &Value) -> Reply {
    let headers = [headers, &[BOTH]].concat();
    service
        .send_with("POST", "/mcp", &headers, &body.to_string())
        .await
}

async fn call(service: &Service, headers: &[(&str, &str)], tool: &str, arguments: Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments}});
    let reply = message(service, headers, &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let json = reply.json();
    assert_eq!(
        (&json["jsonrpc"], &json["id"]),
        (&json!("2.0"), &json!(7)),
        "{json}"
    );
    json
}

async fn tool_names(service: &Service) -> Vec<String> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let reply = message(service, &[], &body).await.json();
    let tools = reply["result"]["tools"].as_array().expect("tools").clone();
    for tool in &tools {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert!(tool["description"].is_string());
    }
    let name = |tool: &Value| tool["name"].as_str().expect("a name").to_owned();
    tools.iter().map(name).collect()
}

async fn with_a_point(allow_writes: bool) -> Service {
    let service = Service::start_with(|config| config.mcp.allow_writes = allow_writes)
        .await
        .with_collections()
        .await;
    let point = r#"{"points":[{"id":"a","text":"the cat sat","payload":{"lang":"en"}}]}"#;
    let path = "/v1/collections/docs/points?wait=searchable";
    assert_eq!(service.json("PUT", path, point).await.status, 200);
    service
}

#[tokio::test]
async fn a_client_introduces_itself_and_finds_reading_tools() {
    let service = with_a_point(false).await;
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}});
    let reply = message(&service, &[], &hello).await;
    assert_eq!(
        (reply.status, reply.kind.as_str()),
        (200, "application/json"),
        "{}",
        reply.text
    );
    let result = &reply.json()["result"];
    assert_eq!(result["serverInfo"]["name"], "kukla");
    assert_eq!(result["protocolVersion"], "2025-06-18");
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let reply = message(&service, &[], &ready).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    assert_eq!(
        tool_names(&service).await,
        ["list_collections", "search", "get"]
    );
    assert_eq!(service.json("GET", "/mcp", "").await.status, 405);
}

#[tokio::test]
async fn tools_answer_what_the_routes_answer() {
    let service = with_a_point(false).await;
    let listed = call(&service, &[], "list_collections", json!({})).await;
    let collections = &listed["result"]["structuredContent"]["collections"];
    assert_eq!(collections[0]["name"], "docs", "{listed}");
    assert_eq!(collections[0]["points"], 1);
    let arguments = json!({"collection": "docs", "query": "cat", "mode": "text", "limit": 3,
        "filter": {"must": [{"key": "lang", "match": {"value": "en"}}]}});
    let found = call(&service, &[], "search", arguments).await;
    assert_eq!(found["result"]["isError"], false, "{found}");
    let hits = &found["result"]["structuredContent"]["hits"];
    assert_eq!(
        (&hits[0]["id"], &hits[1]),
        (&json!("a"), &Value::Null),
        "{found}"
    );
    assert_eq!(hits[0]["payload"]["lang"], "en");
    // The same as text, for clients that know no structured content.
    let text = found["result"]["content"][0]["text"]
        .as_str()
        .expect("a text");
    let text: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(text["hits"], *hits);
    let arguments = json!({"collection": "docs", "ids": ["a", "b"]});
    let got = call(&service, &[], "get", arguments).await;
    let got = &got["result"]["structuredContent"];
    assert_eq!(got["points"][0]["text"], "the cat sat");
    assert_eq!(got["missing"], json!(["b"]));
}

#[tokio::test]
async fn bad_arguments_are_told_to_the_model() {
    let service = with_a_point(false).await;
    let cases = [
        ("list_collections", json!({"x": 1}), "unknown_field", "x"),
        (
            "search",
            json!({"query": "a"}),
            "missing_field",
            "collection",
        ),
        (
            "search",
            json!({"collection": 1, "query": "a"}),
            "invalid_value",
            "collection",
        ),
        (
            "search",
            json!({"collection": "absent", "query": "a"}),
            "collection_not_found",
            "collection",
        ),
        (
            "search",
            json!({"collection": "docs"}),
            "query_missing",
            "query",
        ),
        (
            "search",
            json!({"collection": "docs", "query": "a", "limit": 0}),
            "limit_out_of_range",
            "limit",
        ),
        (
            "search",
            json!({"collection": "docs", "query": "a", "k": 1}),
            "unknown_field",
            "k",
        ),
        ("get", json!({"collection": "docs"}), "missing_field", "ids"),
        (
            "get",
            json!({"collection": "docs", "ids": [""]}),
            "id_empty",
            "ids[0]",
        ),
    ];
    for (tool, arguments, code, field) in cases {
        let answer = call(&service, &[], tool, arguments.clone()).await;
        let problem = &answer["result"]["structuredContent"];
        assert_eq!(
            answer["result"]["isError"], true,
            "{tool} {arguments}: {answer}"
        );
        assert_eq!(
            (&problem["code"], &problem["field"]),
            (&json!(code), &json!(field)),
            "{answer}"
        );
    }
    let upsert = json!({"collection": "docs", "points": [{"id": 1, "text": "a"}]});
    for tool in ["upsert", "drop"] {
        let answer = call(&service, &[], tool, upsert.clone()).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    let reply = service.send_with("POST", "/mcp", &[BOTH], "{").await;
    assert!((400..500).contains(&reply.status), "{}", reply.text);
}

#[tokio::test]
async fn writing_has_to_be_allowed() {
    let service = with_a_point(true).await;
    assert_eq!(
        tool_names(&service).await,
        ["list_collections", "search", "get", "upsert"]
    );
    let points = json!([{"id": 2, "text": "a dog barks", "payload": {"lang": "en"}}]);
    let arguments = json!({"collection": "docs", "points": points});
    let upserted = call(&service, &[], "upsert", arguments).await;
    assert_eq!(upserted["result"]["isError"], false, "{upserted}");
    let arguments = json!({"collection": "docs", "query": "dog", "mode": "text"});
    let found = call(&service, &[], "search", arguments).await;
    assert_eq!(
        found["result"]["structuredContent"]["hits"][0]["id"], 2,
        "{found}"
    );
}

#[tokio::test]
async fn keys_count_here_too() {
    let line = |name: &str, role: &str, collections: &str| {
        let hash = blake3::hash(name.as_bytes()).to_hex();
        let line = format!("{name} {role} {collections} blake3:{hash}");
        KeyLine::parse(&line).expect("a line")
    };
    let service = Service::start_with(|config| {
        config.mcp.allow_writes = true;
        config.keys.lines = vec![line("root", "admin", "*"), line("reader", "read", "docs")];
    })
    .await;
    let key = |secret: &'static str| [("api-key", secret)];
    for name in ["docs", "other"] {
        let path = format!("/v1/collections/{name}");
        let reply = service.send_with("PUT", &path, &key("root"), "{}").await;
        assert_eq!(reply.status, 201);
    }
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(message(&service, &[], &list).await.status, 401);
    let listed = call(&service, &key("reader"), "list_collections", json!({})).await;
    let listed = listed["result"]["structuredContent"]["collections"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    let points = json!([{"id": 1, "text": "a"}]);
    for (tool, arguments, code) in [
        (
            "search",
            json!({"collection": "other", "query": "a"}),
            "collection_forbidden",
        ),
        (
            "get",
            json!({"collection": "other", "ids": [1]}),
            "collection_forbidden",
        ),
        (
            "upsert",
            json!({"collection": "docs", "points": points}),
            "role_insufficient",
        ),
    ] {
        let answer = call(&service, &key("reader"), tool, arguments).await;
        let problem = &answer["result"]["structuredContent"];
        assert_eq!(problem["code"], code, "{answer}");
    }
    let arguments = json!({"collection": "other", "points": points});
    let answer = call(&service, &key("root"), "upsert", arguments).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
}

#[tokio::test]
async fn pages_of_other_places_are_refused() {
    let service = with_a_point(false).await;
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    for headers in [
        [("origin", "https://elsewhere.example")],
        [("host", "elsewhere.example")],
    ] {
        let reply = message(&service, &headers, &list).await;
        assert_eq!(reply.status, 403, "{headers:?} {}", reply.text);
    }
}

#[tokio::test]
async fn it_can_be_turned_off_and_its_bodies_are_bounded() {
    let off = Service::start_with(|config| config.mcp.enabled = false).await;
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let reply = message(&off, &[], &list).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (404, &json!("route_not_found"))
    );
    let small = Service::start_with(|config| config.limits.body_bytes_max = 1_024).await;
    let long = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "x": "x".repeat(1_024)});
    let reply = message(&small, &[], &long).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (413, &json!("body_too_large"))
    );
}
