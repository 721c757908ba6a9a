//! Everything about a point that can be wrong without asking the model.

use std::collections::HashMap;

use engine::{CollectionSchema, Condition};

use super::{CheckedPoint, Target, to_u32};
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::collection::Chunking;
use crate::wire::payload;
use crate::wire::point::{TextFormat, UpsertPoint};
use crate::{chunks, html};

/// The longest chunk by default: about 190 English words, one or two paragraphs. Passages of
/// this length are what retrieval models are trained on; a longer chunk averages several
/// subjects into one vector, a shorter one loses what its pronouns refer to.
const CHUNK_TOKENS: usize = 256;

/// What neighbours share by default: an eighth, about one sentence, so that a statement at a
/// cut is whole in one of them.
const CHUNK_OVERLAP: usize = 32;

/// Shorter chunks hold less than a sentence, and a long text would make too many of them.
const CHUNK_TOKENS_MIN: usize = 16;

/// Finds every fault that needs no model, so that nothing is embedded in vain.
pub(super) fn check_batch(
    state: &AppState,
    target: &Target,
    points: Vec<UpsertPoint>,
) -> Result<Vec<CheckedPoint>> {
    let points_max = state.config.engine.write_points_max;
    if points.is_empty() || points.len() > points_max {
        let code = if points.is_empty() {
            "empty"
        } else {
            "too_many"
        };
        return Err(ApiError::invalid(
            "points",
            code,
            format!(
                "`points` has {} entries, expected 1 to {points_max}",
                points.len()
            ),
        ));
    }
    let mut checked = Vec::with_capacity(points.len());
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::with_capacity(points.len());
    for (index, point) in points.into_iter().enumerate() {
        let point = check_point(state, target, point, &format!("points[{index}]."))?;
        if let Some(first) = seen.insert(point.id.key(), index) {
            return Err(ApiError::invalid(
                format!("points[{index}].id"),
                "duplicate_id",
                format!("`{}` is also the id of points[{first}]", point.id),
            ));
        }
        checked.push(point);
    }
    Ok(checked)
}

/// Checks one point; `at` is what its fields are named after, such as `points[3].`.
pub(crate) fn check_point(
    state: &AppState,
    target: &Target,
    point: UpsertPoint,
    at: &str,
) -> Result<CheckedPoint> {
    let id = point.id.check(&format!("{at}id"))?;
    let text = read_text(state, point.text, point.format, at)?;
    let dimensions = target.schema().dimensions as usize;
    let ready = chunks::check(point.vector, point.chunks, text.as_deref(), dimensions, at)?;
    let checked = CheckedPoint {
        id,
        text,
        ready,
        payload: payload::to_engine(point.payload.unwrap_or_default()),
        expires_at_ms: point.expires_at,
        condition: condition(point.if_sequence, point.if_exists, at)?,
    };
    check_source(
        state,
        target,
        &checked,
        point.model_fingerprint.as_deref(),
        at,
    )?;
    Ok(checked)
}

fn condition(if_sequence: Option<u64>, if_exists: Option<bool>, at: &str) -> Result<Condition> {
    match (if_sequence, if_exists.unwrap_or(false)) {
        (None, false) => Ok(Condition::Always),
        (Some(sequence), false) => Ok(Condition::IfSequence(sequence)),
        (None, true) => Ok(Condition::IfExists),
        (Some(sequence), true) => Err(ApiError::invalid(
            format!("{at}if_exists"),
            "two_conditions",
            format!(
                "`if_exists` is true beside `if_sequence` {sequence}, expected one of them; a \
                 sequence above 0 already says that the point exists"
            ),
        )),
    }
}

/// The text to store, of what was sent in its format.
fn read_text(
    state: &AppState,
    sent: Option<String>,
    format: Option<TextFormat>,
    at: &str,
) -> Result<Option<String>> {
    let Some(sent) = sent else {
        return match format {
            None => Ok(None),
            Some(_) => Err(ApiError::invalid(
                format!("{at}format"),
                "format_without_text",
                "`format` says what `text` is, and there is none; leave it out",
            )),
        };
    };
    let field = format!("{at}text");
    let bytes_max = state.config.model.text_bytes_max;
    check_text(&sent, &field, bytes_max)?;
    match format {
        None | Some(TextFormat::Plain | TextFormat::Markdown) => Ok(Some(sent)),
        Some(TextFormat::Html) => {
            let text = html::to_text(&sent);
            check_text(&text, &field, bytes_max)?;
            Ok(Some(text))
        }
    }
}

