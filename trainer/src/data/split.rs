//! What is learned from and what is held out, and which texts belong together.

use std::collections::HashMap;

use crate::data::texts::{Role, Text};
use crate::seed::Seed;

/// A query and its passage, or two translations: positions in the list of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The text that asks.
    pub query: u32,
    /// The text that answers.
    pub passage: u32,
    /// Equal on pairs that say the same thing, in any language.
    pub group: u64,
}

/// The texts sorted into what the sampler and the validation need.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// Languages, sorted; positions are language numbers below.
    pub languages: Vec<String>,
    /// The language of each text.
    pub language_of: Vec<u32>,
    /// True for texts kept out of training.
    pub is_held_out: Vec<bool>,
    /// Query and passage of one language.
    pub pairs: Vec<Pair>,
    /// Groups that exist in several languages: the pairs of each.
    pub translations: Vec<Vec<Pair>>,
    /// As `pairs`, held out.
    pub held_out_pairs: Vec<Pair>,
    /// As `translations`, held out.
    pub held_out_translations: Vec<Vec<Pair>>,
}

impl Split {
    /// Sorts texts. A share of the groups is held out, whole groups in all their languages, so
    /// that nothing held out was seen in translation.
    ///
    /// Pair keys that differ only in ending with their own language name translations.
    pub fn of(texts: &[Text], share: f64, seed: Seed) -> Self {
        let mut languages: Vec<String> = texts.iter().map(|text| text.lang.clone()).collect();
        languages.sort_unstable();
        languages.dedup();
        let number: HashMap<&str, u32> = languages
            .iter()
            .enumerate()
            .map(|(at, name)| (name.as_str(), at as u32))
            .collect();
        let language_of = texts
            .iter()
            .map(|text| number[text.lang.as_str()])
            .collect();
        let mut split = Self {
            language_of,
            ..Self::default()
        };
        let mut halves: HashMap<&str, [Option<u32>; 2]> = HashMap::new();
        for (position, text) in texts.iter().enumerate() {
            let own = text.pair.as_deref().unwrap_or(&text.text);
            split
                .is_held_out
                .push(is_held_out(group_of(own, &text.lang), share, seed));
            if let Some(pair) = &text.pair {
                let side = usize::from(text.role == Role::Passage);
                halves.entry(pair).or_default()[side] = Some(position as u32);
            }
        }
        let mut whole: Vec<(&str, u32, u32)> = halves
            .into_iter()
            .filter_map(|(key, [query, passage])| Some((key, query?, passage?)))
            .collect();
        whole.sort_unstable_by_key(|&(_, query, _)| query);
        split.group(texts, &whole);
        split.languages = languages;
        split
    }

    fn group(&mut self, texts: &[Text], whole: &[(&str, u32, u32)]) {
        let mut groups: HashMap<u64, usize> = HashMap::new();
        let mut translations: Vec<Vec<Pair>> = Vec::new();
        for &(key, query, passage) in whole {
            let group = group_of(key, &texts[query as usize].lang);
            let pair = Pair {
                query,
                passage,
                group,
            };
            let side = if self.is_held_out[query as usize] {
                &mut self.held_out_pairs
            } else {
                &mut self.pairs
            };
            side.push(pair);
            let slot = *groups.entry(group).or_insert_with(|| {
                translations.push(Vec::new());
                translations.len() - 1
            });
            translations[slot].push(pair);
        }
        for group in translations.into_iter().filter(|group| group.len() > 1) {
            if self.is_held_out[group[0].query as usize] {
                self.held_out_translations.push(group);
            } else {
                self.translations.push(group);
            }
        }
    }
}

/// The group of a pair key: its hash without the language it ends with.
pub(crate) fn group_of(key: &str, language: &str) -> u64 {
    let base = key.strip_suffix(language).unwrap_or(key);
    let hash = blake3::hash(base.as_bytes());
    hash.as_bytes()[..8]
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn is_held_out(group: u64, share: f64, seed: Seed) -> bool {
    // The group is a hash already; the seed picks which part of its range is held out.
    let mixed =
        (group ^ seed.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    ((mixed >> 11) as f64 / (1u64 << 53) as f64) < share
}

#[cfg(test)]
mod tests;
