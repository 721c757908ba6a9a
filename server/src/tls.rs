//! Certificate and key files to what encrypts connections. The only file that names rustls.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// An encrypted connection.
pub(crate) type TlsStream = tokio_rustls::server::TlsStream<TcpStream>;

/// Where the certificate and its key are; without them connections are plain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsConfig {
    /// Certificates in PEM, the server's own first, then those that vouch for it.
    pub certificate_file: Option<PathBuf>,
    /// The certificate's private key in PEM.
    pub key_file: Option<PathBuf>,
}

impl TlsConfig {
    /// Whether connections are encrypted.
    pub fn is_on(&self) -> bool {
        self.certificate_file.is_some() || self.key_file.is_some()
    }
}

/// Encrypts the connections of a listener.
#[derive(Clone)]
pub(crate) struct Encryption(TlsAcceptor);

impl Encryption {
    /// Reads the files, or none where none are named. The error is (setting, problem).
    pub(crate) fn load(config: &TlsConfig) -> Result<Option<Self>, (&'static str, String)> {
        let (certificate_file, key_file) = match (&config.certificate_file, &config.key_file) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) => return Err(lacks("tls.key_file", "tls.certificate_file")),
            (None, Some(_)) => return Err(lacks("tls.certificate_file", "tls.key_file")),
        };
        let certificates = read_certificates(certificate_file)
            .map_err(|problem| at("tls.certificate_file", certificate_file, &problem))?;
        let key = PrivateKeyDer::from_pem_file(key_file)
            .map_err(|error| at("tls.key_file", key_file, &key_problem(&error)))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| at("tls.certificate_file", certificate_file, &error))?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(|error| at("tls.key_file", key_file, &pair_problem(&error)))?;
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Some(Self(Arc::new(server).into())))
    }

    /// The handshake of one connection.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream> {
        self.0.accept(stream).await
    }
}

fn lacks(missing: &'static str, given: &str) -> (&'static str, String) {
    let problem = format!("is needed where {given} is set; a certificate and its key go together");
    (missing, problem)
}

fn at(setting: &'static str, path: &Path, problem: &dyn Display) -> (&'static str, String) {
    (setting, format!("`{}` {problem}", path.display()))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unreadable = |error| format!("cannot be read as PEM: {error}");
    let certificates = CertificateDer::pem_file_iter(path).map_err(unreadable)?;
    let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(unreadable)?;
    if certificates.is_empty() {
        return Err("holds no certificate, expected -----BEGIN CERTIFICATE-----".to_owned());
    }
    Ok(certificates)
}

fn key_problem(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::NoItemsFound => {
            "holds no private key, expected -----BEGIN PRIVATE KEY----- (a key with a password is \
             not taken)"
                .to_owned()
        }
        other => format!("cannot be read as PEM: {other}"),
    }
}

fn pair_problem(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            "is not the key of the first certificate in tls.certificate_file".to_owned()
        }
        other => format!("cannot be used with its certificate: {other}"),
    }
}

#[cfg(test)]
mod tests;
