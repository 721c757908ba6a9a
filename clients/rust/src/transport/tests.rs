use std::time::Duration;

use reqwest::StatusCode;

use super::{ClientOptions, Transport, may_retry, problem};
use crate::error::{Error, ErrorKind};

fn transport() -> Transport {
    Transport::new("http://127.0.0.1:1/base/", ClientOptions::default()).expect("an address")
}

#[test]
fn every_segment_is_encoded() {
    let url = transport().url(&["points", "a/b c?\u{e9}"], &[("wait", "a&b"), ("x", "1")]);
    assert_eq!(
        url,
        "http://127.0.0.1:1/base/points/a%2Fb%20c%3F%C3%A9?wait=a%26b&x=1"
    );
}

#[test]
fn addresses_that_are_none_are_refused() {
    for url in ["", "127.0.0.1:6363", "ftp://a", "http://"] {
        let error = Transport::new(url, ClientOptions::default()).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{url}");
    }
}

#[test]
fn pauses_grow_and_are_bounded_and_the_server_is_heard() {
    let transport = transport();
    for tries in [0, 3, 100] {
        let pause = transport.pause(tries, None);
        let least = Duration::from_millis(200).saturating_mul(2_u32.saturating_pow(tries));
        assert!(
            pause >= least.min(Duration::from_secs(10)),
            "{tries}: {pause:?}"
        );
        assert!(pause <= Duration::from_secs(15), "{tries}: {pause:?}");
    }
    let asked = transport.pause(0, Some(Duration::from_secs(3)));
    assert!(
        (Duration::from_secs(3)..Duration::from_millis(4_500)).contains(&asked),
        "{asked:?}"
    );
}

#[test]
fn errors_are_sorted_by_what_to_do() {
    let cases = [
        (400, ErrorKind::Invalid, false),
        (404, ErrorKind::NotFound, false),
        (409, ErrorKind::Conflict, false),
        (413, ErrorKind::Invalid, false),
        (429, ErrorKind::Overloaded, true),
        (500, ErrorKind::Server, false),
        (503, ErrorKind::Unavailable, true),
    ];
    for (status, kind, is_retried) in cases {
        let body = format!(r#"{{"status":{status},"code":"c","detail":"d","field":"f"}}"#);
        let status = StatusCode::from_u16(status).expect("a status");
        let error = Error::Server(problem(status, body.as_bytes()));
        assert_eq!(
            (error.kind(), may_retry(&error)),
            (kind, is_retried),
            "{status}"
        );
        assert_eq!((error.code(), error.field()), (Some("c"), Some("f")));
    }
}

#[test]
fn other_bodies_are_errors_too() {
    let openai = br#"{"error":{"message":"m","type":"t","param":"input","code":"token_ids"}}"#;
    let found = problem(StatusCode::BAD_REQUEST, openai);
    assert_eq!(
        (found.code.as_str(), found.detail.as_str()),
        ("token_ids", "m")
    );
    assert_eq!(found.field.as_deref(), Some("input"));
    let found = problem(StatusCode::BAD_GATEWAY, b"<html>");
    assert_eq!((found.status, found.code.as_str()), (502, "unknown"));
}
