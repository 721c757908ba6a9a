//! Many texts to vectors, with a bar.

use embedder::{Embedder, InputKind};
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::Result;
use crate::matrix::Matrix;

/// Texts handed to the embedder at once, so that the bar moves.
const CHUNK_TEXTS: usize = 64;

/// A bar over texts.
pub(crate) fn bar(texts: usize, message: &str) -> ProgressBar {
    let template = "{msg} {bar:30} {pos}/{len} texts, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(texts as u64);
    bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
    bar.set_message(message.to_owned());
    bar
}

/// Embeds texts: `[texts, dimensions]`, rows of unit length.
pub(crate) fn embed<'a>(
    embedder: &Embedder,
    texts: impl Iterator<Item = &'a str>,
    kind: InputKind,
    bar: &ProgressBar,
) -> Result<Matrix> {
    let texts: Vec<&str> = texts.collect();
    let mut vectors = Matrix::zeros(0, embedder.info().dimensions);
    for chunk in texts.chunks(CHUNK_TEXTS) {
        let owned = chunk.iter().map(|&text| text.to_owned()).collect();
        for embedding in embedder.embed(owned, kind)? {
            vectors.values.extend(embedding.vector);
            vectors.rows += 1;
        }
        bar.inc(chunk.len() as u64);
    }
    Ok(vectors)
}
