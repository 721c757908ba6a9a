//! Negatives of a file by an exact scan: every query against every passage.

use embedder::{Embedder, InputKind};
use indicatif::ProgressBar;
use rayon::prelude::*;

use crate::embed::{bar, embed};
use crate::error::Result;
use crate::matrix::{Matrix, dot};
use crate::mine::corpus::{Corpus, Pair, Positive};
use crate::mine::negatives::{Closest, ceiling, draw};
use crate::mine::output::Line;
use crate::mine::{MineOptions, Mined};

/// Queries and passages scored at once; their product bounds the memory of the scores, 64 MB.
const QUERIES: usize = 2_048;
const PASSAGES: usize = 8_192;

/// A pair while it is scanned: its positive, and what is closest to it so far.
struct Open<'a> {
    pair: &'a Pair,
    positive: u32,
    closest: Option<Closest>,
}

/// Embeds the corpus and hands every pair, in order, to `take`.
pub(crate) fn mine(
    embedder: &Embedder,
    corpus: &Corpus,
    options: &MineOptions,
    mut take: impl FnMut(&Mined) -> Result<()>,
) -> Result<()> {
    let embedding = bar(corpus.passages.len(), "passages");
    let texts = corpus.passages.iter().map(String::as_str);
    let passages = embed(embedder, texts, InputKind::Document, &embedding)?;
    embedding.finish_and_clear();
    let progress = bar(corpus.pairs.len(), "queries");
    let quiet = ProgressBar::hidden();
    for (block, pairs) in corpus.pairs.chunks(QUERIES).enumerate() {
        let texts = pairs.iter().map(|pair| pair.query.as_str());
        let queries = embed(embedder, texts, InputKind::Query, &quiet)?;
        let open = scan(corpus, pairs, &queries, &passages, options)?;
        for (at, one) in open.into_iter().enumerate() {
            take(&one.finish(corpus, options, block * QUERIES + at))?;
        }
        progress.inc(pairs.len() as u64);
    }
    progress.finish_and_clear();
    Ok(())
}

fn scan<'a>(
    corpus: &Corpus,
    pairs: &'a [Pair],
    queries: &Matrix,
    passages: &Matrix,
    options: &MineOptions,
) -> Result<Vec<Open<'a>>> {
    let score = |row: usize, passage: u32| dot(queries.row(row), passages.row(passage as usize));
    let start = |(row, pair): (usize, &'a Pair)| {
        let positive = match pair.positive {
            Positive::Passage(passage) => passage,
            Positive::Closest => {
                let own = corpus.documents[pair.document as usize].iter().copied();
                let by_score = |a: &u32, b: &u32| score(row, *a).total_cmp(&score(row, *b));
                own.max_by(by_score)
                    .expect("a pair's document has a passage")
            }
        };
        let ceiling = ceiling(score(row, positive), options.margin);
        Open {
            pair,
            positive,
            closest: ceiling.map(|ceiling| Closest::new(ceiling, options.mined)),
        }
    };
    let mut open: Vec<Open<'a>> = pairs.iter().enumerate().map(start).collect();
    for first in (0..passages.rows).step_by(PASSAGES) {
        let last = passages.rows.min(first + PASSAGES);
        let columns = passages.columns;
        let block = Matrix {
            rows: last - first,
            columns,
            values: passages.values[first * columns..last * columns].to_vec(),
        };
        let scores = queries.times_transposed(&block)?;
        open.par_iter_mut().enumerate().for_each(|(row, one)| {
            let own = &corpus.documents[one.pair.document as usize];
            let Some(closest) = &mut one.closest else {
                return;
            };
            for (at, &score) in scores.row(row).iter().enumerate() {
                let passage = (first + at) as u32;
                // The score goes first: it excludes all but a few.
                if closest.wants(score) && !own.contains(&passage) {
                    closest.add(score, passage);
                }
            }
        });
    }
    Ok(open)
}

impl Open<'_> {
    fn finish(self, corpus: &Corpus, options: &MineOptions, number: usize) -> Mined {
        let Some(closest) = self.closest else {
            return Mined::Unlike;
        };
        let is_query = |passage: &u32| corpus.passages[*passage as usize] == self.pair.query;
        let mut closest = closest.finish();
        closest.retain(|passage| !is_query(passage));
        let mut random = options.seed.stream("negatives", number as u64);
        let Some(drawn) = draw(&closest, options.drawn, &mut random) else {
            return Mined::Lacking;
        };
        let text = |passage: u32| corpus.passages[passage as usize].clone();
        Mined::Written(Line {
            query: self.pair.query.clone(),
            positive: text(self.positive),
            negatives: drawn.into_iter().map(text).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
