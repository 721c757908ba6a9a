//! Changes to the payloads of several points.

use engine::PayloadChange;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::{ApiError, Result};
use crate::wire::filter::FilterBody;
use crate::wire::id::Id;
use crate::wire::payload::{self, Object};

/// Keys in one change of payloads.
const KEYS_MAX: usize = 1_000;

/// One change to the payloads of several points: `ids` or `filter`, and exactly one of the others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePayloads {
    #[schema(max_items = 10000)]
    pub(crate) ids: Option<Vec<Id>>,
    /// At most 10,000 points may match.
    pub(crate) filter: Option<FilterBody>,
    /// A JSON merge patch (RFC 7396): null removes a key.
    #[schema(value_type = Option<Object>)]
    pub(crate) merge: Option<Object>,
    /// Sets these keys as they are, and keeps the others.
    #[schema(value_type = Option<Object>)]
    pub(crate) set: Option<Object>,
    /// Removes these keys of the payload's first level.
    #[schema(max_items = 1000)]
    pub(crate) remove: Option<Vec<String>>,
    /// Becomes the whole payload; `{}` empties it.
    #[schema(value_type = Option<Object>)]
    pub(crate) replace: Option<Object>,
}

impl ChangePayloads {
    /// The one change.
    pub(crate) fn take_change(&mut self) -> Result<PayloadChange> {
        if let Some(keys) = self.remove.as_ref().filter(|keys| keys.len() > KEYS_MAX) {
            return Err(ApiError::invalid(
                "remove",
                "too_many",
                format!(
                    "`remove` has {} keys, at most {KEYS_MAX} are taken",
                    keys.len()
                ),
            ));
        }
        let changes = [
            self.merge
                .take()
                .map(|patch| PayloadChange::Merge(payload::to_engine(patch))),
            self.set
                .take()
                .map(|entries| PayloadChange::Set(payload::to_engine(entries))),
            self.remove.take().map(PayloadChange::Remove),
            self.replace
                .take()
                .map(|entries| PayloadChange::Replace(payload::to_engine(entries))),
        ];
        let mut changes = changes.into_iter().flatten();
        match (changes.next(), changes.next()) {
            (Some(change), None) => Ok(change),
            _ => Err(ApiError::invalid(
                "body",
                "one_change",
                "expected exactly one of `merge`, `set`, `remove` and `replace`",
            )),
        }
    }
}
