//! The words of each language as the tokenizer cuts them: what new merges are learned from.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use tokenizers::Tokenizer;

use crate::data::texts::Text;
use crate::data::token_lists::refused;
use crate::data::words::Word;
use crate::error::Result;
use crate::vocabulary::merges::Merges;

/// A word of more pieces is a name of a file or a key, and no merge of it is of use elsewhere.
const PIECES_MAX: usize = 24;

/// Byte-level BPE writes the bytes up to the space as these characters.
const CONTROLS: std::ops::RangeInclusive<char> = '\u{100}'..='\u{120}';
const SPACE: char = '\u{120}';

/// Words as pieces with their share of the language; a word the tokenizer leaves whole is not in.
#[derive(Clone, Debug, Default)]
pub struct LanguageWords {
    shares: HashMap<Vec<u32>, f64>,
}

impl LanguageWords {
    /// All words with their shares, in one order every time.
    pub(crate) fn sorted(&self) -> Vec<(&[u32], f64)> {
        let words = self.shares.iter();
        let mut words: Vec<(&[u32], f64)> = words
            .map(|(list, share)| (list.as_slice(), *share))
            .collect();
        words.sort_unstable_by(|a, b| a.0.cmp(b.0));
        words
    }

    fn add(&mut self, list: &[u32], share: f64) {
        if let Some(known) = self.shares.get_mut(list) {
            *known += share;
        } else {
            self.shares.insert(list.to_vec(), share);
        }
    }
}

/// The words of the languages that `is_wanted` names, from word lists and from texts. Each source
/// counts in shares of its own, so that a small one has as much to say as a large one.
pub fn language_words(
    merges: &Merges,
    tokenizer: &Tokenizer,
    (words, texts): (&[Word], &[Text]),
    is_wanted: impl Fn(&str) -> bool + Sync,
) -> Result<BTreeMap<String, LanguageWords>> {
    let mut found = BTreeMap::new();
    let words: Vec<&Word> = words.iter().filter(|word| is_wanted(&word.lang)).collect();
    let listed = words.par_iter().map(|word| {
        let cut = cut(tokenizer, &word.inside())?;
        Ok((word.lang.as_str(), cut, word.count))
    });
    add(&mut found, merges, &listed.collect::<Result<Vec<_>>>()?);
    let texts: Vec<&Text> = texts.iter().filter(|text| is_wanted(&text.lang)).collect();
    let listed = texts
        .par_iter()
        .map(|text| Ok((text.lang.as_str(), cut(tokenizer, &text.text)?, 1.0)));
    add(&mut found, merges, &listed.collect::<Result<Vec<_>>>()?);
    Ok(found)
}

/// The words of a text, each as its pieces. `encode_fast` would not tell words apart.
fn cut(tokenizer: &Tokenizer, text: &str) -> Result<Vec<Vec<u32>>> {
    let encoding = tokenizer.encode(text, false).map_err(refused)?;
    let pieces = encoding.get_word_ids().iter().zip(encoding.get_ids());
    let mut words: Vec<(Option<u32>, Vec<u32>)> = Vec::new();
    for (word, piece) in pieces {
        match words.last_mut() {
            Some((last, pieces)) if last.is_some() && last == word => pieces.push(*piece),
            _ => words.push((*word, vec![*piece])),
        }
    }
    Ok(words.into_iter().map(|(_, pieces)| pieces).collect())
}

/// Adds the words of one source: each entry has its language, its words and how often it counts.
fn add(
    found: &mut BTreeMap<String, LanguageWords>,
    merges: &Merges,
    source: &[(&str, Vec<Vec<u32>>, f64)],
) {
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    for (language, words, count) in source {
        *totals.entry(language).or_default() += count * words.len() as f64;
    }
    for (language, words, count) in source {
        let share = count / totals[language].max(f64::MIN_POSITIVE);
        let language = found.entry((*language).to_owned()).or_default();
        let words = words.iter().filter(|word| is_word(merges, word));
        words.for_each(|word| language.add(word, share));
    }
}

/// Tells whether pieces are letters, after a space or not, as far as bytes tell: beyond ASCII all
/// but controls pass. Special tokens are beyond the merges.
fn is_word(merges: &Merges, pieces: &[u32]) -> bool {
    let mut characters = pieces.iter().flat_map(|&id| {
        merges
            .tokens
            .get(id as usize)
            .map_or("\n", String::as_str)
            .chars()
    });
    let is_letter = |character: char| {
        character.is_ascii_alphabetic() || !character.is_ascii() && !CONTROLS.contains(&character)
    };
    (2..=PIECES_MAX).contains(&pieces.len())
        && characters
            .next()
            .is_some_and(|first| first == SPACE || is_letter(first))
        && characters.all(is_letter)
}

#[cfg(test)]
mod tests;
