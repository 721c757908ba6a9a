//! Encrypted connections, with a certificate made on the spot.

use kukla_client::{ApiKey, Client, ClientOptions, ErrorKind};
use rcgen::CertifiedKey;
use server::{Config, KeyLine, Server, ServerError};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::config;

struct Encrypted {
    server: Server,
    certificate: Vec<u8>,
    _data: TempDir,
}

/// A server on 127.0.0.1 whose certificate is for that address.
async fn start(change: impl FnOnce(&mut Config)) -> Encrypted {
    let data = tempfile::tempdir().expect("a folder");
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let mut config = config(data.path());
    let certificate_file = data.path().join("certificate.pem");
    let key_file = data.path().join("key.pem");
    std::fs::write(&certificate_file, cert.pem()).expect("written");
    std::fs::write(&key_file, signing_key.serialize_pem()).expect("written");
    config.tls.certificate_file = Some(certificate_file);
    config.tls.key_file = Some(key_file);
    change(&mut config);
    Encrypted {
        server: Server::start(config).await.expect("starts"),
        certificate: cert.pem().into_bytes(),
        _data: data,
    }
}

fn client(encrypted: &Encrypted, is_trusting: bool, key: Option<&str>) -> Client {
    let options = ClientOptions {
        certificates: is_trusting.then(|| encrypted.certificate.clone()),
        api_key: key.map(ApiKey::new),
        retries_max: 0,
        ..ClientOptions::default()
    };
    Client::with_options(&encrypted.server.url(), options).expect("a client")
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_comes_in_and_no_other() {
    let encrypted = start(|_| {}).await;
    assert!(encrypted.server.url().starts_with("https://127.0.0.1:"));
    client(&encrypted, true, None).ready().await.expect("ready");
    let error = client(&encrypted, false, None).ready().await;
    assert_eq!(
        error.expect_err("unknown issuer").kind(),
        ErrorKind::Unavailable
    );
    encrypted.server.stop().await.expect("stops");
}

#[tokio::test]
async fn a_key_crosses_encrypted() {
    let hash = blake3::hash(b"kukla_secret").to_hex();
    let line = KeyLine::parse(&format!("web read * blake3:{hash}")).expect("a line");
    let encrypted = start(|config| config.keys.lines = vec![line]).await;
    let reader = client(&encrypted, true, Some("kukla_secret"));
    assert!(reader.collections().await.expect("allowed").is_empty());
    let error = client(&encrypted, true, None).collections().await;
    assert_eq!(error.expect_err("no key").code(), Some("key_missing"));
}

#[tokio::test]
async fn plain_words_to_an_encrypted_port_get_no_answer_and_stop_nobody() {
    let encrypted = start(|_| {}).await;
    let mut plain = TcpStream::connect(encrypted.server.address())
        .await
        .expect("connected");
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = Vec::new();
    // The server may close with bytes unread, which is a reset to the reader.
    if plain.read_to_end(&mut answer).await.is_ok() {
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    // A caller who says nothing holds up nobody else's handshake.
    let _silent = TcpStream::connect(encrypted.server.address())
        .await
        .expect("connected");
    client(&encrypted, true, None).ready().await.expect("ready");
}

#[tokio::test]
async fn files_that_are_no_pair_stop_the_start_before_anything_is_made() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = config(data.path());
    config.tls.certificate_file = Some(data.path().join("absent.pem"));
    config.tls.key_file = config.tls.certificate_file.clone();
    let error = Server::start(config).await.expect_err("refused");
    assert!(
        matches!(&error, ServerError::Config { name: "tls.certificate_file", problem }
            if problem.contains("absent.pem")),
        "{error}"
    );
    assert!(!data.path().join("data").exists(), "nothing was made");
}
