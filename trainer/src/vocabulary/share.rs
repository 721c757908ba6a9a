//! In which share of the texts each token is, language by language.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;
use tokenizers::Tokenizer;

use crate::data::texts::Text;
use crate::data::token_lists::TokenLists;
use crate::data::words::Word;
use crate::error::Result;
use crate::vocabulary::count::of_words;

/// Longer texts are read up to here, as they are trained on.
const TOKENS_MAX: usize = 512;

/// A language of fewer texts says too little; its word list alone counts.
const TEXTS_MIN: usize = 500;

/// Tokens of the text that a word list is asked about: how likely is a token in so many?
const LISTED_TOKENS: f64 = 40.0;

/// Returns the share of texts each token is in, the mean over languages, never zero: a token that
/// is nowhere is taken to be in one text.
///
/// A language's share is the mean of what its texts say and what its word list says: the texts
/// know punctuation and phrases, the list knows everyday use.
pub fn shares(tokenizer: &Tokenizer, texts: &[Text], words: &[Word]) -> Result<Vec<f64>> {
    let size = tokenizer.get_vocab_size(true);
    let mut languages: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
    for (language, counts) in of_words(tokenizer, words)? {
        let total: f64 = counts.iter().sum();
        let share =
            |count: f64| 1.0 - (-LISTED_TOKENS * count / total.max(f64::MIN_POSITIVE)).exp();
        let shares = counts.into_iter().map(share).collect();
        languages.entry(language).or_default().push(shares);
    }
    for (language, (count, found)) in of_texts(tokenizer, texts, size)? {
        if count >= TEXTS_MIN || !languages.contains_key(&language) {
            let shares = found.into_iter().map(|found| found / count as f64);
            languages
                .entry(language)
                .or_default()
                .push(shares.collect());
        }
    }
    let least = 1.0 / texts.len().max(1) as f64;
    let mut shares = vec![0.0; size];
    for sources in languages.values() {
        let weight = 1.0 / (sources.len() * languages.len()) as f64;
        for source in sources {
            let pairs = shares.iter_mut().zip(source);
            pairs.for_each(|(share, own)| *share += weight * own);
        }
    }
    for share in &mut shares {
        *share = *share * (1.0 - least) + least;
    }
    Ok(shares)
}

/// For each language how many texts it has, and in how many of them each token is.
fn of_texts(
    tokenizer: &Tokenizer,
    texts: &[Text],
    size: usize,
) -> Result<BTreeMap<String, (usize, Vec<f64>)>> {
    let all = texts.par_iter().map(|text| text.text.as_str());
    let lists = TokenLists::of(tokenizer, all, TOKENS_MAX)?;
    let mut found: BTreeMap<String, (usize, Vec<f64>)> = BTreeMap::new();
    for (index, text) in texts.iter().enumerate() {
        let language = found.entry(text.lang.clone());
        let (count, found) = language.or_insert_with(|| (0, vec![0.0; size]));
        *count += 1;
        let tokens: HashSet<u32> = lists.list(index).iter().copied().collect();
        for token in tokens {
            found[token as usize] += 1.0;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
