//! Files that are no pair, and the pair that is.

use rcgen::CertifiedKey;

use super::*;

fn made() -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    (cert.pem(), signing_key.serialize_pem())
}

fn load(certificate: Option<&str>, key: Option<&str>) -> Result<bool, (&'static str, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let keep = |name: &str, text: Option<&str>| {
        text.map(|text| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        })
    };
    let config = TlsConfig {
        certificate_file: keep("certificate.pem", certificate),
        key_file: keep("key.pem", key),
    };
    Encryption::load(&config).map(|found| found.is_some())
}

#[test]
fn a_pair_is_loaded_and_no_files_are_no_encryption() {
    let (certificate, key) = made();
    assert_eq!(load(Some(&certificate), Some(&key)), Ok(true));
    assert_eq!(load(None, None), Ok(false));
}

#[test]
fn what_is_no_pair_says_which_file_and_why() {
    let (certificate, key) = made();
    let (other, _) = made();
    let cases = [
        (Some(&*certificate), None, "tls.key_file", "is needed where"),
        (None, Some(&*key), "tls.certificate_file", "is needed where"),
        (
            Some(&*other),
            Some(&*key),
            "tls.key_file",
            "not the key of the first certificate",
        ),
        (
            Some(&*key),
            Some(&*key),
            "tls.certificate_file",
            "holds no certificate",
        ),
        (
            Some(&*certificate),
            Some(&*certificate),
            "tls.key_file",
            "holds no private key",
        ),
        (
            Some(""),
            Some(&*key),
            "tls.certificate_file",
            "holds no certificate",
        ),
        (
            Some("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
            Some(&*key),
            "tls.certificate_file",
            "cannot be read as PEM",
        ),
        (
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            Some(&*key),
            "tls.key_file",
            "cannot be used with its certificate",
        ),
    ];
    for (certificate, key, setting, expected) in cases {
        let (found, problem) = load(certificate, key).expect_err(expected);
        assert_eq!(found, setting, "{problem}");
        assert!(problem.contains(expected), "{problem}");
        // The key's own lines are never repeated.
        let secret = key.and_then(|key| key.lines().nth(1)).unwrap_or("-");
        assert!(secret.len() < 8 || !problem.contains(secret), "{problem}");
    }
}

#[test]
fn a_file_that_is_not_there() {
    let config = TlsConfig {
        certificate_file: Some("/nowhere/certificate.pem".into()),
        key_file: Some("/nowhere/key.pem".into()),
    };
    let (setting, problem) = Encryption::load(&config).err().expect("refused");
    assert_eq!(setting, "tls.certificate_file");
    assert!(problem.contains("/nowhere/certificate.pem"), "{problem}");
}
