//! Finds the words of a text: by Unicode's rules, then by how identifiers are put together.

use unicode_segmentation::UnicodeSegmentation;

use super::script::Script;

/// Parts of one identifier; in a longer chain only the parts count.
const PARTS_MAX: usize = 16;

/// Characters that tie words into one identifier when they stand between them, alone.
const TIES: [char; 9] = ['-', '_', '.', '/', ':', '@', '+', '\u{2010}', '\u{2011}'];

/// What follows an apostrophe and is this short is an ending, such as in "Anna's" and "don't".
const ENDING_LETTERS_MAX: usize = 2;

/// A piece of text that becomes terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word, or a part of an identifier.
    Word(&'a str),
    /// An identifier of several parts, in one piece.
    Whole(&'a str),
    /// Neighboring characters of scripts without spaces.
    Run(Script, &'a str),
}

/// Calls `sink` with every piece of a text, in order.
pub(super) fn each_piece(text: &str, sink: &mut dyn FnMut(Piece<'_>)) {
    let mut parts: Vec<&str> = Vec::new();
    let mut whole = (0, 0);
    let mut run: Option<(Script, usize, usize)> = None;
    for (start, word) in text.unicode_word_indices() {
        let end = start + word.len();
        let script = Script::of_word(word);
        if script.is_unspaced() {
            flush_identifier(text, whole, &mut parts, sink);
            // One block of scripts in a row is one run; pairs may cross from kanji to kana.
            run = match run {
                Some((first, from, to)) if to == start && same_run(first, script) => {
                    Some((first, from, end))
                }
                other => {
                    flush_run(text, other, sink);
                    Some((script, start, end))
                }
            };
            continue;
        }
        flush_run(text, run.take(), sink);
        if parts.is_empty() || !is_tie(&text[whole.1..start]) {
            flush_identifier(text, whole, &mut parts, sink);
            whole = (start, end);
        }
        whole.1 = end;
        split(word, &mut parts);
    }
    flush_run(text, run, sink);
    flush_identifier(text, whole, &mut parts, sink);
}

fn same_run(one: Script, other: Script) -> bool {
    let is_japanese = |script| matches!(script, Script::Han | Script::Kana);
    one == other || (is_japanese(one) && is_japanese(other))
}

fn is_tie(gap: &str) -> bool {
    let mut characters = gap.chars();
    matches!((characters.next(), characters.next()), (Some(tie), None) if TIES.contains(&tie))
}

fn flush_run(text: &str, run: Option<(Script, usize, usize)>, sink: &mut dyn FnMut(Piece<'_>)) {
    if let Some((script, start, end)) = run {
        sink(Piece::Run(script, &text[start..end]));
    }
}

/// Sends the parts and, where there are several, the whole. Also `c++` and `c#` as written.
fn flush_identifier(
    text: &str,
    (start, end): (usize, usize),
    parts: &mut Vec<&str>,
    sink: &mut dyn FnMut(Piece<'_>),
) {
    for part in parts.iter() {
        sink(Piece::Word(part));
    }
    let signs = text[end..]
        .bytes()
        .take_while(|byte| matches!(byte, b'+' | b'#'))
        .count();
    let is_followed = text[end + signs..].starts_with(char::is_alphanumeric);
    if parts.len() == 1 && (1..=2).contains(&signs) && !is_followed {
        sink(Piece::Whole(&text[start..end + signs]));
    }
    if (2..=PARTS_MAX).contains(&parts.len()) {
        sink(Piece::Whole(&join(&text[start..end])));
    }
    parts.clear();
}

/// The identifier without ties between letters, so that `FooBar`, `foo_bar` and `foo-bar` are
/// one. Beside a digit the tie stays: `1.2` is not `12`.
fn join(identifier: &str) -> String {
    let mut joined = String::with_capacity(identifier.len());
    let mut characters = identifier.chars().peekable();
    let mut last = ' ';
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        if character.is_alphanumeric() || last.is_numeric() || next.is_numeric() {
            joined.push(character);
        } else if !is_joint(character) {
            // A mark such as a vowel sign.
            joined.push(character);
        }
        last = character;
    }
    joined
}

fn is_joint(character: char) -> bool {
    TIES.contains(&character) || is_apostrophe(character)
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}' | '\u{ff07}')
}

/// Splits a word at ties, apostrophes and changes of case.
fn split<'t>(word: &'t str, parts: &mut Vec<&'t str>) {
    for (index, part) in word.split(is_apostrophe).enumerate() {
        let is_ending = index > 0 && part.chars().count() <= ENDING_LETTERS_MAX;
        if is_ending {
            continue;
        }
        for tied in part.split(|character| TIES.contains(&character)) {
            split_case(tied, parts);
        }
    }
}

/// Splits `AbstractFactory` and `HTTPServer` where a new word begins.
fn split_case<'t>(word: &'t str, parts: &mut Vec<&'t str>) {
    let mut start = 0;
    let mut before_last = ' ';
    let mut last: Option<(usize, char)> = None;
    for (index, character) in word.char_indices() {
        if let Some((last_index, last_character)) = last {
            let cut = if last_character.is_lowercase() && character.is_uppercase() {
                Some(index)
            } else if before_last.is_uppercase()
                && last_character.is_uppercase()
                && character.is_lowercase()
            {
                Some(last_index)
            } else {
                None
            };
            if let Some(cut) = cut {
                parts.push(&word[start..cut]);
                start = cut;
            }
            before_last = last_character;
        }
        last = Some((index, character));
    }
    if start < word.len() {
        parts.push(&word[start..]);
    }
}
