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

/// A piece of a text, as one embedder's model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// First byte of the text that it covers, a character boundary.
    pub start: usize,
    /// Byte after the last, a character boundary.
    pub end: usize,
    /// Token ids, prompt and end token included: who cuts has to count, and so has read it already.
    pub(crate) tokens: Vec<u32>,
}

impl Chunk {
    /// Tokens of the chunk as the model reads it, prompt and end token included.
    pub fn tokens(&self) -> usize {
        self.tokens.len()
    }
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
/// Errors are `Invalid` for a chunking that the model, with `tokens_max`, cannot read, and for a
/// character that alone has more tokens than it reads.
pub(crate) fn split(
    tokenizer: &Tokenizer,
    prompt: &str,
    text: &str,
    chunking: &Chunking,
    tokens_max: usize,
) -> Result<Vec<Chunk>> {
    let read = |start: usize, end: usize| {
        let tokens = tokenizer.encode(prompt, &text[start..end])?;
        Ok(Chunk { start, end, tokens })
    };
    let overhead = tokenizer.encode(prompt, "")?.len();
    chunking.check(overhead, tokens_max)?;
    let whole = read(0, text.len())?;
    if whole.tokens() <= chunking.tokens {
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
        let chunk = read(start, start + chunk.len())?;
        push_bounded(&read, text, chunk, chunking.tokens, &mut chunks)?;
    }
    if chunks.is_empty() {
        // Only white space, but more tokens of it than a chunk holds.
        push_bounded(&read, text, whole, chunking.tokens, &mut chunks)?;
    }
    match chunks.iter().find(|chunk| chunk.tokens() > tokens_max) {
        Some(chunk) => Err(Error::TextTooLong {
            index: 0,
            tokens: chunk.tokens(),
            tokens_max,
        }),
        None => Ok(chunks),
    }
}

/// Adds a chunk, halved between words for as long as it has more tokens than fit: a piece alone may
/// have a token more than it has within its text, because no space is before its first word.
fn push_bounded(
    read: &impl Fn(usize, usize) -> Result<Chunk>,
    text: &str,
    chunk: Chunk,
    tokens_max: usize,
    chunks: &mut Vec<Chunk>,
) -> Result<()> {
    let mut rest = vec![chunk];
    while let Some(chunk) = rest.pop() {
        let piece = &text[chunk.start..chunk.end];
        if chunk.tokens() <= tokens_max || piece.chars().count() <= 1 {
            // One character is never cut, even where it alone has more tokens than fit.
            chunks.push(chunk);
            continue;
        }
        let middle = chunk.start + middle_of(piece);
        rest.push(read(middle, chunk.end)?);
        rest.push(read(chunk.start, middle)?);
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
