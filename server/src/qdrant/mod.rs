//! Qdrant's facade: its requests carried out by the functions behind our own routes.

pub(crate) mod aliases;
pub(crate) mod collections;
pub(crate) mod points;
pub(crate) mod query;

use engine::CollectionSchema;

use crate::catalog;
use crate::ingest;
use crate::problem::{ApiError, Result};
use crate::state::AppState;

/// Refuses to embed for another model than the loaded one, or to a length it does not offer.
fn check_model(
    state: &AppState,
    schema: &CollectionSchema,
    model: &str,
    field: &str,
) -> Result<()> {
    let info = state.model.info();
    if model != info.name && model != info.fingerprint {
        return Err(ApiError::invalid(
            field,
            "model_not_loaded",
            format!(
                "`{field}` is of model `{model}`, the server has loaded `{}`",
                info.name
            ),
        ));
    }
    ingest::check_model(state, schema).map_err(|error| error.at(field))?;
    let dimensions = schema.dimensions as usize;
    catalog::check_offered(&info.prefix_lengths, info.dimensions, dimensions)
}
