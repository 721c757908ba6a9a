//! Makes spellings of one word equal: accents, vowel points, ligatures and letter variants.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::script::Script;

/// Folds a lower-case word. Where a mark is a vowel (Indic scripts) it stays.
pub(super) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    if Script::of_word(word) == Script::Devanagari {
        return word.nfkd().filter_map(devanagari).nfc().collect();
    }
    let mut folded = String::with_capacity(word.len());
    let mut last = Script::Other;
    for character in word.nfkd() {
        if is_combining_mark(character) {
            if has_removable_marks(last) {
                continue;
            }
        } else {
            last = Script::of(character);
        }
        push(&mut folded, character);
    }
    folded.nfc().collect()
}

/// Scripts whose marks people leave out when they type a query.
fn has_removable_marks(script: Script) -> bool {
    match script {
        Script::Latin | Script::Greek | Script::Cyrillic | Script::Arabic => true,
        Script::Devanagari
        | Script::Tamil
        | Script::Han
        | Script::Kana
        | Script::Hangul
        | Script::SoutheastAsian
        | Script::Other => false,
    }
}

fn push(folded: &mut String, character: char) {
    match character {
        '\u{df}' => folded.push_str("ss"),
        '\u{e6}' => folded.push_str("ae"),
        '\u{153}' => folded.push_str("oe"),
        '\u{f8}' => folded.push('o'),
        '\u{111}' | '\u{f0}' => folded.push('d'),
        '\u{142}' => folded.push('l'),
        '\u{131}' => folded.push('i'),
        // Final sigma.
        '\u{3c2}' => folded.push('\u{3c3}'),
        // Alef maksura and Persian yeh to yeh, teh marbuta to heh, Persian kaf to kaf.
        '\u{649}' | '\u{6cc}' => folded.push('\u{64a}'),
        '\u{629}' => folded.push('\u{647}'),
        '\u{6a9}' => folded.push('\u{643}'),
        // Tatweel only stretches a word, joiners are invisible, points of Hebrew are left out.
        '\u{640}' | '\u{200c}' | '\u{200d}' | '\u{591}'..='\u{5c7}' => {}
        other => folded.push(other),
    }
}

/// Drops nukta and joiners, writes candrabindu as anusvara.
fn devanagari(character: char) -> Option<char> {
    match character {
        '\u{93c}' | '\u{200c}' | '\u{200d}' => None,
        '\u{901}' => Some('\u{902}'),
        other => Some(other),
    }
}
