//! Many texts to vectors, with a bar.

use embedder::{Embedder, InputKind};
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::{Error, Result};
use crate::matrix::Matrix;

/// Texts handed to the embedder at once, so that the bar moves.
const CHUNK_TEXTS: usize = 64;

/// A bar over texts.
pub(crate) fn bar(texts: usize, message: &str) -> ProgressBar {
    bar_from(texts, 0, message)
}

/// A bar over texts of which `done` are done.
pub(crate) fn bar_from(texts: usize, done: usize, message: &str) -> ProgressBar {
    let template = "{msg} {bar:30} {pos}/{len} texts, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(texts as u64).with_position(done as u64);
    bar.reset_eta();
    bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
    bar.set_message(message.to_owned());
    bar
}

/// Embeds texts: `[texts, dimensions]`, rows of unit length. A text that is too long is an error
/// that says which one of what the bar is about.
pub(crate) fn embed<'a>(
    embedder: &Embedder,
    texts: impl Iterator<Item = &'a str>,
    kind: InputKind,
    bar: &ProgressBar,
) -> Result<Matrix> {
    let texts: Vec<&str> = texts.collect();
    let mut vectors = Matrix::zeros(0, embedder.info().dimensions);
    for (number, chunk) in texts.chunks(CHUNK_TEXTS).enumerate() {
        let owned = chunk.iter().map(|&text| text.to_owned()).collect();
        let embedded = embedder.embed(owned, kind);
        let place = |error| in_place(error, number * CHUNK_TEXTS, kind, &bar.message());
        for embedding in embedded.map_err(place)? {
            vectors.values.extend(embedding.vector);
            vectors.rows += 1;
        }
        bar.inc(chunk.len() as u64);
    }
    Ok(vectors)
}

/// Names the text by its place among all, not among those handed in at once.
fn in_place(error: embedder::Error, first: usize, kind: InputKind, of: &str) -> Error {
    let embedder::Error::TextTooLong {
        index,
        tokens,
        tokens_max,
    } = error
    else {
        return error.into();
    };
    let what = match kind {
        InputKind::Document => "document",
        InputKind::Query => "query",
    };
    let number = first + index + 1;
    Error::argument(format!(
        "{of}: {what} {number} has {tokens} tokens, the model reads at most {tokens_max}; cut it \
         first"
    ))
}
