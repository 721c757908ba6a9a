//! One step's texts: some with the teacher's vector, and four kinds of pairs.

use std::ops::Range;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::data::pairs::{CropOptions, PairBatch, PairSampler};
use crate::data::token_lists::TokenLists;
use crate::seed::Seed;

/// How much of each kind a step has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchOptions {
    /// Texts whose teacher's vector is copied.
    pub texts: usize,
    /// Words of the lexicon whose teacher's vector is copied.
    pub words: usize,
    /// Titles with their bodies, of one language.
    pub titles: usize,
    /// Texts with their translations.
    pub translations: usize,
    /// Parallel texts of one source.
    pub parallels: usize,
    /// Passages with a piece of themselves, of one language.
    pub crops: usize,
    /// How the pieces are cut.
    pub crop: CropOptions,
}

/// Pairs inside a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairRows {
    /// Rows of the queries.
    pub queries: Range<usize>,
    /// Rows of the passages.
    pub passages: Range<usize>,
    /// The group of each pair.
    pub groups: Vec<u64>,
}

/// What the teacher has vectors for, as (list of tokens, row of the target).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taught {
    /// Texts.
    pub texts: Vec<(u32, u32)>,
    /// Words of the lexicon.
    pub words: Vec<(u32, u32)>,
}

/// The texts of one step.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Tokens of every text: first those with a target, then the pairs.
    pub lists: TokenLists,
    /// Target rows of the first texts.
    pub targets: Vec<u32>,
    /// Titles, translations, parallels, crops, where there are any.
    pub pairs: Vec<PairRows>,
}

impl Batch {
    /// Draws the batch of a step.
    pub fn draw(
        lists: &TokenLists,
        taught: &Taught,
        sampler: &PairSampler<'_>,
        options: &BatchOptions,
        (seed, step): (Seed, usize),
    ) -> Self {
        let mut random = seed.stream("batch", step as u64);
        let mut batch = Self {
            lists: TokenLists::new(),
            targets: Vec::new(),
            pairs: Vec::new(),
        };
        batch.add_texts(lists, &taught.texts, options.texts, &mut random);
        batch.add_texts(lists, &taught.words, options.words, &mut random);
        batch.add_pairs(sampler.titles(options.titles, &mut random));
        batch.add_pairs(sampler.translations(options.translations, &mut random));
        batch.add_pairs(sampler.parallels(options.parallels, &mut random));
        batch.add_pairs(sampler.crops(options.crops, options.crop, &mut random));
        batch
    }

    fn add_texts(
        &mut self,
        lists: &TokenLists,
        with_target: &[(u32, u32)],
        count: usize,
        random: &mut ChaCha8Rng,
    ) {
        if with_target.is_empty() {
            return;
        }
        for _ in 0..count {
            let (text, target) = with_target[random.random_range(0..with_target.len())];
            self.lists.push(lists.list(text as usize));
            self.targets.push(target);
        }
    }

    fn add_pairs(&mut self, pairs: PairBatch) {
        // One pair has no negatives and so no loss.
        if pairs.groups.len() < 2 {
            return;
        }
        let start = self.lists.len();
        let middle = start + pairs.queries.len();
        for list in pairs.queries.iter().chain(&pairs.passages) {
            self.lists.push(list);
        }
        self.pairs.push(PairRows {
            queries: start..middle,
            passages: middle..self.lists.len(),
            groups: pairs.groups,
        });
    }
}
