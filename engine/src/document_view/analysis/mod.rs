//! Text to terms, for documents and queries alike. Nothing is declared: scripts are read off the
//! characters and the language is guessed from the text's small words.
//!
//! What each step is worth was measured, see `measure.rs` beside the tests. Knows nothing of tantivy.

mod fold;
mod language;
mod memory;
mod script;
mod stem;
mod word;

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_segmentation::UnicodeSegmentation;

use language::{Language, Languages};
use memory::Memory;
use script::Script;
use word::Piece;

/// Changes whenever the same text may give other terms; an index made by another version is
/// rebuilt.
pub(crate) const ANALYSIS_VERSION: u32 = 1;

/// Longer terms are cut here, in texts and queries alike, so that a blob of letters is still found
/// by itself. Far below the 65,530 bytes that tantivy takes.
pub(crate) const TERM_BYTES_MAX: usize = 128;

/// Text is analyzed in blocks of about this size, so that memory does not grow with it.
const BLOCK_BYTES: usize = 64 * 1024;

/// Letters at each end of a longer word that are a term of their own: they find compounds and
/// inflections that no stemmer joins. Five beat four and six on XQuAD and MED.
const END_LETTERS: usize = 5;

/// Weight in a query of what only supports a match or often happens by accident: ends of words
/// and stems of another language. 0.3 beat 0.15, 0.2, 0.4 and 0.5 on XQuAD and MED.
const WEAK_WEIGHT: f32 = 0.3;

/// Weight of terms that only documents have: single ideographs of a longer run, for queries of one
/// character. In longer queries they gain 0.004 on XQuAD's Chinese, and find whatever shares a
/// character.
const DOCUMENT_WEIGHT: f32 = 0.0;

/// What the first character of a term says about it: not a letter, so that no word begins with it.
const END_MARK: char = '#';

/// Turns texts into terms. Cheap to clone and to share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Analyzer {
    languages: Languages,
}

/// One term of a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueryTerm {
    /// As indexed.
    pub(crate) text: String,
    /// Factor for its BM25 score.
    pub(crate) weight: f32,
}

impl Analyzer {
    /// Calls `sink` with every term of a text and its weight, in order, repeated terms repeated.
    #[cfg(test)]
    pub(crate) fn each_term(&self, text: &str, sink: &mut dyn FnMut(&str, f32)) {
        let mut blocks = self.blocks(text);
        while blocks.next_block(sink) {}
    }

    /// The text in blocks.
    pub(crate) fn blocks<'a>(&self, text: &'a str) -> Blocks<'a> {
        let sample = cut(text, BLOCK_BYTES).0;
        Blocks {
            rest: text,
            language: self.languages.guess(sample),
        }
    }

    /// The distinct terms of a query, in order of their first appearance, at most `count_max`.
    pub(crate) fn query_terms(&self, query: &str, count_max: usize) -> Vec<QueryTerm> {
        let mut terms: Vec<QueryTerm> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut blocks = self.blocks(query);
        while blocks.next_block(&mut |text, weight| {
            if weight <= DOCUMENT_WEIGHT {
                return;
            }
            if let Some(term) = places.get(text).and_then(|place| terms.get_mut(*place)) {
                term.weight = term.weight.max(weight);
            } else if terms.len() < count_max {
                places.insert(text.to_owned(), terms.len());
                let text = text.to_owned();
                terms.push(QueryTerm { text, weight });
            }
        }) {}
        terms
    }
}

/// A text that is analyzed block by block.
#[derive(Debug)]
pub(crate) struct Blocks<'a> {
    rest: &'a str,
    language: Option<Language>,
}

