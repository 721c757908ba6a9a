//! Cuts words to their stems: Snowball where there is one, a light stemmer for Hindi.

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};

use super::language::Language;
use super::script::Script;

/// Stems of fewer characters than this say too little; the word stays whole.
const HINDI_STEM_CHARACTERS_MIN: usize = 2;

/// Longer words are not words; no stemmer sees them.
const WORD_BYTES_MAX: usize = 96;

/// Suffixes of nouns and verbs in Devanagari, longest first, after A. Ramanathan and D. D. Rao,
/// "A Lightweight Stemmer for Hindi", EACL 2003.
const HINDI_SUFFIXES: &[&str] = &[
    "\u{93e}\u{90f}\u{902}\u{917}\u{940}",
    "\u{93e}\u{90f}\u{902}\u{917}\u{947}",
    "\u{93e}\u{90a}\u{902}\u{917}\u{940}",
    "\u{93e}\u{90a}\u{902}\u{917}\u{93e}",
    "\u{93e}\u{907}\u{92f}\u{93e}\u{901}",
    "\u{93e}\u{907}\u{92f}\u{94b}\u{902}",
    "\u{93e}\u{907}\u{92f}\u{93e}\u{902}",
    "\u{93e}\u{90f}\u{917}\u{940}",
    "\u{93e}\u{90f}\u{917}\u{93e}",
    "\u{93e}\u{913}\u{917}\u{940}",
    "\u{93e}\u{913}\u{917}\u{947}",
    "\u{90f}\u{902}\u{917}\u{940}",
    "\u{947}\u{902}\u{917}\u{940}",
    "\u{90f}\u{902}\u{917}\u{947}",
    "\u{947}\u{902}\u{917}\u{947}",
    "\u{942}\u{902}\u{917}\u{940}",
    "\u{942}\u{902}\u{917}\u{93e}",
    "\u{93e}\u{924}\u{940}\u{902}",
    "\u{928}\u{93e}\u{913}\u{902}",
    "\u{928}\u{93e}\u{90f}\u{902}",
    "\u{924}\u{93e}\u{913}\u{902}",
    "\u{924}\u{93e}\u{90f}\u{902}",
    "\u{93f}\u{92f}\u{93e}\u{901}",
    "\u{93f}\u{92f}\u{94b}\u{902}",
    "\u{93f}\u{92f}\u{93e}\u{902}",
    "\u{93e}\u{915}\u{930}",
    "\u{93e}\u{907}\u{90f}",
    "\u{93e}\u{908}\u{902}",
    "\u{93e}\u{92f}\u{93e}",
    "\u{947}\u{917}\u{940}",
    "\u{947}\u{917}\u{93e}",
    "\u{94b}\u{917}\u{940}",
    "\u{94b}\u{917}\u{947}",
    "\u{93e}\u{928}\u{947}",
    "\u{93e}\u{928}\u{93e}",
    "\u{93e}\u{924}\u{947}",
    "\u{93e}\u{924}\u{940}",
    "\u{93e}\u{924}\u{93e}",
    "\u{924}\u{940}\u{902}",
    "\u{93e}\u{913}\u{902}",
    "\u{93e}\u{90f}\u{902}",
    "\u{941}\u{913}\u{902}",
    "\u{941}\u{90f}\u{902}",
    "\u{941}\u{906}\u{902}",
    "\u{915}\u{930}",
    "\u{93e}\u{913}",
    "\u{93f}\u{90f}",
    "\u{93e}\u{908}",
    "\u{93e}\u{90f}",
    "\u{928}\u{947}",
    "\u{928}\u{940}",
    "\u{928}\u{93e}",
    "\u{924}\u{947}",
    "\u{940}\u{902}",
    "\u{924}\u{940}",
    "\u{924}\u{93e}",
    "\u{93e}\u{901}",
    "\u{93e}\u{902}",
    "\u{94b}\u{902}",
    "\u{947}\u{902}",
    "\u{94b}",
    "\u{947}",
    "\u{942}",
    "\u{941}",
    "\u{940}",
    "\u{93f}",
    "\u{93e}",
];

/// The stem of a lower-case word in `language`, or the one that every text gets without one.
pub(super) fn stem(word: &str, script: Script, language: Option<Language>) -> Cow<'_, str> {
    if word.len() > WORD_BYTES_MAX || word.chars().any(char::is_numeric) {
        return Cow::Borrowed(word);
    }
    let algorithm = match script {
        Script::Latin => language.map_or(Algorithm::English, Language::algorithm),
        Script::Greek => Algorithm::Greek,
        Script::Cyrillic => Algorithm::Russian,
        Script::Arabic => Algorithm::Arabic,
        Script::Tamil => Algorithm::Tamil,
        Script::Devanagari => return Cow::Borrowed(hindi(word)),
        Script::Han | Script::Kana | Script::Hangul | Script::SoutheastAsian | Script::Other => {
            return Cow::Borrowed(word);
        }
    };
    let stem = Stemmer::create(algorithm).stem(word);
    if stem.is_empty() {
        return Cow::Borrowed(word);
    }
    stem
}

fn hindi(word: &str) -> &str {
    HINDI_SUFFIXES
        .iter()
        .filter_map(|suffix| word.strip_suffix(suffix))
        .find(|stem| stem.chars().count() >= HINDI_STEM_CHARACTERS_MIN)
        .unwrap_or(word)
}
