//! How well the student finds what it was not trained on; recipes are chosen by these figures.

use rand::seq::index;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::pairs::{CROP_TOKENS_MIN, CropOptions, crop};
use crate::data::split::{Pair, Split};
use crate::data::texts::{Role, Text};
use crate::data::token_lists::TokenLists;
use crate::error::Result;
use crate::evaluate::metrics::Metrics;
use crate::loss::prefix::UnitPrefix;
use crate::matrix::Matrix;
use crate::seed::Seed;
use crate::table::bag;

/// A smaller pool of a language says nothing.
const PAIRS_MIN: usize = 20;

/// A larger pool only takes longer.
const PAIRS_MAX: usize = 2_000;

/// Pieces to look for are cut without leaving a word of them behind.
const CROP: CropOptions = CropOptions {
    tokens_min: 6,
    tokens_max: 24,
    keep_share: 0.0,
    drop_share: 0.0,
};

/// Queries and the passages they should find, one each.
#[derive(Clone, Debug)]
struct Task {
    kind: Kind,
    queries: TokenLists,
    passages: TokenLists,
    /// Passages of one group answer each other's queries.
    groups: Vec<u64>,
}

/// What a query and its passage have to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Titles,
    Translations,
    Crops,
}

/// nDCG@10 at one prefix length, mean over languages.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct HeldOutScores {
    /// The prefix length.
    pub length: usize,
    /// Titles that find their bodies.
    pub titles: f64,
    /// Texts that find their translations.
    pub translations: f64,
    /// Pieces that find the rest of their passage.
    pub crops: f64,
}

impl HeldOutScores {
    /// The mean of the three, by which recipes are compared.
    pub fn mean(&self) -> f64 {
        (self.titles + self.translations + self.crops) / 3.0
    }
}

/// The held-out part, ready to be searched.
#[derive(Clone, Debug)]
pub struct HeldOut {
    tasks: Vec<Task>,
}

impl HeldOut {
    /// Cuts the held-out part into tasks: titles and crops language by language, translations
    /// all together.
    pub fn of(texts: &[Text], split: &Split, lists: &TokenLists, seed: Seed) -> Self {
        let mut tasks = Vec::new();
        for language in 0..split.languages.len() as u32 {
            let is_here = |text: u32| split.language_of[text as usize] == language;
            let pairs = split
                .held_out_pairs
                .iter()
                .filter(|pair| is_here(pair.query))
                .copied();
            tasks.push(titles(pairs, lists, Kind::Titles));
            let is_crop = |&text: &u32| {
                split.is_held_out[text as usize]
                    && is_here(text)
                    && texts[text as usize].role == Role::Passage
                    && lists.list(text as usize).len() >= 2 * CROP_TOKENS_MIN
            };
            tasks.push(crops((0..texts.len() as u32).filter(is_crop), lists, seed));
        }
        let translations = split
            .held_out_translations
            .iter()
            .enumerate()
            .map(|(at, group)| {
                let mut random = seed.stream("held-out translations", at as u64);
                let two = index::sample(&mut random, group.len(), 2);
                Pair {
                    passage: group[two.index(1)].passage,
                    ..group[two.index(0)]
                }
            });
        tasks.push(titles(translations, lists, Kind::Translations));
        tasks.retain(|task| task.groups.len() >= PAIRS_MIN);
        Self { tasks }
    }

    /// Searches every task exactly at every length.
    pub fn scores(&self, table: &Matrix, lengths: &[usize]) -> Result<Vec<HeldOutScores>> {
        let vectors: Vec<(Matrix, Matrix)> = self
            .tasks
            .iter()
            .map(|task| {
                (
                    bag::means(table, &task.queries),
                    bag::means(table, &task.passages),
                )
            })
            .collect();
        let mut all = Vec::new();
        for &length in lengths {
            let mut sums = [(0.0, 0usize); 3];
            for (task, (queries, passages)) in self.tasks.iter().zip(&vectors) {
                let (sum, count) = &mut sums[task.kind as usize];
                *sum += task.ndcg(queries, passages, length)?;
                *count += 1;
            }
            let [titles, translations, crops] = sums.map(|(sum, count)| sum / count.max(1) as f64);
            all.push(HeldOutScores {
                length,
                titles,
                translations,
                crops,
            });
        }
        Ok(all)
    }
}

impl Task {
    fn ndcg(&self, queries: &Matrix, passages: &Matrix, length: usize) -> Result<f64> {
        let queries = UnitPrefix::of(queries, 0..queries.rows, length);
        let passages = UnitPrefix::of(passages, 0..passages.rows, length);
        let scores = queries.unit.times_transposed(&passages.unit)?;
        let gains: Vec<f64> = (0..scores.rows)
            .into_par_iter()
            .map(|row| {
                let own = scores.row(row)[row];
                let is_before = |&(column, &score): &(usize, &f32)| {
                    score >= own && column != row && self.groups[column] != self.groups[row]
                };
                let before = scores.row(row).iter().enumerate().filter(is_before).count();
                let mut ranked = vec![0.0; before];
                ranked.push(1.0);
                Metrics::of(&ranked, &[1.0]).ndcg
            })
            .collect();
        Ok(gains.iter().sum::<f64>() / gains.len().max(1) as f64)
    }
}

fn titles(pairs: impl Iterator<Item = Pair>, lists: &TokenLists, kind: Kind) -> Task {
    let mut task = Task::new(kind);
    for pair in pairs.take(PAIRS_MAX) {
        task.queries.push(lists.list(pair.query as usize));
        task.passages.push(lists.list(pair.passage as usize));
        task.groups.push(pair.group);
    }
    task
}

fn crops(texts: impl Iterator<Item = u32>, lists: &TokenLists, seed: Seed) -> Task {
    let mut task = Task::new(Kind::Crops);
    for text in texts.take(PAIRS_MAX) {
        let mut random = seed.stream("held-out crops", u64::from(text));
        let (query, passage) = crop(lists.list(text as usize), CROP, &mut random);
        task.queries.push(&query);
        task.passages.push(&passage);
        task.groups.push(u64::from(text));
    }
    task
}

impl Task {
    fn new(kind: Kind) -> Self {
        let (queries, passages) = (TokenLists::new(), TokenLists::new());
        Self {
            kind,
            queries,
            passages,
            groups: Vec::new(),
        }
    }
}