impl Blocks<'_> {
    /// Calls `sink` with every term of the next block. False when nothing is left.
    pub(crate) fn next_block(&mut self, sink: &mut dyn FnMut(&str, f32)) -> bool {
        if self.rest.is_empty() {
            return false;
        }
        let (block, rest) = cut(self.rest, BLOCK_BYTES);
        self.rest = rest;
        let language = self.language;
        let mut memory = Memory::take();
        word::each_piece(&normal(block), &mut |piece| match piece {
            Piece::Word(word) => {
                let analyze =
                    |sink: &mut dyn FnMut(&str, f32)| Writer::new(language, sink).word(word);
                memory.terms(language, word, analyze, sink);
            }
            Piece::Whole(whole) => Writer::new(language, sink).whole(whole),
            Piece::Run(script, run) => Writer::new(language, sink).run(script, run),
        });
        memory.give_back();
        true
    }
}

/// The text in NFKC, in which most texts are as they are.
fn normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

/// Cuts a text after the last white space within `bytes_max`, or at `bytes_max` where there is
/// none.
fn cut(text: &str, bytes_max: usize) -> (&str, &str) {
    if text.len() <= bytes_max {
        return (text, "");
    }
    let head = &text[..text.floor_char_boundary(bytes_max)];
    let end = head
        .char_indices()
        .rfind(|(_, character)| character.is_whitespace())
        .map_or(head.len(), |(start, space)| start + space.len_utf8());
    text.split_at(end)
}

struct Writer<'s> {
    language: Option<Language>,
    term: String,
    sink: &'s mut dyn FnMut(&str, f32),
}

impl<'s> Writer<'s> {
    fn new(language: Option<Language>, sink: &'s mut dyn FnMut(&str, f32)) -> Self {
        Self {
            language,
            term: String::new(),
            sink,
        }
    }

    fn send(&mut self, term: &str, weight: f32) {
        let end = term.floor_char_boundary(TERM_BYTES_MAX);
        if end > 0 {
            (self.sink)(&term[..end], weight);
        }
    }

    /// A word of a script with spaces: its stem and its ends.
    fn word(&mut self, word: &str) {
        let lower = word.to_lowercase();
        self.stems(&lower);
        let folded = fold::fold(&lower);
        let mut letters = folded.char_indices();
        let Some((head_end, _)) = letters.nth(END_LETTERS) else {
            return;
        };
        let tail_start = folded
            .char_indices()
            .nth_back(END_LETTERS - 1)
            .map_or(0, |(start, _)| start);
        for end in [&folded[..head_end], &folded[tail_start..]] {
            let mut term = std::mem::take(&mut self.term);
            term.clear();
            term.push(END_MARK);
            term.push_str(end);
            self.send(&term, WEAK_WEIGHT);
            self.term = term;
        }
    }

    /// An identifier in one piece; it is not cut into ends.
    fn whole(&mut self, whole: &str) {
        self.stems(&whole.to_lowercase());
    }

    /// The stem in the text's language and, where it differs, the one that every text gets: a
    /// query too short to show its language still meets that one.
    fn stems(&mut self, lower: &str) {
        let script = Script::of_word(lower);
        let own = fold::fold(&stem::stem(lower, script, self.language));
        self.send(&own, 1.0);
        if self.language.is_some() {
            let shared = fold::fold(&stem::stem(lower, script, None));
            if shared != own {
                self.send(&shared, WEAK_WEIGHT);
            }
        }
    }

    /// A run of a script without spaces: overlapping pairs. In scripts where one character can be
    /// a word, the characters too.
    fn run(&mut self, script: Script, run: &str) {
        let lower = run.to_lowercase();
        let clusters: Vec<&str> = lower.graphemes(true).collect();
        if let [only] = clusters.as_slice() {
            self.send(only, 1.0);
            return;
        }
        for pair in clusters.windows(2) {
            if script.has_words_of_one_character() {
                self.send(pair[0], DOCUMENT_WEIGHT);
            }
            let mut term = std::mem::take(&mut self.term);
            term.clear();
            term.extend(pair.iter().copied());
            self.send(&term, 1.0);
            self.term = term;
        }
        if let Some(last) = clusters.last()
            && script.has_words_of_one_character()
        {
            self.send(last, DOCUMENT_WEIGHT);
        }
    }
}
