//! Who may do what: the role each route needs, and the caller a request is from.

use std::sync::Arc;

use crate::keys::{KeyLine, Role, Scope};
use crate::problem::{ApiError, Result};

/// What a route needs of its caller, where keys are configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Open,
    /// A key of this role, for the collection in the path where there is one.
    Role(Role),
    /// A key of this role for all collections, because the answer or the change is not limited
    /// to one.
    Everywhere(Role),
}

use Need::{Everywhere, Open, Role as For};
use Role::{Admin, Read, Write};

/// Every route with what it needs. A test compares it with the contract.
#[rustfmt::skip] // One line a path, so that the table can be read.
const TABLE: &[(&str, &str, Need)] = &[
    ("GET", "/healthz", Open),
    ("GET", "/readyz", Open),
    ("GET", "/openapi.json", Open),
    // Its labels name every collection.
    ("GET", "/metrics", Everywhere(Read)),
    // Names only what the key is for.
    ("GET", "/v1/collections", For(Read)),
    ("PUT", "/v1/collections/{collection}", For(Admin)),
    ("GET", "/v1/collections/{collection}", For(Read)),
    ("PATCH", "/v1/collections/{collection}", For(Admin)),
    ("DELETE", "/v1/collections/{collection}", For(Admin)),
    ("GET", "/v1/collections/{collection}/export", For(Read)),
    ("PUT", "/v1/collections/{collection}/points", For(Write)),
    ("GET", "/v1/collections/{collection}/points/{id}", For(Read)),
    ("DELETE", "/v1/collections/{collection}/points/{id}", For(Write)),
    ("PATCH", "/v1/collections/{collection}/points/{id}/payload", For(Write)),
    ("POST", "/v1/collections/{collection}/points/payload", For(Write)),
    ("POST", "/v1/collections/{collection}/points/get", For(Read)),
    ("POST", "/v1/collections/{collection}/points/delete", For(Write)),
    ("POST", "/v1/collections/{collection}/points/count", For(Read)),
    ("POST", "/v1/collections/{collection}/points/facet", For(Read)),
    ("POST", "/v1/collections/{collection}/points/scroll", For(Read)),
    ("POST", "/v1/collections/{collection}/search", For(Read)),
    // A key for an alias is a key for whatever the alias names, so only who has every collection
    // may change what that is.
    ("GET", "/v1/aliases", Everywhere(Read)),
    ("POST", "/v1/aliases", Everywhere(Admin)),
    ("GET", "/v1/aliases/{alias}", Everywhere(Read)),
    ("PUT", "/v1/aliases/{alias}", Everywhere(Admin)),
    ("DELETE", "/v1/aliases/{alias}", Everywhere(Admin)),
    ("POST", "/v1/embeddings", For(Read)),
    ("GET", "/v1/models", For(Read)),
    // Each tool asks for its role and its collection.
    ("POST", "/mcp", For(Read)),
    ("GET", "/", Open),
    ("GET", "/collections", For(Read)),
    ("GET", "/aliases", Everywhere(Read)),
    ("POST", "/collections/aliases", Everywhere(Admin)),
    ("PUT", "/collections/{collection}", For(Admin)),
    ("GET", "/collections/{collection}", For(Read)),
    ("DELETE", "/collections/{collection}", For(Admin)),
    ("GET", "/collections/{collection}/aliases", For(Read)),
    ("GET", "/collections/{collection}/exists", For(Read)),
    ("POST", "/collections/{collection}/facet", For(Read)),
    ("PUT", "/collections/{collection}/index", For(Write)),
    ("PUT", "/collections/{collection}/points", For(Write)),
    ("POST", "/collections/{collection}/points", For(Read)),
    ("GET", "/collections/{collection}/points/{id}", For(Read)),
    ("POST", "/collections/{collection}/points/delete", For(Write)),
    ("POST", "/collections/{collection}/points/count", For(Read)),
    ("POST", "/collections/{collection}/points/scroll", For(Read)),
    ("POST", "/collections/{collection}/points/query", For(Read)),
    ("POST", "/collections/{collection}/points/query/batch", For(Read)),
    ("POST", "/collections/{collection}/points/payload", For(Write)),
    ("PUT", "/collections/{collection}/points/payload", For(Write)),
    ("POST", "/collections/{collection}/points/payload/delete", For(Write)),
    ("POST", "/collections/{collection}/points/payload/clear", For(Write)),
];

/// What a route needs. One that is not in the table needs the most there is.
pub(crate) fn need(method: &str, route: &str) -> Need {
    let method = if method == "HEAD" { "GET" } else { method };
    TABLE
        .iter()
        .find(|(found, path, _)| *found == method && *path == route)
        .map_or(Everywhere(Admin), |(_, _, need)| *need)
}

/// Who a request is from: the holder of a key, or anyone where no key is configured.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// No key is configured, or none is needed and none was shown.
    Anyone,
    /// The holder of this key.
    Key(Arc<KeyLine>),
}

impl Caller {
    /// What to call it in logs.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Anyone => "anyone",
            Self::Key(key) => &key.name,
        }
    }

    /// Whether it may know of a collection.
    pub(crate) fn may_see(&self, collection: &str) -> bool {
        match self {
            Self::Anyone => true,
            Self::Key(key) => key.scope.covers(collection),
        }
    }

    /// Refuses what the key does not allow. `collection` is the one that the request names.
    pub(crate) fn check(&self, need: Need, collection: Option<&str>) -> Result<()> {
        let Self::Key(key) = self else {
            return Ok(());
        };
        let (role, is_everywhere) = match need {
            Open => return Ok(()),
            For(role) => (role, false),
            Everywhere(role) => (role, true),
        };
        if key.role < role {
            return Err(ApiError::new(
                "role_insufficient",
                format!(
                    "key `{}` has the role {}, this needs {}",
                    key.name,
                    key.role.word(),
                    role.word()
                ),
            ));
        }
        match collection {
            Some(name) => self.check_collection(name),
            None if is_everywhere && key.scope != Scope::All => Err(ApiError::new(
                "collection_forbidden",
                format!(
                    "key `{}` is for some collections only, this needs one for all",
                    key.name
                ),
            )),
            None => Ok(()),
        }
    }

    /// Refuses a collection that the key is not for, whether or not it exists.
    pub(crate) fn check_collection(&self, name: &str) -> Result<()> {
        if self.may_see(name) {
            return Ok(());
        }
        Err(ApiError::invalid(
            "collection",
            "collection_forbidden",
            format!("key `{}` is not for collection `{name}`", self.name()),
        ))
    }
}

#[cfg(test)]
mod tests;
