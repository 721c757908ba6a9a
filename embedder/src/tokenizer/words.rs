//! Tokens of words that were seen before.
//!
//! A byte-level tokenizer cuts a text into words and each word into tokens, whatever stands around
//! it. Most words of a text were in texts before, so looking them up is most of the work. Who reads a
//! text takes a memory and gives it back: there are as many as read at once, and whoever comes next,
//! on whatever thread, knows what was read before.

use std::collections::HashMap;
use std::fmt;

use parking_lot::Mutex;

use crate::error::Result;

/// Words in one memory, and tokens of all of them: about ten megabytes. Then it begins anew, so
/// that words of an import gone by do not keep others out.
const WORDS_MAX: usize = 1 << 16;
const TOKENS_MAX: usize = 1 << 18;

/// Memories kept for the next texts; more are dropped when their text ends.
const IDLE_MAX: usize = 16;

/// A longer word is hardly met again.
const WORD_BYTES_MAX: usize = 64;

/// Words that were seen.
#[derive(Default)]
struct Known {
    /// Where the tokens of a word lie.
    places: HashMap<Box<[u8]>, (u32, u32)>,
    tokens: Vec<u32>,
}

/// The words that one tokenizer has seen.
#[derive(Default)]
pub(super) struct Words {
    /// The memories that nobody reads with now.
    idle: Mutex<Vec<Known>>,
}

impl Words {
    /// Adds the tokens of every word to `tokens`. `cut` does so for a word that is not
    /// known yet.
    pub(super) fn encode<'a>(
        &self,
        words: impl Iterator<Item = &'a str>,
        cut: impl Fn(&str, &mut Vec<u32>) -> Result<()>,
        tokens: &mut Vec<u32>,
    ) -> Result<()> {
        let mut known = self.idle.lock().pop().unwrap_or_default();
        for word in words {
            if !known.recall(word, tokens) {
                let first = tokens.len();
                cut(word, tokens)?;
                known.remember(word, &tokens[first..]);
            }
        }
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_MAX {
            idle.push(known);
        }
        Ok(())
    }
}

impl Known {
    /// Adds the tokens of a word that was seen before.
    fn recall(&self, word: &str, tokens: &mut Vec<u32>) -> bool {
        let place = self.places.get(word.as_bytes());
        if let Some((first, last)) = place {
            tokens.extend_from_slice(&self.tokens[*first as usize..*last as usize]);
        }
        place.is_some()
    }

    fn remember(&mut self, word: &str, tokens: &[u32]) {
        if self.places.len() >= WORDS_MAX || self.tokens.len() >= TOKENS_MAX {
            self.places.clear();
            self.tokens.clear();
        }
        if word.len() <= WORD_BYTES_MAX {
            let first = self.tokens.len() as u32;
            self.tokens.extend_from_slice(tokens);
            let place = (first, self.tokens.len() as u32);
            self.places.insert(word.as_bytes().into(), place);
        }
    }
}

/// Words are of texts, which are the callers' and do not belong in a log.
impl fmt::Debug for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Words").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
