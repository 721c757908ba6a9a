//! How often each token occurs in the texts, language by language.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tokenizers::Tokenizer;

use crate::data::texts::Text;
use crate::data::token_lists::TokenLists;
use crate::data::words::Word;
use crate::error::Result;

/// Longer texts are counted up to here, as they are trained on.
const TOKENS_MAX: usize = 512;

/// What a language's word list counts beside its texts, in tokens.
const WORD_LIST_TOKENS: f64 = 500_000.0;

/// Returns how often each token occurs, language by language.
///
/// A word list counts as a text of 500,000 tokens in its language.
pub fn counts(
    tokenizer: &Tokenizer,
    texts: &[Text],
    words: &[Word],
) -> Result<BTreeMap<String, Vec<f64>>> {
    let lists = TokenLists::of(
        tokenizer,
        texts.par_iter().map(|text| text.text.as_str()),
        TOKENS_MAX,
    )?;
    let size = tokenizer.get_vocab_size(true);
    let mut counts = of_words(tokenizer, words)?;
    for counts in counts.values_mut() {
        let total: f64 = counts.iter().sum();
        let factor = WORD_LIST_TOKENS / total.max(f64::MIN_POSITIVE);
        for count in counts.iter_mut() {
            *count *= factor;
        }
    }
    for (index, text) in texts.iter().enumerate() {
        let counts = counts
            .entry(text.lang.clone())
            .or_insert_with(|| vec![0.0; size]);
        for &token in lists.list(index) {
            counts[token as usize] += 1.0;
        }
    }
    Ok(counts)
}

/// Returns a weight per token: its share in each language, summed with languages weighted by the
/// `temper`-th power of their share, so that small languages get words of their own.
pub fn weights(counts: &BTreeMap<String, Vec<f64>>, temper: f64) -> Vec<f64> {
    let all: f64 = counts.values().flatten().sum();
    let size = counts.values().map(Vec::len).max().unwrap_or(0);
    let mut weights = vec![0.0; size];
    for counts in counts.values() {
        let total: f64 = counts.iter().sum();
        let language = (total / all).powf(temper);
        for (weight, &count) in weights.iter_mut().zip(counts) {
            *weight += language * count / total.max(1.0);
        }
    }
    weights
}

/// How often each token is used in a language's words, in the list's own unit.
pub(crate) fn of_words(
    tokenizer: &Tokenizer,
    words: &[Word],
) -> Result<BTreeMap<String, Vec<f64>>> {
    let inside: Vec<String> = words.iter().map(Word::inside).collect();
    let lists = TokenLists::of(tokenizer, inside.par_iter().map(String::as_str), TOKENS_MAX)?;
    let size = tokenizer.get_vocab_size(true);
    let mut counts: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (index, word) in words.iter().enumerate() {
        let counts = counts
            .entry(word.lang.clone())
            .or_insert_with(|| vec![0.0; size]);
        for &token in lists.list(index) {
            counts[token as usize] += word.count;
        }
    }
    Ok(counts)
}
