//! How often each token occurs in the texts, language by language.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tokenizers::Tokenizer;

use crate::data::texts::Text;
use crate::data::token_lists::TokenLists;
use crate::error::Result;

/// Longer texts are counted up to here, as they are trained on.
const TOKENS_MAX: usize = 512;

/// Returns a weight per token: its share in each language, summed with languages weighted by the
/// `temper`-th power of their share, so that small languages get words of their own.
pub fn weights(tokenizer: &Tokenizer, texts: &[Text], temper: f64) -> Result<Vec<f64>> {
    let lists = TokenLists::of(
        tokenizer,
        texts.par_iter().map(|text| text.text.as_str()),
        TOKENS_MAX,
    )?;
    let size = tokenizer.get_vocab_size(true);
    let mut counts: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (index, text) in texts.iter().enumerate() {
        let counts = counts.entry(&text.lang).or_insert_with(|| vec![0; size]);
        for &token in lists.list(index) {
            counts[token as usize] += 1;
        }
    }
    let mut weights = vec![0.0; size];
    for counts in counts.values() {
        let total = counts.iter().sum::<u64>().max(1) as f64;
        let language = (total / lists.tokens().len() as f64).powf(temper);
        for (weight, &count) in weights.iter_mut().zip(counts) {
            *weight += language * count as f64 / total;
        }
    }
    Ok(weights)
}
