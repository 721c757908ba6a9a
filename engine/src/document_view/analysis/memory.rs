//! Terms of words that were seen before.
//!
//! What a word becomes depends on nothing but the word and the language of its text, and most words
//! of a text were in texts before. Who analyzes a text takes a memory and gives it back, so there are
//! as many as are at work at once, whatever the number of collections.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::language::Language;

/// Words and terms in one memory, and the bytes of the terms: about six megabytes with the words.
/// Then it begins anew, so that words of an import gone by do not keep others out.
const WORDS_MAX: usize = 1 << 15;
const TERMS_MAX: usize = 1 << 18;
const BYTES_MAX: usize = 1 << 21;

/// A longer word is hardly met again.
const WORD_BYTES_MAX: usize = 64;

/// Memories kept for the next texts; more are dropped when their text ends.
const IDLE_MAX: usize = 4;

static IDLE: Mutex<Vec<Memory>> = Mutex::new(Vec::new());

/// Words of texts, and the terms of each.
#[derive(Default)]
pub(super) struct Memory {
    /// Which terms are a word's; its key is the language's byte and the word.
    places: HashMap<Box<[u8]>, (u32, u32)>,
    /// Where each term ends in `text`, and its weight.
    terms: Vec<(u32, f32)>,
    /// All terms, one behind the other.
    text: String,
    key: Vec<u8>,
}

impl Memory {
    /// One that nobody uses now.
    pub(super) fn take() -> Self {
        IDLE.lock().pop().unwrap_or_default()
    }

    /// Leaves it for the next text.
    pub(super) fn give_back(self) {
        let mut idle = IDLE.lock();
        if idle.len() < IDLE_MAX {
            idle.push(self);
        }
    }

    /// Sends the terms of a word to `sink`; asks `analyze` for them where it is new.
    pub(super) fn terms(
        &mut self,
        language: Option<Language>,
        word: &str,
        analyze: impl FnOnce(&mut dyn FnMut(&str, f32)),
        sink: &mut dyn FnMut(&str, f32),
    ) {
        if word.len() > WORD_BYTES_MAX {
            analyze(sink);
            return;
        }
        self.key.clear();
        self.key
            .push(language.map_or(0, |language| language as u8 + 1));
        self.key.extend_from_slice(word.as_bytes());
        let (first, last) = match self.places.get(self.key.as_slice()) {
            Some(place) => *place,
            None => self.remember(analyze),
        };
        let start = match first.checked_sub(1) {
            Some(before) => self.terms[before as usize].0,
            None => 0,
        };
        let mut start = start as usize;
        for (end, weight) in &self.terms[first as usize..last as usize] {
            let end = *end as usize;
            sink(&self.text[start..end], *weight);
            start = end;
        }
    }

    /// Adds the word whose key is at hand.
    fn remember(&mut self, analyze: impl FnOnce(&mut dyn FnMut(&str, f32))) -> (u32, u32) {
        if self.places.len() >= WORDS_MAX
            || self.terms.len() >= TERMS_MAX
            || self.text.len() >= BYTES_MAX
        {
            self.places.clear();
            self.terms.clear();
            self.text.clear();
        }
        let first = self.terms.len() as u32;
        analyze(&mut |term, weight| {
            self.text.push_str(term);
            self.terms.push((self.text.len() as u32, weight));
        });
        let place = (first, self.terms.len() as u32);
        self.places.insert(self.key.as_slice().into(), place);
        place
    }
}

#[cfg(test)]
mod tests;
