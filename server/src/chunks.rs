//! Vectors that a caller brings, as the chunks of a point.

use engine::{CHUNKS_MAX, Chunk, Span};

use crate::problem::{ApiError, Result};
use crate::wire::point::UpsertChunk;

/// Checks `vector` or `chunks` of a point; none where there is neither. `at` is what fields are
/// named after, such as `points[3].`.
pub(crate) fn check(
    vector: Option<Vec<f32>>,
    chunks: Option<Vec<UpsertChunk>>,
    text: Option<&str>,
    dimensions: usize,
    at: &str,
) -> Result<Option<Vec<Chunk>>> {
    let text = text.unwrap_or_default();
    match (vector, chunks) {
        (None, None) => Ok(None),
        (Some(vector), None) => {
            check_vector(&vector, &format!("{at}vector"), dimensions)?;
            let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let span = Span { start: 0, end };
            Ok(Some(vec![Chunk { span, vector }]))
        }
        (None, Some(chunks)) => check_all(chunks, text, dimensions, at).map(Some),
        (Some(_), Some(_)) => Err(ApiError::invalid(
            format!("{at}chunks"),
            "vector_or_chunks",
            "the point has both `vector` and `chunks`, expected one of them",
        )),
    }
}

fn check_all(
    chunks: Vec<UpsertChunk>,
    text: &str,
    dimensions: usize,
    at: &str,
) -> Result<Vec<Chunk>> {
    let count = chunks.len();
    if count == 0 || count > CHUNKS_MAX {
        return Err(ApiError::invalid(
            format!("{at}chunks"),
            if count == 0 { "empty" } else { "too_many" },
            format!("`{at}chunks` has {count} entries, expected 1 to {CHUNKS_MAX}"),
        ));
    }
    // The byte of each character, so that many chunks do not each count from the beginning.
    let mut bytes: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
    bytes.push(text.len());
    let mut checked = Vec::with_capacity(count);
    for (index, chunk) in chunks.into_iter().enumerate() {
        let field = format!("{at}chunks[{index}]");
        check_vector(&chunk.vector, &format!("{field}.vector"), dimensions)?;
        let (start, end) = (bytes.get(chunk.start), bytes.get(chunk.end));
        let span = match (start, end) {
            (Some(start), Some(end)) if start <= end => Span {
                start: u32::try_from(*start).unwrap_or(u32::MAX),
                end: u32::try_from(*end).unwrap_or(u32::MAX),
            },
            _ => {
                let characters = bytes.len() - 1;
                return Err(ApiError::invalid(
                    field.clone(),
                    "chunk_out_of_range",
                    format!(
                        "`{field}` is from {} to {}, the text has {characters} characters",
                        chunk.start, chunk.end
                    ),
                ));
            }
        };
        checked.push(Chunk {
            span,
            vector: chunk.vector,
        });
    }
    Ok(checked)
}

/// Refuses what can be seen in one vector alone; the engine knows the rest.
fn check_vector(vector: &[f32], field: &str, dimensions: usize) -> Result<()> {
    if vector.len() != dimensions {
        return Err(ApiError::invalid(
            field,
            "dimension_mismatch",
            format!(
                "`{field}` has {} numbers, the collection has {dimensions} dimensions",
                vector.len()
            ),
        ));
    }
    match vector.iter().position(|number| !number.is_finite()) {
        Some(index) => Err(ApiError::invalid(
            field,
            "vector_not_finite",
            format!("`{field}[{index}]` is not a finite 32-bit number"),
        )),
        None => Ok(()),
    }
}
