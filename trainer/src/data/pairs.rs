//! Draws batches of pairs: titles with their bodies, translations, parallel texts, and texts with
//! a piece of themselves. A step's draw depends on the seed and the step alone.

use rand::Rng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use crate::data::parallels::Parallels;
use crate::data::split::{Pair, Split};
use crate::data::texts::{Role, Text};
use crate::data::token_lists::TokenLists;

/// A shorter passage has no piece that leaves enough behind.
pub const CROP_TOKENS_MIN: usize = 16;

/// The sides of a batch of pairs: as many queries as passages.
#[derive(Clone, Debug, Default)]
pub struct PairBatch {
    /// Tokens of the queries.
    pub queries: Vec<Vec<u32>>,
    /// Tokens of the passages.
    pub passages: Vec<Vec<u32>>,
    /// The group of each pair; equal groups are not negatives.
    pub groups: Vec<u64>,
}

/// How pieces are cut from a passage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CropOptions {
    /// A piece has at least this many tokens.
    pub tokens_min: usize,
    /// A piece has at most this many tokens, and at most half of its passage's.
    pub tokens_max: usize,
    /// How often the piece stays in the passage as well.
    pub keep_share: f64,
    /// How often a token of the piece is dropped.
    pub drop_share: f64,
}

/// Draws pairs from the part of the texts that is learned from.
#[derive(Debug)]
pub struct PairSampler<'a> {
    lists: &'a TokenLists,
    translations: &'a [Vec<Pair>],
    titles: Buckets<Pair>,
    crops: Buckets<u32>,
    parallels: Buckets<Vec<u32>>,
}

impl<'a> PairSampler<'a> {
    /// Sorts pairs and passages by language; languages are drawn in proportion to the
    /// `temper`-th power of their size.
    pub fn new(texts: &[Text], split: &'a Split, lists: &'a TokenLists, temper: f64) -> Self {
        let languages = split.languages.len();
        let language = |text: u32| split.language_of[text as usize] as usize;
        let titles = split
            .pairs
            .iter()
            .map(|&pair| (language(pair.passage), pair));
        let is_crop = |&text: &u32| {
            let text = text as usize;
            !split.is_held_out[text]
                && texts[text].role == Role::Passage
                && lists.list(text).len() >= CROP_TOKENS_MIN
        };
        let crops = (0..texts.len() as u32)
            .filter(is_crop)
            .map(|text| (language(text), text));
        Self {
            lists,
            translations: &split.translations,
            titles: Buckets::new(titles, languages, temper),
            crops: Buckets::new(crops, languages, temper),
            parallels: Buckets::new(std::iter::empty(), 0, temper),
        }
    }

    /// Draws parallel texts as well; a source is drawn in proportion to the `temper`-th power of
    /// its size.
    #[must_use]
    pub fn with_parallels(mut self, parallels: Parallels, temper: f64) -> Self {
        let sources = parallels.sources.len();
        let groups = parallels.sources.into_iter().enumerate();
        let groups = groups
            .flat_map(|(source, groups)| groups.into_iter().map(move |group| (source, group)));
        self.parallels = Buckets::new(groups, sources, temper);
        self
    }

    /// Titles and bodies of one language.
    pub fn titles(&self, count: usize, random: &mut ChaCha8Rng) -> PairBatch {
        let mut batch = PairBatch::default();
        for &pair in self.titles.draw(count, random) {
            self.push(&mut batch, pair.query, pair.passage, pair.group);
        }
        batch
    }

    /// Texts of any languages with a translation: a title or a body, with another language's
    /// title or body.
    pub fn translations(&self, count: usize, random: &mut ChaCha8Rng) -> PairBatch {
        let mut batch = PairBatch::default();
        let count = count.min(self.translations.len());
        for group in index::sample(random, self.translations.len(), count) {
            let pairs = &self.translations[group];
            let two = index::sample(random, pairs.len(), 2);
            let (left, right) = (pairs[two.index(0)], pairs[two.index(1)]);
            let query = if random.random_bool(0.7) {
                left.query
            } else {
                left.passage
            };
            let passage = if random.random_bool(0.7) {
                right.passage
            } else {
                right.query
            };
            self.push(&mut batch, query, passage, left.group);
        }
        batch
    }

