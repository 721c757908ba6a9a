//! The key a client sends.

use std::fmt;

/// A key of the server's, as `kukla key` shows it. It is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key; space around it, such as the end of a file's line, is left out.
    pub fn new(secret: &str) -> Self {
        Self(secret.trim().to_owned())
    }

    /// The value of the header that carries it.
    pub(crate) fn header(&self) -> Option<reqwest::header::HeaderValue> {
        let text = format!("Bearer {}", self.0);
        let mut value = reqwest::header::HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(hidden)")
    }
}
