//! Candidates become points: what the store does not hold any more is dropped, and what was
//! replaced while the search ran is scored again on what it is now.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::collection::Collection;
use crate::distance;
use crate::error::Result;
use crate::schema::Distance;
use crate::store::read_view::ReadView;
use crate::store::records::PointHeader;
use crate::vector_view::{Candidate, RowId};

/// A live point in one leg's ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) number: u32,
    pub(crate) score: f32,
    /// Which of its chunks was closest, in the vector leg.
    pub(crate) chunk: Option<usize>,
}

/// Point headers of one read view, each read once.
pub(crate) struct Present<'a> {
    pub(crate) collection: &'a Collection,
    pub(crate) view: ReadView<'a>,
    headers: HashMap<u32, Option<PointHeader>>,
    now_ms: u64,
}

impl<'a> Present<'a> {
    pub(crate) fn new(collection: &'a Collection) -> Self {
        Self {
            collection,
            view: collection.store.read_view(),
            headers: HashMap::new(),
            now_ms: collection.clock.now_ms(),
        }
    }

    /// The header of a point that exists and is not expired.
    pub(crate) fn header(&mut self, number: u32) -> Result<Option<&PointHeader>> {
        if !self.headers.contains_key(&number) {
            let header = self.view.header(self.collection.id, number)?;
            let live = header.filter(|header| !header.is_expired(self.now_ms));
            self.headers.insert(number, live);
        }
        Ok(self.headers.get(&number).and_then(Option::as_ref))
    }

    /// Reads the headers of points together that are not read yet.
    fn read_headers(&mut self, numbers: impl Iterator<Item = u32>) -> Result<()> {
        let mut missing: Vec<u32> = numbers
            .filter(|number| !self.headers.contains_key(number))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        let headers = self.view.headers(self.collection.id, &missing)?;
        let live = headers
            .into_iter()
            .map(|header| header.filter(|header| !header.is_expired(self.now_ms)));
        self.headers.extend(missing.into_iter().zip(live));
        Ok(())
    }

    /// The live points among the candidates of the vector leg, best first.
    pub(crate) fn resolve_vector(
        &mut self,
        query: &[f32],
        candidates: &[Candidate],
    ) -> Result<Vec<Ranked>> {
        self.read_headers(candidates.iter().map(|candidate| candidate.point))?;
        let mut ranked = Vec::with_capacity(candidates.len());
        let mut has_replaced = false;
        for candidate in candidates {
            let Some(header) = self.header(candidate.point)? else {
                continue;
            };
            let current = if let Some(chunk) = header.chunk_of(candidate.row) {
                Some((candidate.score, chunk))
            } else {
                has_replaced = true;
                let header = header.clone();
                self.score_again(query, &header)?
            };
            if let Some((score, chunk)) = current {
                ranked.push(Ranked {
                    number: candidate.point,
                    score,
                    chunk: Some(chunk),
                });
            }
        }
        if has_replaced {
            ranked.sort_by(by_score);
        }
        Ok(ranked)
    }

    /// The score and position of the point's closest chunk, from the store's own vectors.
    fn score_again(&self, query: &[f32], header: &PointHeader) -> Result<Option<(f32, usize)>> {
        let Collection { id, generation, .. } = self.collection;
        let distance = self.collection.schema().distance;
        let rows = header.rows();
        let mut best: Option<(f32, usize)> = None;
        for index in 0..header.spans.len() {
            let row = RowId {
                sequence: rows.sequence,
                ordinal: rows.first + index as u32,
            };
            let Some((_, vector)) = self.view.row(*id, *generation, row, query.len())? else {
                continue;
            };
            let score = score(distance, query, &vector);
            if best.is_none_or(|(best_score, _)| score > best_score) {
                best = Some((score, index));
            }
        }
        Ok(best)
    }

    /// The live points among the hits of the text leg whose text is the one that was indexed.
    pub(crate) fn resolve_text(&mut self, hits: &[(u32, f32)], shown: u64) -> Result<Vec<Ranked>> {
        self.read_headers(hits.iter().map(|&(number, _)| number))?;
        let mut ranked = Vec::with_capacity(hits.len());
        for (number, score) in hits {
            let Some(header) = self.header(*number)? else {
                continue;
            };
            if header.content_sequence <= shown {
                ranked.push(Ranked {
                    number: *number,
                    score: *score,
                    chunk: None,
                });
            }
        }
        Ok(ranked)
    }
}

/// The score of one stored vector: higher is closer, for every distance.
fn score(kind: Distance, query: &[f32], vector: &[f32]) -> f32 {
    match kind {
        Distance::Cosine | Distance::Dot => distance::dot_f32(query, vector),
        Distance::Euclid => 1.0 / (1.0 + distance::squared_euclid_f32(query, vector).sqrt()),
    }
}

/// Best score first, then the older point.
pub(crate) fn by_score(a: &Ranked, b: &Ranked) -> Ordering {
    b.score.total_cmp(&a.score).then(a.number.cmp(&b.number))
}
