//! Tokens of words that were seen before.
//!
//! A byte-level tokenizer cuts a text into words and each word into tokens, whatever stands around
//! it. Most words of a text were in texts before, so looking them up is most of the work. Each
//! thread remembers its own words: nothing is locked.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Result;

/// Words a thread remembers, and tokens of all of them: about ten megabytes. Then it begins anew,
/// so that words of an import gone by do not keep others out.
const WORDS_MAX: usize = 1 << 16;
const TOKENS_MAX: usize = 1 << 18;

/// A longer word is hardly met again.
const WORD_BYTES_MAX: usize = 64;

/// Numbers tokenizers, so that a thread that works for two never mixes their words up.
static NEXT_OWNER: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::new(Known::default());
}

/// What a thread remembers, of one tokenizer at a time.
#[derive(Default)]
struct Known {
    owner: Option<u64>,
    /// Where the tokens of a word lie.
    places: HashMap<Box<[u8]>, (u32, u32)>,
    tokens: Vec<u32>,
}

/// A tokenizer's view of what threads remember.
#[derive(Debug)]
pub(super) struct Words {
    owner: u64,
    /// How byte-level tokenizers write each byte (Radford et al., 2019: bytes that print stand for
    /// themselves, the others for the characters from 256 on).
    alphabet: [char; 256],
}

impl Words {
    pub(super) fn new() -> Self {
        let mut alphabet = ['\0'; 256];
        let mut others = (256..).filter_map(char::from_u32);
        for (byte, character) in (0..=255u8).zip(&mut alphabet) {
            let prints = matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
            *character = if prints {
                char::from(byte)
            } else {
                others.next().unwrap_or_default()
            };
        }
        Self {
            owner: NEXT_OWNER.fetch_add(1, Ordering::Relaxed),
            alphabet,
        }
    }

    /// Adds the tokens of every word to `tokens`. `cut` makes the tokens of a word that is not
    /// known yet, given as a byte-level tokenizer writes it.
    pub(super) fn encode<'a>(
        &self,
        words: impl Iterator<Item = &'a str>,
        cut: impl Fn(&str) -> Result<Vec<u32>>,
        tokens: &mut Vec<u32>,
    ) -> Result<()> {
        KNOWN.with_borrow_mut(|known| {
            if known.owner != Some(self.owner) {
                *known = Known {
                    owner: Some(self.owner),
                    ..Known::default()
                };
            }
            for word in words {
                if let Some((first, last)) = known.places.get(word.as_bytes()) {
                    tokens.extend_from_slice(&known.tokens[*first as usize..*last as usize]);
                    continue;
                }
                let written: String = word
                    .bytes()
                    .map(|byte| self.alphabet[usize::from(byte)])
                    .collect();
                let cut = cut(&written)?;
                tokens.extend_from_slice(&cut);
                if known.places.len() >= WORDS_MAX || known.tokens.len() >= TOKENS_MAX {
                    known.places.clear();
                    known.tokens.clear();
                }
                if word.len() <= WORD_BYTES_MAX {
                    let first = known.tokens.len() as u32;
                    known.tokens.extend_from_slice(&cut);
                    let place = (first, known.tokens.len() as u32);
                    known.places.insert(word.as_bytes().into(), place);
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