/// Refuses an empty text and one over the limit.
pub(crate) fn check_text(text: &str, field: &str, bytes_max: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ApiError::invalid(
            field,
            "text_empty",
            format!("`{field}` is empty, expected some words"),
        ));
    }
    if text.len() > bytes_max {
        return Err(ApiError::invalid(
            field,
            "text_too_long",
            format!(
                "`{field}` has {} bytes, at most {bytes_max} are taken; cut it into several points",
                text.len()
            ),
        ));
    }
    Ok(())
}

/// Decides whether text and vector are what this collection takes.
fn check_source(
    state: &AppState,
    target: &Target,
    point: &CheckedPoint,
    fingerprint: Option<&str>,
    at: &str,
) -> Result<()> {
    let schema = target.schema();
    let Some(model) = &schema.model else {
        if point.ready.is_none() {
            return Err(ApiError::invalid(
                format!("{at}vector"),
                "vector_required",
                "the collection has no model, so every point needs a `vector`",
            ));
        }
        return match fingerprint {
            None => Ok(()),
            Some(_) => Err(ApiError::invalid(
                format!("{at}model_fingerprint"),
                "fingerprint_unused",
                "the collection has no model; leave `model_fingerprint` out",
            )),
        };
    };
    match (&point.ready, &point.text, fingerprint) {
        (Some(_), _, Some(found)) if found == model.fingerprint => Ok(()),
        (Some(_), _, Some(found)) => Err(ApiError::invalid(
            format!("{at}model_fingerprint"),
            "fingerprint_mismatch",
            format!(
                "the vector is from `{found}`, the collection is of `{}` ({})",
                model.fingerprint, model.name
            ),
        )),
        (Some(_), _, None) => Err(ApiError::invalid(
            format!("{at}model_fingerprint"),
            "fingerprint_required",
            format!(
                "the collection is of model `{}`: a ready vector must name the \
                 `model_fingerprint` it is from, or send `text` alone",
                model.name
            ),
        )),
        (None, Some(_), _) => {
            check_model(state, &schema).map_err(|error| error.at(&format!("{at}text")))
        }
        (None, None, _) => Err(ApiError::invalid(
            format!("{at}text"),
            "text_required",
            "the point has neither `text` nor `vector`",
        )),
    }
}

/// Refuses to embed for a collection of another model than the one that is loaded.
pub(crate) fn check_model(state: &AppState, schema: &CollectionSchema) -> Result<()> {
    let loaded = state.model.info();
    match &schema.model {
        Some(model) if model.fingerprint != loaded.fingerprint => Err(ApiError::new(
            "model_mismatch",
            format!(
                "the collection is of model `{}` ({}), the server has loaded `{}` ({}); start it \
                 with `--model {}`, or bring vectors with their `model_fingerprint`",
                model.name, model.fingerprint, loaded.name, loaded.fingerprint, model.name
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Default chunking within what the model reads.
pub(crate) fn default_chunking(tokens_max: usize) -> Chunking {
    let tokens = CHUNK_TOKENS.min(tokens_max);
    Chunking {
        tokens: to_u32(tokens),
        overlap: to_u32(CHUNK_OVERLAP.min(tokens / 8)),
    }
}

/// Refuses chunks that the model cannot read, or that overlap so much that they go nowhere.
pub(crate) fn check_chunking(chunking: Chunking, tokens_max: usize) -> Result<Chunking> {
    let tokens = chunking.tokens as usize;
    if tokens < CHUNK_TOKENS_MIN.min(tokens_max) || tokens > tokens_max {
        return Err(ApiError::invalid(
            "chunking.tokens",
            "chunking_out_of_range",
            format!("`chunking.tokens` is {tokens}, expected {CHUNK_TOKENS_MIN} to {tokens_max}"),
        ));
    }
    if chunking.overlap > chunking.tokens / 2 {
        return Err(ApiError::invalid(
            "chunking.overlap",
            "chunking_out_of_range",
            format!(
                "`chunking.overlap` is {}, expected at most half of `chunking.tokens`, {}",
                chunking.overlap,
                chunking.tokens / 2
            ),
        ));
    }
    Ok(chunking)
}
