//! Keys: who comes in, what each role may do, and what never shows.

use std::process::{Command, Stdio};

use kukla_client::{ApiKey, Client, ClientOptions, ErrorKind};
use server::{Config, KeyLine};

use crate::support::{Reply, Service};

pub(crate) const ADMIN: &str = "kukla_admin-admin-admin";
const WRITER: &str = "kukla_write-write-write";
const READER: &str = "kukla_read-read-read";
pub(crate) const DOCS_READER: &str = "kukla_docs-docs-docs";
const DOCS_ADMIN: &str = "kukla_own-own-own";

/// The configured line of a key.
fn line(name: &str, role: &str, collections: &str, secret: &str) -> String {
    let hash = blake3::hash(secret.as_bytes()).to_hex();
    format!("{name} {role} {collections} blake3:{hash}")
}

fn lock(config: &mut Config) {
    let lines = [
        line("admin", "admin", "*", ADMIN),
        line("writer", "write", "*", WRITER),
        line("reader", "read", "*", READER),
        line("docs-reader", "read", "docs,absent", DOCS_READER),
        line("docs-admin", "admin", "docs", DOCS_ADMIN),
    ];
    config.keys.lines = lines
        .iter()
        .map(|line| KeyLine::parse(line).expect("a line"))
        .collect();
}

