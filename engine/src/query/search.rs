//! Answers a search: widens what each leg gathers until `limit` live points are held.

use roaring::RoaringBitmap;

use crate::collection::Collection;
use crate::document_view::TextAnswer;
use crate::error::Result;
use crate::vector_view::{VectorAnswer, VectorQuery};

use super::check::{check, legs};
use super::fetch;
use super::fuse::{self, Fused, Legs};
use super::request::{SearchAnswer, SearchExplanation, SearchMode, SearchRequest};
use super::resolve::{Present, Ranked};
use super::select;

/// What fusion takes of each leg, whatever the limit, so that a smaller page is always the
/// beginning of a larger one. Twice as deep as what the vector leg counts; the time of a search grows
/// with it.
pub const FUSION_DEPTH: usize = 200;

/// The candidates of one leg.
struct Leg<T> {
    wanted: usize,
    candidates: T,
    /// Whether asking for more cannot give more points.
    is_exhausted: bool,
}

impl Collection {
    /// Searches. See [`SearchRequest`] for what can be asked.
    ///
    /// When `limit` points qualify, `limit` hits come back; every hit is what the store holds.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchAnswer> {
        let request = check(request, &self.schema())?;
        let allowed = match &request.filter {
            Some(filter) => Some(select::matching(self, filter)?),
            None => None,
        };
        let search = Search {
            collection: self,
            request: &request,
            allowed: allowed.as_ref(),
        };
        let answer = search.run()?;
        if let Some(vector) = &request.vector {
            self.remember_query(vector);
        }
        Ok(answer)
    }
}

/// One search under way.
struct Search<'a> {
    collection: &'a Collection,
    request: &'a SearchRequest,
    allowed: Option<&'a RoaringBitmap>,
}

impl Search<'_> {
    fn run(&self) -> Result<SearchAnswer> {
        let depth = match self.request.mode {
            SearchMode::Vector | SearchMode::Text => self.request.limit,
            SearchMode::Hybrid => self.request.limit.max(FUSION_DEPTH),
        };
        let (uses_vector, uses_text) = legs(self.request.mode);
        let mut vector = if uses_vector {
            Some(self.vector_leg(depth)?)
        } else {
            None
        };
        // Read before the index is asked, so that it is never newer than what was searched.
        let shown = self.collection.dirty.shown();
        let mut text = if uses_text {
            Some(self.text_leg(depth)?)
        } else {
            None
        };
        loop {
            let mut present = Present::new(self.collection);
            let vector_points = match &vector {
                Some(leg) => present.resolve_vector(self.query(), &leg.candidates.candidates)?,
                None => Vec::new(),
            };
            let text_points = match &text {
                Some(leg) => present.resolve_text(&leg.candidates.hits, shown)?,
                None => Vec::new(),
            };
            let is_short = |live: usize, is_exhausted: bool| live < depth && !is_exhausted;
            let vector_is_short = vector
                .as_ref()
                .is_some_and(|leg| is_short(vector_points.len(), leg.is_exhausted));
            let text_is_short = text
                .as_ref()
                .is_some_and(|leg| is_short(text_points.len(), leg.is_exhausted));
            if vector_is_short && let Some(leg) = &vector {
                vector = Some(self.vector_leg(leg.wanted.saturating_mul(2))?);
            }
            if text_is_short && let Some(leg) = &text {
                text = Some(self.text_leg(leg.wanted.saturating_mul(2))?);
            }
            if vector_is_short || text_is_short {
                continue;
            }
            let counts = (vector_points.len(), text_points.len());
            let possible = text.as_ref().map_or(0.0, |leg| leg.candidates.possible);
            let fused = self.fuse(vector_points, text_points, possible);
            let hits = fetch::hits(&mut present, self.request, &fused)?;
            let explanation = self
                .request
                .explain
                .then(|| self.explain(counts, vector.as_ref(), possible));
            return Ok(SearchAnswer { hits, explanation });
        }
    }

    fn query(&self) -> &[f32] {
        self.request.vector.as_deref().unwrap_or_default()
    }

    fn vector_leg(&self, wanted: usize) -> Result<Leg<VectorAnswer>> {
        let query = VectorQuery {
            vector: self.query(),
            points: wanted,
            recall: self
                .request
                .recall
                .unwrap_or(self.collection.schema().recall),
            allowed: self.allowed,
            explain: self.request.explain,
        };
        let candidates = self.collection.vector_view.search(&query)?;
        Ok(Leg {
            wanted,
            is_exhausted: candidates.exhausted,
            candidates,
        })
    }

    fn text_leg(&self, wanted: usize) -> Result<Leg<TextAnswer>> {
        let text = self.request.text.as_deref().unwrap_or_default();
        let candidates = self
            .collection
            .document_view
            .search_text(text, wanted, self.allowed)?;
        Ok(Leg {
            wanted,
            is_exhausted: candidates.hits.len() < wanted,
            candidates,
        })
    }

    fn fuse(&self, vector: Vec<Ranked>, text: Vec<Ranked>, text_possible: f32) -> Vec<Fused> {
        match self.request.mode {
            SearchMode::Vector => fuse::single(vector, true),
            SearchMode::Text => fuse::single(text, false),
            SearchMode::Hybrid => {
                let legs = Legs {
                    vector: &vector,
                    text: &text,
                    text_possible,
                };
                fuse::fuse_pages(legs, self.request.fusion, FUSION_DEPTH)
            }
        }
    }

    fn explain(
        &self,
        (vector_candidates, text_candidates): (usize, usize),
        vector: Option<&Leg<VectorAnswer>>,
        text_possible: f32,
    ) -> SearchExplanation {
        SearchExplanation {
            segments: vector.map_or_else(Vec::new, |leg| leg.candidates.segments.clone()),
            vector_candidates,
            text_candidates,
            text_possible,
            filtered_points: self.allowed.map(RoaringBitmap::len),
        }
    }
}
