//! BM25: the best documents for the terms of a query.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use roaring::RoaringBitmap;
use tantivy::query::{BooleanQuery, BoostQuery, EnableScoring, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, SegmentReader, Term};

use super::analysis::QueryTerm;
use super::index::{self, Fields, NUMBER};
use crate::error::Result;

/// Distinct terms read from a query; what comes after them is left out.
pub(super) const TERMS_READ_MAX: usize = 8_192;

/// Terms searched: of a longer query the rarest, which say most.
pub(super) const TERMS_MAX: usize = 256;

/// Bits of a score's fraction that do not count. The order in which terms are added up differs
/// between text segments, and its rounding must not decide between equal texts.
const NOISE_BITS: u32 = 5;

/// tantivy's parameter of BM25, which bounds what repeating a term can add.
const K1: f32 = 1.2;

/// What a search for words found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TextAnswer {
    /// Points by number with their scores, best first.
    pub(crate) hits: Vec<(u32, f32)>,
    /// The score that a short text holding every term of the query again and again would come near:
    /// the sum of the terms' weights. Terms that no text holds weigh most, so this says how much of
    /// the query the best hit can have missed.
    pub(crate) possible: f32,
}

/// The best `points` documents, best first, ties by number; only those in `allowed`, if given.
pub(super) fn best(
    searcher: &Searcher,
    fields: Fields,
    terms: &[QueryTerm],
    points: usize,
    allowed: Option<&RoaringBitmap>,
) -> Result<TextAnswer> {
    collect(searcher, fields, terms, points, allowed).map_err(index::error("search texts"))
}

fn collect(
    searcher: &Searcher,
    fields: Fields,
    terms: &[QueryTerm],
    points: usize,
    allowed: Option<&RoaringBitmap>,
) -> tantivy::Result<TextAnswer> {
    let (terms, possible) = rarest(searcher, fields, terms)?;
    let mut answer = TextAnswer {
        hits: Vec::new(),
        possible,
    };
    if terms.is_empty() || points == 0 || allowed.is_some_and(RoaringBitmap::is_empty) {
        return Ok(answer);
    }
    let clauses: Vec<(Occur, Box<dyn Query>)> = terms
        .into_iter()
        .map(|(term, weight)| {
            let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
            let boosted: Box<dyn Query> = Box::new(BoostQuery::new(Box::new(query), weight));
            (Occur::Should, boosted)
        })
        .collect();
    let query = BooleanQuery::new(clauses);
    let weight = query.weight(EnableScoring::enabled_from_searcher(searcher))?;
    let mut best = Best::new(points);
    for segment in searcher.segment_readers() {
        let hits = Hits::new(segment, allowed)?;
        // Not pruned by block maxima: that adds up the terms of one text in another order for
        // another page size, and rounding would let pages of different sizes disagree.
        weight.for_each(segment, &mut |document, score| {
            if score >= best.threshold()
                && let Some(number) = hits.number(document)
            {
                best.offer(number, score);
            }
        })?;
    }
    answer.hits = best.into_sorted();
    Ok(answer)
}

/// The terms that occur, at most [`TERMS_MAX`], in an order that depends on nothing else; and the
/// most that all terms, those that do not occur too, can score.
fn rarest(
    searcher: &Searcher,
    fields: Fields,
    terms: &[QueryTerm],
) -> tantivy::Result<(Vec<(Term, f32)>, f32)> {
    let mut found = Vec::new();
    let mut possible = 0.0;
    let total = searcher.num_docs() as f32;
    for (place, term) in terms.iter().enumerate() {
        let weight = term.weight;
        let term = Term::from_field_text(fields.text, &term.text);
        let documents = searcher.doc_freq(&term)?;
        let held = (documents as f32).min(total);
        // Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
        let rarity = (1.0 + (total - held + 0.5) / (held + 0.5)).ln();
        possible += weight * rarity * (K1 + 1.0);
        if documents > 0 {
            found.push((documents, place, term, weight));
        }
    }
    found.sort_unstable_by_key(|(documents, place, _, _)| (*documents, *place));
    found.truncate(TERMS_MAX);
    let terms = found.into_iter().map(|(_, _, term, weight)| (term, weight));
    Ok((terms.collect(), possible))
}

/// Which documents of a text segment count, and as which point.
struct Hits<'a> {
    segment: &'a SegmentReader,
    numbers: tantivy::columnar::Column<u64>,
    allowed: Option<&'a RoaringBitmap>,
}

impl<'a> Hits<'a> {
    fn new(
        segment: &'a SegmentReader,
        allowed: Option<&'a RoaringBitmap>,
    ) -> tantivy::Result<Self> {
        Ok(Self {
            segment,
            numbers: segment.fast_fields().u64(NUMBER)?,
            allowed,
        })
    }

    fn number(&self, document: u32) -> Option<u32> {
        if self.segment.is_deleted(document) {
            return None;
        }
        let number = self.numbers.first(document)? as u32;
        let is_allowed = self.allowed.is_none_or(|allowed| allowed.contains(number));
        is_allowed.then_some(number)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Scored {
    number: u32,
    score: f32,
}

impl Eq for Scored {}

impl Ord for Scored {
    /// The greater one comes first in an answer.
    fn cmp(&self, other: &Self) -> Ordering {
        self.score
            .total_cmp(&other.score)
            .then_with(|| other.number.cmp(&self.number))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The best documents seen so far.
struct Best {
    points: usize,
    heap: BinaryHeap<Reverse<Scored>>,
}

impl Best {
    fn new(points: usize) -> Self {
        Self {
            points,
            heap: BinaryHeap::new(),
        }
    }

    fn offer(&mut self, number: u32, score: f32) {
        let score = without_noise(score);
        self.heap.push(Reverse(Scored { number, score }));
        if self.heap.len() > self.points {
            self.heap.pop();
        }
    }

    /// Documents below it need not be offered. Its equals are, because their numbers decide.
    fn threshold(&self) -> f32 {
        match self.heap.peek() {
            Some(Reverse(worst)) if self.heap.len() >= self.points => worst.score,
            _ => f32::MIN,
        }
    }

    fn into_sorted(self) -> Vec<(u32, f32)> {
        let sorted = self.heap.into_sorted_vec();
        sorted
            .into_iter()
            .map(|Reverse(scored)| (scored.number, scored.score))
            .collect()
    }
}

/// A positive score, rounded down.
fn without_noise(score: f32) -> f32 {
    f32::from_bits(score.to_bits() & (u32::MAX << NOISE_BITS))
}
