//! Cuts a long text into chunks of bounded tokens, at headings, paragraphs and sentences where it
//! can. The only file that names `text_splitter`.

use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::error::{Error, Result};
use crate::tokenizer::Tokenizer;

/// How to cut a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunking {
    /// Tokens of one chunk at most, counted as the model reads it: prompt and end token included.
    pub tokens: usize,
    /// Tokens that neighbouring chunks share, about.
    pub overlap: usize,
}

/// The bytes of a text that one chunk covers; both ends are character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkSpan {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

impl Chunking {
    /// Refuses a chunk that the model cannot read or that leaves no room for text.
    fn check(&self, overhead: usize, tokens_max: usize) -> Result<()> {
        let invalid = |setting, found, expected| {
            Err(Error::SettingInvalid {
                setting,
                found,
                expected,
            })
        };
        let min = overhead + 1;
        if self.tokens < min || self.tokens > tokens_max {
            return invalid(
                "chunking.tokens",
                self.tokens,
                format!("{min} to {tokens_max}"),
            );
        }
        let room = self.tokens - overhead;
        if self.overlap >= room {
            return invalid(
                "chunking.overlap",
                self.overlap,
                format!("less than {room}"),
            );
        }
        Ok(())
    }
}

/// Counts tokens inside one text that was tokenized once.
///
/// The splitter asks for the size of many overlapping pieces; tokenizing each anew would cost
/// many times the text. A token on a boundary counts on both sides, so counts are not too low
/// by that; what merges differently at a boundary is caught by [`split`], which counts exactly.
struct Counter<'a> {
    text: &'a str,
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl ChunkSizer for Counter<'_> {
    fn size(&self, chunk: &str) -> usize {
        // A chunk is a piece of the text, so its place in memory tells its place in the text.
        let offset = (chunk.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let end = offset.saturating_add(chunk.len());
        if end > self.text.len() {
            return chunk.len(); // Not of this text: never more tokens than bytes.
        }
        let first = self.ends.partition_point(|token_end| *token_end <= offset);
        let last = self
            .starts
            .partition_point(|token_start| *token_start < end);
        last.saturating_sub(first)
    }
}

/// Returns the chunks of `text` in order, each within `chunking.tokens`.
///
/// A text that fits is one chunk, whole. White space between chunks is in none of them.
/// Errors are `Invalid` for a chunking that the model, with `tokens_max`, cannot read.
pub(crate) fn split(
    tokenizer: &Tokenizer,
    prompt: &str,
    text: &str,
    chunking: &Chunking,
    tokens_max: usize,
) -> Result<Vec<ChunkSpan>> {
    let count = |piece: &str| Ok(tokenizer.encode(prompt, piece)?.len());
    let overhead = count("")?;
    chunking.check(overhead, tokens_max)?;
    let whole = ChunkSpan {
        start: 0,
        end: text.len(),
    };
    // Most texts are short, and counting exactly costs as much as the model's own reading of them.
    let fits = tokenizer
        .count_bound(text)
        .is_some_and(|bound| overhead + bound <= chunking.tokens);
    if fits || count(text)? <= chunking.tokens {
        return Ok(vec![whole]);
    }
    let room = chunking.tokens - overhead;
    let (starts, ends) = tokenizer.spans(text)?.into_iter().unzip();
    let counter = Counter { text, starts, ends };
    let config = ChunkConfig::new(room).with_sizer(counter);
    let config = config
        .with_overlap(chunking.overlap)
        .map_err(|error| Error::Tokenizer {
            reason: format!("the splitter refused its settings: {error}"),
        })?;
    let mut chunks = Vec::new();
    for (start, chunk) in MarkdownSplitter::new(config).chunk_indices(text) {
        let span = ChunkSpan {
            start,
            end: start + chunk.len(),
        };
        push_bounded(&count, text, span, chunking.tokens, &mut chunks)?;
    }
    if chunks.is_empty() {
        // Only white space, but more tokens of it than a chunk holds.
        push_bounded(&count, text, whole, chunking.tokens, &mut chunks)?;
    }
    Ok(chunks)
}

/// Adds a span, halved between words for as long as it has more tokens than fit: a piece alone may
/// have a token more than it has within its text, because no space is before its first word.
fn push_bounded(
    count: &impl Fn(&str) -> Result<usize>,
    text: &str,
    span: ChunkSpan,
    tokens_max: usize,
    chunks: &mut Vec<ChunkSpan>,
) -> Result<()> {
    let mut rest = vec![span];
    while let Some(span) = rest.pop() {
        let piece = &text[span.start..span.end];
        let characters = piece.chars().count();
        if characters <= 1 || count(piece)? <= tokens_max {
            // One character is never cut, even where it alone has more tokens than fit.
            chunks.push(span);
            continue;
        }
        let middle = span.start + middle_of(piece);
        rest.push(ChunkSpan {
            start: middle,
            end: span.end,
        });
        rest.push(ChunkSpan {
            start: span.start,
            end: middle,
        });
    }
    Ok(())
}

/// Where to cut a piece of at least two characters in two: at the beginning of the word nearest to
/// its middle, or between two characters where it is one word.
fn middle_of(piece: &str) -> usize {
    let half = piece.len() / 2;
    let words = piece
        .split_word_bound_indices()
        .filter(|(offset, word)| *offset > 0 && word.starts_with(char::is_alphanumeric))
        .map(|(offset, _)| offset);
    let characters = || piece.char_indices().map(|(offset, _)| offset).skip(1);
    let distance = |offset: &usize| offset.abs_diff(half);
    words
        .min_by_key(distance)
        .or_else(|| characters().min_by_key(distance))
        .unwrap_or(half)
}

#[cfg(test)]
mod tests;