    /// Parallel texts of one source, each with a text of another language.
    pub fn parallels(&self, count: usize, random: &mut ChaCha8Rng) -> PairBatch {
        let mut batch = PairBatch::default();
        let groups: Vec<&Vec<u32>> = self.parallels.draw(count, random).collect();
        for group in groups {
            let two = index::sample(random, group.len(), 2);
            let (left, right) = (group[two.index(0)], group[two.index(1)]);
            self.push(&mut batch, left, right, u64::from(group[0]));
        }
        batch
    }

    /// Pieces of passages of one language, with the rest of the passage or all of it.
    pub fn crops(&self, count: usize, options: CropOptions, random: &mut ChaCha8Rng) -> PairBatch {
        let mut batch = PairBatch::default();
        for &text in self.crops.draw(count, random) {
            let (query, passage) = crop(self.lists.list(text as usize), options, random);
            batch.queries.push(query);
            batch.passages.push(passage);
            batch.groups.push(u64::from(text));
        }
        batch
    }

    fn push(&self, batch: &mut PairBatch, query: u32, passage: u32, group: u64) {
        batch.queries.push(self.lists.list(query as usize).to_vec());
        batch
            .passages
            .push(self.lists.list(passage as usize).to_vec());
        batch.groups.push(group);
    }
}

/// Cuts a piece from a list of at least [`CROP_TOKENS_MIN`] tokens: the piece and the passage.
pub fn crop(list: &[u32], options: CropOptions, random: &mut ChaCha8Rng) -> (Vec<u32>, Vec<u32>) {
    let longest = options.tokens_max.min(list.len() / 2).max(1);
    let shortest = options.tokens_min.min(longest);
    let length = random.random_range(shortest..=longest);
    let start = random.random_range(0..=list.len() - length);
    let piece = &list[start..start + length];
    let mut query: Vec<u32> = Vec::with_capacity(length);
    query.extend(
        piece
            .iter()
            .filter(|_| !random.random_bool(options.drop_share)),
    );
    if query.is_empty() {
        query.push(piece[0]);
    }
    if random.random_bool(options.keep_share) {
        return (query, list.to_vec());
    }
    (query, [&list[..start], &list[start + length..]].concat())
}

/// Things sorted by language, and how likely each language is.
#[derive(Debug)]
struct Buckets<T> {
    buckets: Vec<Vec<T>>,
    /// Running sums of the buckets' weights.
    sums: Vec<f64>,
}

impl<T> Buckets<T> {
    fn new(items: impl Iterator<Item = (usize, T)>, count: usize, temper: f64) -> Self {
        let mut buckets: Vec<Vec<T>> = (0..count).map(|_| Vec::new()).collect();
        for (bucket, item) in items {
            buckets[bucket].push(item);
        }
        let mut sum = 0.0;
        let sums = buckets
            .iter()
            .map(|bucket| {
                if !bucket.is_empty() {
                    sum += (bucket.len() as f64).powf(temper);
                }
                sum
            })
            .collect();
        Self { buckets, sums }
    }

    /// Picks a bucket, then at most `count` of its items without repeating one.
    fn draw<'b>(
        &'b self,
        count: usize,
        random: &mut ChaCha8Rng,
    ) -> impl Iterator<Item = &'b T> + use<'b, T> {
        let sum = self.sums.last().copied().unwrap_or(0.0);
        let at = random.random::<f64>() * sum;
        let bucket = self.sums.partition_point(|&end| end <= at);
        let items: &[T] = self.buckets.get(bucket).map_or(&[], Vec::as_slice);
        let picked = index::sample(random, items.len(), count.min(items.len()));
        picked.into_iter().map(move |position| &items[position])
    }
}

#[cfg(test)]
mod tests;
