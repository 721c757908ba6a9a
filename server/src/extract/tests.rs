use axum::http::{HeaderMap, HeaderValue};

use super::{MediaType, media_type, parse};
use crate::problem::ApiError;
use crate::wire::point::Upsert;
use crate::wire::search::Search;

fn check(body: &[u8], code: &str, field: &str) {
    let error: ApiError = parse::<Upsert>(body).expect_err("the body is bad");
    let body = String::from_utf8_lossy(body);
    assert_eq!(error.code, code, "{body}: {}", error.detail);
    assert_eq!(
        error.field.as_deref(),
        Some(field),
        "{body}: {}",
        error.detail
    );
}

#[test]
fn each_fault_of_a_body_has_its_code_and_path() {
    check(b"{", "invalid_json", "body");
    check(b"", "invalid_json", "body");
    check(b"{\"points\":[]} x", "invalid_json", "body");
    check(b"{\"points\":[\xff]}", "invalid_utf8", "body");
    check(b"{}", "missing_field", "points");
    check(b"[]", "invalid_value", "body");
    check(br#"{"points":[],"what":1}"#, "unknown_field", "what");
    check(
        br#"{"points":[{"id":1},{"id":2,"txt":"x"}]}"#,
        "unknown_field",
        "points[1].txt",
    );
    check(
        br#"{"points":[{"text":"x"}]}"#,
        "missing_field",
        "points[0].id",
    );
    check(
        br#"{"points":[{"id":-1}]}"#,
        "invalid_value",
        "points[0].id",
    );
    check(
        br#"{"points":[{"id":1.5}]}"#,
        "invalid_value",
        "points[0].id",
    );
    check(
        br#"{"points":[{"id":1,"text":2}]}"#,
        "invalid_value",
        "points[0].text",
    );
    check(
        br#"{"points":[{"id":1,"vector":[1,"a"]}]}"#,
        "invalid_value",
        "points[0].vector[1]",
    );
    check(
        br#"{"points":[{"id":1,"vector":[NaN]}]}"#,
        "invalid_json",
        "body",
    );
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!("{{\"filter\":{}", "{\"must\":[".repeat(100_000));
    let error = parse::<Search>(deep.as_bytes()).expect_err("too deep");
    assert_eq!(error.code, "invalid_json");
}

#[test]
fn content_types_are_read_without_their_parameters() {
    let cases = [
        ("application/json", MediaType::Json),
        ("Application/JSON; charset=utf-8", MediaType::Json),
        ("application/merge-patch+json", MediaType::MergePatch),
        ("application/x-ndjson", MediaType::Ndjson),
        ("text/plain", MediaType::Other),
    ];
    for (text, expected) in cases {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static(text));
        assert_eq!(media_type(&headers), expected, "{text}");
    }
    assert_eq!(media_type(&HeaderMap::new()), MediaType::Other);
}
