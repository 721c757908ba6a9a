//! A running server in a folder of its own, and requests as raw as a test needs them.

use std::path::Path;

use kukla_client::Client;
use serde_json::Value;
use server::{Config, Server};
use tempfile::TempDir;

/// A model folder of a few kilobytes.
pub(crate) const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../embedder/tests/data/tiny");

/// Asks until the answer is yes; the test runner's patience is the deadline.
pub(crate) async fn until<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    let asked = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), asked)
        .await
        .expect("in time");
}

/// A server, its data and a way to ask it.
pub(crate) struct Service {
    pub(crate) server: Server,
    pub(crate) url: String,
    pub(crate) client: Client,
    http: reqwest::Client,
    pub(crate) data: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) authenticate: Option<String>,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// The configuration of a test server in `data`.
pub(crate) fn config(data: &Path) -> Config {
    let mut config = Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        data: data.join("data"),
        ..Config::default()
    };
    config.model.source = TINY.to_owned();
    config
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let mut config = config(data.path());
        change(&mut config);
        let server = Server::start(config).await.expect("the server starts");
        let url = format!("http://{}", server.address());
        let client = Client::new(&url).expect("an address");
        Self {
            server,
            url,
            client,
            http: reqwest::Client::new(),
            data,
        }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Reply {
        let headers: &[(&str, &str)] = &[("content-type", kind)];
        let headers = if kind.is_empty() { &[] } else { headers };
        self.request(method, path, headers, body).await
    }

    /// Sends JSON with further headers.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let kind = [("content-type", "application/json")];
        let headers = [headers, &kind].concat();
        self.request(method, path, &headers, body.as_bytes().to_vec())
            .await
    }

    async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await.expect("an answer");
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().expect("ascii").to_owned())
        };
        Reply {
            status: response.status().as_u16(),
            kind: header("content-type").unwrap_or_default(),
            retry_after: header("retry-after"),
            authenticate: header("www-authenticate"),
            text: response.text().await.expect("a body"),
        }
    }

    pub(crate) async fn json(&self, method: &str, path: &str, body: &str) -> Reply {
        self.send(method, path, "application/json", body.as_bytes().to_vec())
            .await
    }

    /// Makes `docs` of the model and `vectors` of three dimensions.
    pub(crate) async fn with_collections(self) -> Self {
        let reply = self.json("PUT", "/v1/collections/docs", "{}").await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let body = r#"{"model":null,"dimensions":3}"#;
        let reply = self.json("PUT", "/v1/collections/vectors", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        self
    }
}
