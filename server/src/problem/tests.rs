use axum::body::to_bytes;
use axum::http::header;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::ApiError;

async fn answer(error: ApiError) -> (u16, Option<String>, Value) {
    let response = error.into_response();
    let status = response.status().as_u16();
    let kind = response.headers()[header::CONTENT_TYPE].clone();
    assert_eq!(kind, "application/problem+json");
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.map(|value| value.to_str().expect("ascii").to_owned());
    let body = to_bytes(response.into_body(), 4_096).await.expect("a body");
    (
        status,
        retry_after,
        serde_json::from_slice(&body).expect("JSON"),
    )
}

#[tokio::test]
async fn an_invalid_field_is_a_problem_body() {
    let error = ApiError::invalid("points[3].id", "id_empty", "`points[3].id` is empty");
    let (status, retry_after, body) = answer(error).await;
    assert_eq!((status, retry_after), (400, None));
    assert_eq!(
        body,
        json!({
            "type": "urn:kukla:problem:id_empty",
            "title": "The id is empty",
            "status": 400,
            "detail": "`points[3].id` is empty",
            "code": "id_empty",
            "field": "points[3].id",
        })
    );
}

#[tokio::test]
async fn retry_after_is_rounded_up_to_seconds() {
    for (retry_after_ms, expected) in [(1, "1"), (1_000, "1"), (1_001, "2")] {
        let error = ApiError::overloaded("full", retry_after_ms);
        let (status, retry_after, body) = answer(error).await;
        assert_eq!((status, retry_after.as_deref()), (429, Some(expected)));
        assert_eq!(body["retry_after_ms"], retry_after_ms);
    }
}

#[test]
fn each_engine_error_keeps_its_code_and_gets_its_status() {
    let cases = [
        (
            engine::Error::CollectionNotFound {
                name: "a".to_owned(),
            },
            404,
            Some("collection"),
        ),
        (
            engine::Error::PointNotFound {
                collection: "a".to_owned(),
                id: "b".to_owned(),
            },
            404,
            Some("id"),
        ),
        (
            engine::Error::SchemaConflict {
                name: "a".to_owned(),
                difference: "d".to_owned(),
            },
            409,
            None,
        ),
        (
            engine::Error::Poisoned {
                collection: "a".to_owned(),
                reason: "r".to_owned(),
            },
            503,
            None,
        ),
        (
            engine::Error::Invalid {
                field: "points[0].vector".to_owned(),
                code: "zero_vector",
                problem: "zero".to_owned(),
            },
            400,
            Some("points[0].vector"),
        ),
    ];
    for (error, status, field) in cases {
        let code = error.code();
        let answer = ApiError::from(error);
        assert_eq!((answer.code, answer.status.as_u16()), (code, status));
        assert_eq!(answer.field.as_deref(), field, "{code}");
    }
}

#[test]
fn a_fault_tells_its_number_and_not_its_cause() {
    let error = engine::Error::Corrupt {
        what: "row 7".to_owned(),
        problem: "checksum".to_owned(),
    };
    let answer = ApiError::from(error);
    assert_eq!((answer.code, answer.status.as_u16()), ("corrupt", 500));
    assert!(answer.detail.contains("fault="), "{}", answer.detail);
    assert!(!answer.detail.contains("row 7"), "{}", answer.detail);
}

#[test]
fn a_path_of_the_server_stays_in_its_log() {
    let error = engine::Error::Io {
        action: "write",
        path: "/secret/place".into(),
        source: std::io::Error::other("full"),
    };
    let answer = ApiError::from(error);
    assert_eq!((answer.code, answer.status.as_u16()), ("io", 503));
    assert!(!answer.detail.contains("secret"), "{}", answer.detail);
}