pub(crate) async fn locked() -> Service {
    let service = Service::start_with(lock).await;
    for (name, body) in [
        ("docs", "{}"),
        ("other", r#"{"model":null,"dimensions":3}"#),
    ] {
        let path = format!("/v1/collections/{name}");
        let reply = ask(&service, ADMIN, "PUT", &path, body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
    service
}

pub(crate) async fn ask(
    service: &Service,
    key: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Reply {
    let bearer = format!("Bearer {key}");
    service
        .send_with(method, path, &[("authorization", &bearer)], body)
        .await
}

fn outcome(reply: &Reply) -> (u16, Option<String>) {
    let code = reply.json()["code"].as_str().map(str::to_owned);
    (reply.status, code)
}

#[tokio::test]
async fn a_request_without_a_key_or_with_a_wrong_one_is_unknown() {
    let service = locked().await;
    let path = "/v1/collections";
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "key_missing"),
        (
            &[("authorization", "Basic a3VrbGE6a3VrbGE=")],
            "key_missing",
        ),
        (&[("authorization", ADMIN)], "key_missing"),
        (&[("authorization", "Bearer ")], "key_missing"),
        (&[("authorization", "Bearer kukla_wrong")], "key_unknown"),
        (&[("api-key", "kukla_wrong")], "key_unknown"),
        (&[("api-key", "")], "key_unknown"),
        // The first header decides; a good key beside it changes nothing.
        (
            &[("authorization", "Bearer kukla_wrong"), ("api-key", ADMIN)],
            "key_unknown",
        ),
    ];
    for (headers, code) in cases {
        let reply = service.send_with("GET", path, headers, "").await;
        assert_eq!(
            outcome(&reply),
            (401, Some((*code).to_owned())),
            "{headers:?}"
        );
        assert_eq!(reply.kind, "application/problem+json");
        assert_eq!(reply.authenticate.as_deref(), Some("Bearer"));
        assert!(!reply.text.contains("wrong"), "{}", reply.text);
    }
    for headers in [
        [("authorization", format!("Bearer {READER}"))],
        [("authorization", format!("bearer  {READER}"))],
        [("api-key", READER.to_owned())],
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let reply = service.send_with("GET", path, &headers, "").await;
        assert_eq!(reply.status, 200, "{headers:?} {}", reply.text);
    }
}

#[tokio::test]
async fn openais_facade_refuses_in_openais_shape() {
    let service = locked().await;
    let body = r#"{"input":"a text"}"#;
    let reply = service.send_with("POST", "/v1/embeddings", &[], body).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json()["error"]["code"], "key_missing");
    let reply = ask(&service, READER, "POST", "/v1/embeddings", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test]
async fn health_and_the_contract_are_open_and_metrics_are_not() {
    let service = locked().await;
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/openapi.json", 200),
        ("/metrics", 401),
        ("/v1/nowhere", 404),
    ] {
        let reply = service.send_with("GET", path, &[], "").await;
        assert_eq!(reply.status, status, "{path}: {}", reply.text);
    }
    let reply = service.send_with("POST", "/healthz", &[], "").await;
    assert_ne!(reply.status, 200);
    assert_eq!(
        ask(&service, READER, "GET", "/metrics", "").await.status,
        200
    );
    let reply = ask(&service, DOCS_READER, "GET", "/metrics", "").await;
    assert_eq!(
        outcome(&reply),
        (403, Some("collection_forbidden".to_owned()))
    );
}

#[tokio::test]
async fn each_role_may_do_its_part_and_no_more() {
    let service = locked().await;
    let point = r#"{"points":[{"id":1,"text":"a text"}]}"#;
    let docs = "/v1/collections/docs";
    let cases = [
        ("GET", docs.to_owned(), "", 0),
        ("POST", format!("{docs}/search"), r#"{"query":"text"}"#, 0),
        ("POST", format!("{docs}/points/count"), "{}", 0),
        ("POST", format!("{docs}/points/scroll"), "{}", 0),
        ("POST", format!("{docs}/points/get"), r#"{"ids":[1]}"#, 0),
        ("GET", "/v1/models".to_owned(), "", 0),
        ("PUT", format!("{docs}/points"), point, 1),
        ("PATCH", format!("{docs}/points/1/payload"), r#"{"a":1}"#, 1),
        ("POST", format!("{docs}/points/delete"), r#"{"ids":[1]}"#, 1),
        ("DELETE", format!("{docs}/points/1"), "", 1),
        ("PUT", "/v1/collections/new".to_owned(), "{}", 2),
        ("DELETE", "/v1/collections/new".to_owned(), "", 2),
    ];
    for (method, path, body, needed) in &cases {
        for (rank, key) in [READER, WRITER, ADMIN].into_iter().enumerate() {
            let reply = ask(&service, key, method, path, body).await;
            if rank < *needed {
                let refused = (403, Some("role_insufficient".to_owned()));
                assert_eq!(outcome(&reply), refused, "{method} {path} by {key}");
            } else {
                assert!(
                    reply.status < 300,
                    "{method} {path} by {key}: {}",
                    reply.text
                );
            }
        }
    }
}

#[tokio::test]
async fn a_key_for_some_collections_knows_no_others() {
    let service = locked().await;
    let forbidden = (403, Some("collection_forbidden".to_owned()));
    for path in ["/v1/collections/other", "/v1/collections/not-there"] {
        let reply = ask(&service, DOCS_READER, "GET", path, "").await;
        assert_eq!(outcome(&reply), forbidden, "{path}");
    }
    let reply = ask(&service, DOCS_READER, "GET", "/v1/collections/absent", "").await;
    assert_eq!(reply.status, 404, "allowed, and not there");
    let reply = ask(&service, DOCS_READER, "GET", "/v1/collections/d%6Fcs", "").await;
    assert_eq!(reply.json()["name"], "docs", "the name is compared decoded");
    for key in [DOCS_READER, DOCS_ADMIN] {
        let listed = ask(&service, key, "GET", "/v1/collections", "")
            .await
            .json();
        let names: Vec<_> = listed["collections"]
            .as_array()
            .expect("a list")
            .iter()
            .collect();
        assert_eq!(names.len(), 1, "{listed}");
        assert_eq!(names[0]["name"], "docs");
    }
    let reply = ask(&service, DOCS_ADMIN, "DELETE", "/v1/collections/other", "").await;
    assert_eq!(outcome(&reply), forbidden);
    let reply = ask(&service, DOCS_ADMIN, "DELETE", "/v1/collections/docs", "").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test]
async fn without_keys_an_authorization_header_is_ignored() {
    let service = Service::start().await;
    for value in ["Bearer kukla_anything", "Basic x", "nonsense"] {
        let headers = [("authorization", value)];
        let reply = service
            .send_with("GET", "/v1/collections", &headers, "")
            .await;
        assert_eq!(reply.status, 200, "{value}");
    }
}

#[tokio::test]
async fn a_key_that_made_its_requests_has_to_wait_and_others_need_not() {
    let service = Service::start_with(|config| {
        lock(config);
        config.limits.key_requests_per_minute = 2;
    })
    .await;
    for expected in [200, 200, 429, 429] {
        let reply = ask(&service, READER, "GET", "/v1/models", "").await;
        assert_eq!(reply.status, expected, "{}", reply.text);
        if expected == 429 {
            assert_eq!(reply.json()["error"]["code"], "rate_limited");
            let seconds: u64 = reply
                .retry_after
                .expect("a header")
                .parse()
                .expect("a number");
            assert!((1..=31).contains(&seconds), "{seconds}");
        }
    }
    assert_eq!(
        ask(&service, ADMIN, "GET", "/v1/models", "").await.status,
        200
    );
    let open = service.send_with("GET", "/healthz", &[], "").await;
    assert_eq!(open.status, 200);
}

#[tokio::test]
async fn a_server_with_a_key_may_listen_beyond_this_machine() {
    let service = Service::start_with(|config| {
        lock(config);
        config.listen = "0.0.0.0:0".parse().expect("an address");
    })
    .await;
    service.server.stop().await.expect("stops");
}

#[tokio::test]
async fn the_client_sends_its_key_and_hides_it() {
    let service = locked().await;
    let with = |key: Option<&str>| {
        let options = ClientOptions {
            api_key: key.map(ApiKey::new),
            ..ClientOptions::default()
        };
        Client::with_options(&service.url, options).expect("a client")
    };
    let reader = with(Some(&format!("{READER}\n")));
    assert_eq!(reader.collections().await.expect("allowed").len(), 2);
    for (client, code) in [
        (with(None), "key_missing"),
        (with(Some("kukla_wrong")), "key_unknown"),
    ] {
        let error = client.collections().await.expect_err("refused");
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::Forbidden, Some(code))
        );
    }
    let error = reader.delete_collection("docs").await.expect_err("refused");
    assert_eq!(error.code(), Some("role_insufficient"));
    assert!(!format!("{reader:?}").contains("read-read"));
    let options = ClientOptions {
        api_key: Some(ApiKey::new("two\nlines")),
        ..ClientOptions::default()
    };
    let error = Client::with_options(&service.url, options).expect_err("refused");
    assert!(!error.to_string().contains("two"), "{error}");
}

/// The program's whole output, standard output first.
fn kukla(arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kukla"))
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn kukla_key_shows_the_key_aside_and_prints_its_line() {
    let (is_fine, line, shown) = kukla(
        &["key", "web", "--role", "write", "--collections", "a,b"],
        &[],
    );
    assert!(is_fine, "{shown}");
    let secret = shown
        .split_whitespace()
        .find(|word| word.starts_with("kukla_"));
    let secret = secret.expect("the key is shown");
    assert!(line.starts_with("web write a,b blake3:"), "{line}");
    assert!(!line.contains(secret));
    let hash = blake3::hash(secret.as_bytes()).to_hex();
    assert!(line.trim_end().ends_with(hash.as_str()), "{line}");
    KeyLine::parse(line.trim_end()).expect("it can be configured");
    let (is_fine, line, problem) = kukla(&["key", "two words"], &[]);
    assert!(
        !is_fine && line.is_empty() && problem.contains("5 parts"),
        "{problem}"
    );
    let (is_fine, _, problem) = kukla(&["key", "a", "--collections", "a b"], &[]);
    assert!(!is_fine, "{problem}");
}

#[test]
fn a_checked_configuration_shows_neither_keys_nor_hashes() {
    let configured = line("web", "read", "docs", READER);
    let hash = configured.rsplit(':').next().expect("a hash");
    let lines = format!("{configured};{}", line("b", "admin", "*", ADMIN));
    let environment = [("KUKLA__KEYS__LINES", lines.as_str())];
    let (is_fine, printed, problem) = kukla(&["serve", "--check"], &environment);
    assert!(is_fine, "{problem}");
    assert!(printed.contains("web read docs blake3:hidden"), "{printed}");
    assert!(!printed.contains(hash), "{printed}");
    // A key put where its hash belongs is not repeated by the error.
    for wrong in [READER.to_owned(), format!("web read docs {READER}")] {
        let environment = [("KUKLA__KEYS__LINES", wrong.as_str())];
        let (is_fine, printed, problem) = kukla(&["serve", "--check"], &environment);
        assert!(!is_fine && printed.is_empty());
        assert!(problem.contains("setting `keys.lines`"), "{problem}");
        assert!(!problem.contains("read-read"), "{problem}");
    }
    let (is_fine, _, problem) = kukla(&["serve", "--check", "--keys", "/nowhere/keys"], &[]);
    assert!(
        !is_fine && problem.contains("setting `keys.file`"),
        "{problem}"
    );
    let environment = [("KUKLA__LIMITS__KEY_REQUESTS_PER_MINUTE", "5")];
    let (is_fine, _, problem) = kukla(&["serve", "--check"], &environment);
    assert!(
        !is_fine && problem.contains("no key is configured"),
        "{problem}"
    );
}
