//! Every user error: exact status, code and field, and nothing is written.

use crate::support::{Reply, Service};

const POINTS: &str = "/v1/collections/docs/points";
const VECTORS: &str = "/v1/collections/vectors/points";
const SEARCH: &str = "/v1/collections/docs/search";

fn check(what: &str, reply: &Reply, status: u16, code: &str, field: &str) {
    assert_eq!(reply.status, status, "{what}: {}", reply.text);
    assert_eq!(reply.kind, "application/problem+json", "{what}");
    let body = reply.json();
    assert_eq!(
        (body["code"].as_str(), body["status"].as_u64()),
        (Some(code), Some(status.into())),
        "{what}: {body}"
    );
    assert_eq!(body["field"].as_str(), Some(field), "{what}: {body}");
    assert!(
        !body["detail"].as_str().unwrap_or_default().is_empty(),
        "{what}: {body}"
    );
}

#[expect(clippy::too_many_lines, reason = "one story, or one table of cases")]
#[tokio::test]
async fn bad_points_are_refused_all_or_none() {
    let service = Service::start().await.with_collections().await;
    let long_id = format!(
        r#"{{"points":[{{"id":"{}","vector":[1,0,0]}}]}}"#,
        "x".repeat(257)
    );
    let deep = format!(
        r#"{{"points":[{{"id":1,"vector":[1,0,0],"payload":{{"a":{}1{}}}}}]}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    let cases = [
        (
            "wrong dimensions",
            VECTORS,
            r#"{"points":[{"id":1,"vector":[1,0,0]},{"id":2,"vector":[1,0]}]}"#,
            "dimension_mismatch",
            "points[1].vector",
        ),
        (
            "infinite",
            VECTORS,
            r#"{"points":[{"id":1,"vector":[1,0,1e39]}]}"#,
            "vector_not_finite",
            "points[0].vector",
        ),
        (
            "not a number",
            VECTORS,
            r#"{"points":[{"id":1,"vector":[1,0,NaN]}]}"#,
            "invalid_json",
            "body",
        ),
        (
            "zero",
            VECTORS,
            r#"{"points":[{"id":9,"vector":[1,0,0]},{"id":1,"vector":[0,0,0]}]}"#,
            "zero_vector",
            "points[1].vector",
        ),
        (
            "no vector",
            VECTORS,
            r#"{"points":[{"id":1,"text":"a"}]}"#,
            "vector_required",
            "points[0].vector",
        ),
        (
            "fingerprint unused",
            VECTORS,
            r#"{"points":[{"id":1,"vector":[1,0,0],"model_fingerprint":"x"}]}"#,
            "fingerprint_unused",
            "points[0].model_fingerprint",
        ),
        (
            "duplicate ids",
            VECTORS,
            r#"{"points":[{"id":7,"vector":[1,0,0]},{"id":"7","vector":[1,0,0]}]}"#,
            "duplicate_id",
            "points[1].id",
        ),
        (
            "empty id",
            VECTORS,
            r#"{"points":[{"id":"","vector":[1,0,0]}]}"#,
            "id_empty",
            "points[0].id",
        ),
        (
            "long id",
            VECTORS,
            long_id.as_str(),
            "id_too_long",
            "points[0].id",
        ),
        (
            "deep payload",
            VECTORS,
            deep.as_str(),
            "payload_too_deep",
            "points[0].payload",
        ),
        ("no points", VECTORS, r#"{"points":[]}"#, "empty", "points"),
        (
            "empty text",
            POINTS,
            r#"{"points":[{"id":1,"text":"fine"},{"id":2,"text":" \n"}]}"#,
            "text_empty",
            "points[1].text",
        ),
        (
            "neither",
            POINTS,
            r#"{"points":[{"id":1}]}"#,
            "text_required",
            "points[0].text",
        ),
        (
            "no fingerprint",
            POINTS,
            r#"{"points":[{"id":1,"vector":[1,0,0]}]}"#,
            "dimension_mismatch",
            "points[0].vector",
        ),
        (
            "unknown field",
            POINTS,
            r#"{"points":[{"id":1,"txt":"a"}]}"#,
            "unknown_field",
            "points[0].txt",
        ),
        (
            "unknown parameter",
            "/v1/collections/docs/points?wiat=durable",
            r#"{"points":[]}"#,
            "unknown_field",
            "query",
        ),
        (
            "bad parameter",
            "/v1/collections/docs/points?wait=never",
            r#"{"points":[]}"#,
            "invalid_query",
            "query",
        ),
        (
            "broken JSON",
            POINTS,
            r#"{"points":["#,
            "invalid_json",
            "body",
        ),
    ];
    for (what, path, body, code, field) in cases {
        check(
            what,
            &service.json("PUT", path, body).await,
            400,
            code,
            field,
        );
    }
    let reply = service
        .send(
            "PUT",
            POINTS,
            "application/json",
            b"{\"points\":[{\"id\":\"\xff\"}]}".to_vec(),
        )
        .await;
    check("invalid UTF-8", &reply, 400, "invalid_utf8", "body");
    for collection in ["docs", "vectors"] {
        assert_eq!(
            service
                .client
                .count(collection, None)
                .await
                .expect("a count"),
            0,
            "{collection}"
        );
    }
}

#[expect(clippy::too_many_lines, reason = "one story, or one table of cases")]
#[tokio::test]
async fn bad_requests_are_refused() {
    let service = Service::start().await.with_collections().await;
    let reply = service
        .json(
            "PUT",
            "/v1/collections/none/points",
            r#"{"points":[{"id":1,"text":"a"}]}"#,
        )
        .await;
    check(
        "unknown collection",
        &reply,
        404,
        "collection_not_found",
        "collection",
    );
    let long = "x".repeat((64 << 10) + 1);
    let long = format!(r#"{{"query":"{long}","mode":"text"}}"#);
    let cases = [
        (
            "limit 0",
            SEARCH,
            r#"{"query":"a","limit":0}"#,
            "limit_out_of_range",
            "limit",
        ),
        (
            "limit 10001",
            SEARCH,
            r#"{"query":"a","limit":10001}"#,
            "limit_out_of_range",
            "limit",
        ),
        (
            "recall 0",
            SEARCH,
            r#"{"query":"a","recall":0}"#,
            "recall_out_of_range",
            "recall",
        ),
        (
            "recall 2",
            SEARCH,
            r#"{"query":"a","recall":2}"#,
            "recall_out_of_range",
            "recall",
        ),
        (
            "empty query",
            SEARCH,
            r#"{"query":" "}"#,
            "text_empty",
            "query",
        ),
        (
            "long query",
            SEARCH,
            long.as_str(),
            "text_too_long",
            "query",
        ),
        ("no query", SEARCH, "{}", "query_missing", "query"),
        (
            "wrong vector",
            SEARCH,
            r#"{"vector":[1,2]}"#,
            "dimension_mismatch",
            "vector",
        ),
        (
            "unknown mode",
            SEARCH,
            r#"{"query":"a","mode":"fuzzy"}"#,
            "invalid_value",
            "mode",
        ),
        (
            "bad filter",
            SEARCH,
            r#"{"query":"a","filter":{"must":[{"key":"a","range":{"gt":"x"}}]}}"#,
            "filter_invalid",
            "filter.must[0].range.gt",
        ),
        (
            "bad fusion",
            SEARCH,
            r#"{"query":"a","fusion":{"weights":{"text":-1}}}"#,
            "fusion_invalid",
            "fusion.weights.text",
        ),
        (
            "both",
            "/v1/collections/docs/points/delete",
            r#"{"ids":[1],"filter":{}}"#,
            "ids_or_filter",
            "body",
        ),
        (
            "bad cursor",
            "/v1/collections/docs/points/scroll",
            r#"{"cursor":"?"}"#,
            "cursor_invalid",
            "cursor",
        ),
    ];
    for (what, path, body, code, field) in cases {
        check(
            what,
            &service.json("POST", path, body).await,
            400,
            code,
            field,
        );
    }
    let path = "/v1/collections/docs/points/count";
    check(
        "kind",
        &service
            .send("POST", path, "text/plain", b"{}".to_vec())
            .await,
        415,
        "unsupported_media_type",
        "content-type",
    );
    check(
        "no kind",
        &service.send("POST", path, "", b"{}".to_vec()).await,
        415,
        "unsupported_media_type",
        "content-type",
    );
    check(
        "path",
        &service.json("GET", "/v2", "").await,
        404,
        "route_not_found",
        "path",
    );
    check(
        "method",
        &service.json("PATCH", "/v1/collections", "").await,
        405,
        "method_not_allowed",
        "method",
    );
    check(
        "path bytes",
        &service
            .json("GET", "/v1/collections/docs/points/%ff", "")
            .await,
        400,
        "invalid_path",
        "path",
    );
    check(
        "point",
        &service
            .json("GET", "/v1/collections/docs/points/1", "")
            .await,
        404,
        "point_not_found",
        "id",
    );
}

#[expect(clippy::too_many_lines, reason = "one story, or one table of cases")]
#[tokio::test]
async fn bad_schemas_are_refused() {
    let service = Service::start().await.with_collections().await;
    let cases = [
        (
            "no dimensions",
            r#"{"model":null}"#,
            400,
            "dimensions_required",
            "dimensions",
        ),
        (
            "too many",
            r#"{"model":null,"dimensions":16385}"#,
            400,
            "dimensions_out_of_range",
            "dimensions",
        ),
        (
            "no prefix",
            r#"{"dimensions":47}"#,
            400,
            "dimensions_not_offered",
            "dimensions",
        ),
        (
            "other model",
            r#"{"model":"other"}"#,
            400,
            "model_not_loaded",
            "model",
        ),
        (
            "chunking",
            r#"{"model":null,"dimensions":3,"chunking":{"tokens":64,"overlap":8}}"#,
            400,
            "chunking_without_model",
            "chunking",
        ),
        (
            "overlap",
            r#"{"chunking":{"tokens":64,"overlap":33}}"#,
            400,
            "chunking_out_of_range",
            "chunking.overlap",
        ),
        (
            "recall",
            r#"{"recall":1.5}"#,
            400,
            "recall_out_of_range",
            "recall",
        ),
    ];
    for (what, body, status, code, field) in cases {
        check(
            what,
            &service.json("PUT", "/v1/collections/new", body).await,
            status,
            code,
            field,
        );
    }
    let reply = service.json("PUT", "/v1/collections/a%20b", "{}").await;
    check("name", &reply, 400, "collection_name_invalid", "collection");
    let reply = service
        .json(
            "PUT",
            "/v1/collections/vectors",
            r#"{"model":null,"dimensions":4}"#,
        )
        .await;
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (409, Some("schema_conflict"))
    );
    let reply = service
        .json(
            "PUT",
            "/v1/collections/vectors",
            r#"{"model":null,"dimensions":3}"#,
        )
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test]
async fn bad_aliases_settings_facets_and_orders_are_refused() {
    let service = Service::start().await.with_collections().await;
    let reply = service
        .json("PUT", "/v1/aliases/live", r#"{"collection":"docs"}"#)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let key = format!(r#"{{"key":"{}"}}"#, "k".repeat(513));
    #[rustfmt::skip]
    let cases = [
        ("PUT", "/v1/aliases/vectors", r#"{"collection":"docs"}"#, 409, "name_taken", "alias"),
        ("PUT", "/v1/aliases/a%20b", r#"{"collection":"docs"}"#, 400, "collection_name_invalid", "alias"),
        ("PUT", "/v1/aliases/new", r#"{"collection":"none"}"#, 404, "collection_not_found", "collection"),
        ("PUT", "/v1/aliases/new", r#"{"collection":"live"}"#, 404, "collection_not_found", "collection"),
        ("PUT", "/v1/aliases/new", r#"{"to":"docs"}"#, 400, "unknown_field", "to"),
        ("GET", "/v1/aliases/new", "", 404, "alias_not_found", "alias"),
        ("DELETE", "/v1/aliases/new", "", 404, "alias_not_found", "alias"),
        ("POST", "/v1/aliases", r#"{"actions":[]}"#, 400, "empty", "actions"),
        ("POST", "/v1/aliases", r#"{"actions":[{"delete":{"alias":"live"}},{"delete":{"alias":"live"}}]}"#, 404, "alias_not_found", "actions[1]"),
        ("POST", "/v1/aliases", r#"{"actions":[{"delete":{"alias":"live"}},{"set":{"alias":"docs","collection":"docs"}}]}"#, 409, "name_taken", "actions[1].alias"),
        ("DELETE", "/v1/collections/live", "", 409, "collection_in_use", "collection"),
        ("PATCH", "/v1/collections/docs", r#"{"dimensions":16}"#, 400, "setting_fixed", "dimensions"),
        ("PATCH", "/v1/collections/docs", r#"{"model":null}"#, 400, "setting_fixed", "model"),
        ("PATCH", "/v1/collections/docs", r#"{"distance":"dot"}"#, 400, "setting_fixed", "distance"),
        ("PATCH", "/v1/collections/docs", r#"{"recall":0.9,"chunking":{"tokens":64,"overlap":8}}"#, 400, "setting_fixed", "chunking"),
        ("PATCH", "/v1/collections/docs", r#"{"speed":1}"#, 400, "unknown_field", "speed"),
        ("PATCH", "/v1/collections/docs", "{}", 400, "empty", "body"),
        ("PATCH", "/v1/collections/docs", r#"{"recall":1.5}"#, 400, "recall_out_of_range", "recall"),
        ("PATCH", "/v1/collections/none", r#"{"recall":0.9}"#, 404, "collection_not_found", "collection"),
        ("PUT", "/v1/collections/new", r#"{"analyzer":"klingon"}"#, 400, "analyzer_unknown", "analyzer"),
        ("PATCH", "/v1/collections/docs", r#"{"analyzer":"auto"}"#, 400, "setting_fixed", "analyzer"),
        ("PUT", "/v1/collections/docs/points", r#"{"points":[{"id":1,"text":"x","format":"pdf"}]}"#, 400, "invalid_value", "points[0].format"),
        ("PUT", "/v1/collections/docs/points", r#"{"points":[{"id":1,"text":"<p> </p>","format":"html"}]}"#, 400, "text_empty", "points[0].text"),
        ("PUT", "/v1/collections/vectors/points", r#"{"points":[{"id":1,"vector":[1,0,0],"format":"html"}]}"#, 400, "format_without_text", "points[0].format"),
        ("POST", "/v1/collections/docs/search", r#"{"query":"x","include":["neighbors"]}"#, 400, "invalid_value", "include[0]"),
        ("GET", "/v1/collections/none/export", "", 404, "collection_not_found", "collection"),
        ("GET", "/v1/collections/docs/export?include=all", "", 400, "include_invalid", "include"),
        ("GET", "/v1/collections/docs/export?include=payload", "", 400, "include_invalid", "include"),
        ("GET", "/v1/collections/vectors/export?include=text", "", 400, "include_invalid", "include"),
        ("GET", "/v1/collections/docs/export?format=csv", "", 400, "invalid_query", "query"),
        ("PUT", "/v1/collections/vectors/points", r#"{"points":[{"id":1,"chunks":[]}]}"#, 400, "empty", "points[0].chunks"),
        ("PUT", "/v1/collections/vectors/points", r#"{"points":[{"id":1,"vector":[1,0,0],"chunks":[{"start":0,"end":0,"vector":[1,0,0]}]}]}"#, 400, "vector_or_chunks", "points[0].chunks"),
        ("PUT", "/v1/collections/vectors/points", r#"{"points":[{"id":1,"chunks":[{"start":0,"end":0,"vector":[1,0]}]}]}"#, 400, "dimension_mismatch", "points[0].chunks[0].vector"),
        ("PUT", "/v1/collections/vectors/points", r#"{"points":[{"id":1,"text":"ab","chunks":[{"start":0,"end":2,"vector":[1,0,0]},{"start":1,"end":3,"vector":[1,0,0]}]}]}"#, 400, "chunk_out_of_range", "points[0].chunks[1]"),
        ("PUT", "/v1/collections/vectors/points", r#"{"points":[{"id":1,"text":"ab","chunks":[{"start":2,"end":1,"vector":[1,0,0]}]}]}"#, 400, "chunk_out_of_range", "points[0].chunks[0]"),
        ("PUT", "/v1/collections/docs/points", r#"{"points":[{"id":1,"text":"ab","chunks":[{"start":0,"end":2,"vector":[1,0,0]}]}]}"#, 400, "dimension_mismatch", "points[0].chunks[0].vector"),
        ("POST", "/v1/collections/docs/points/facet", r#"{"key":""}"#, 400, "key_invalid", "key"),
        ("POST", "/v1/collections/docs/points/facet", key.as_str(), 400, "key_invalid", "key"),
        ("POST", "/v1/collections/docs/points/facet", r#"{"key":"a","limit":0}"#, 400, "limit_out_of_range", "limit"),
        ("POST", "/v1/collections/docs/points/facet", r#"{"key":"a","filter":{"must":[{"key":"a"}]}}"#, 400, "filter_invalid", "filter.must[0]"),
        ("POST", "/v1/collections/docs/points/scroll", r#"{"order_by":{"key":""}}"#, 400, "key_invalid", "order_by.key"),
        ("POST", "/v1/collections/docs/points/scroll", r#"{"order_by":{"key":"a","direction":"up"}}"#, 400, "invalid_value", "order_by.direction"),
        ("POST", "/v1/collections/docs/points/scroll", r#"{"cursor":"0.1"}"#, 400, "cursor_invalid", "cursor"),
    ];
    for (method, path, body, status, code, field) in cases {
        let reply = service.json(method, path, body).await;
        check(
            &format!("{method} {path} {body}"),
            &reply,
            status,
            code,
            field,
        );
    }
    let reply = service.json("GET", "/v1/aliases", "").await;
    assert_eq!(
        reply.text,
        r#"{"aliases":[{"alias":"live","collection":"docs"}]}"#
    );
}
