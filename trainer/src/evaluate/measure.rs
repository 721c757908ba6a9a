//! Embeds a set with one model or two, and measures it item by item.

use std::path::Path;

use embedder::{Embedder, InputKind};

use crate::embed::{bar, embed};
use crate::error::Result;
use crate::evaluate::collection::Collection;
use crate::evaluate::compare::{Cut, Items, Measured, MeasuredSet};
use crate::evaluate::judge::{figures, judge};
use crate::evaluate::rank_correlation::Ranks;
use crate::evaluate::report::SetKind;
use crate::evaluate::sentences::{self, SentencePairs};
use crate::loss::prefix::UnitPrefix;
use crate::matrix::{Matrix, dot};

/// What the correlation is called.
const SPEARMAN: &str = "Spearman";

/// A set as it was read.
#[derive(Debug)]
pub(crate) enum Set {
    Retrieval(Collection),
    Similarity(SentencePairs),
}

/// The two sides of a set, as one model embeds them.
struct Sides {
    left: Matrix,
    right: Matrix,
}

impl Set {
    /// Reads a file of sentence pairs, or a folder in BEIR layout.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        if sentences::is_sentence_file(path) && !path.is_dir() {
            return Ok(Self::Similarity(SentencePairs::read(path)?));
        }
        Ok(Self::Retrieval(Collection::read(path)?))
    }

    /// Measures at each cut; the second model is the one compared with.
    pub(crate) fn measure(
        &self,
        [model, against]: [Option<&Embedder>; 2],
        cuts: &[Cut],
        recall_at: &[usize],
    ) -> Result<MeasuredSet> {
        let own = model.map(|model| self.embed(model)).transpose()?;
        let others = against.map(|model| self.embed(model)).transpose()?;
        let mut rows = Vec::new();
        for &cut in cuts {
            let at = |sides: Option<&Sides>, length: Option<usize>| match (sides, length) {
                (Some(sides), Some(length)) => self.items(sides, length, recall_at).map(Some),
                _ => Ok(None),
            };
            let found = at(own.as_ref(), Some(cut.length))?.unwrap_or_default();
            let mut other = at(others.as_ref(), cut.against_length)?.map(Vec::into_iter);
            let names = self.figures(recall_at).into_iter();
            let measured = names.zip(found).map(|(figure, model)| Measured {
                figure,
                model,
                against: other.as_mut().and_then(Iterator::next),
            });
            rows.push((cut, measured.collect()));
        }
        Ok(self.measured(rows))
    }

    fn measured(&self, rows: Vec<(Cut, Vec<Measured>)>) -> MeasuredSet {
        let (set, kind, items) = match self {
            Self::Retrieval(collection) => {
                let queries = collection.queries.len();
                let documents = collection.documents.len();
                let kind = SetKind::Retrieval { documents, queries };
                (&collection.name, kind, queries)
            }
            Self::Similarity(sentences) => {
                let pairs = sentences.scores.len();
                (&sentences.name, SetKind::Similarity { pairs }, pairs)
            }
        };
        MeasuredSet {
            set: set.clone(),
            kind,
            items,
            rows,
        }
    }

    fn figures(&self, recall_at: &[usize]) -> Vec<String> {
        match self {
            Self::Retrieval(_) => figures(recall_at),
            Self::Similarity(_) => vec![SPEARMAN.to_owned()],
        }
    }

    fn embed(&self, embedder: &Embedder) -> Result<Sides> {
        let model = &embedder.info().name;
        match self {
            Self::Retrieval(collection) => {
                let texts = collection.documents.len() + collection.queries.len();
                let bar = bar(texts, &format!("{} with {model}", collection.name));
                let documents = collection.documents.iter().map(|one| one.text.as_str());
                let right = embed(embedder, documents, InputKind::Document, &bar)?;
                let queries = collection.queries.iter().map(|one| one.text.as_str());
                let left = embed(embedder, queries, InputKind::Query, &bar)?;
                bar.finish_and_clear();
                Ok(Sides { left, right })
            }
            Self::Similarity(pairs) => {
                let bar = bar(
                    2 * pairs.scores.len(),
                    &format!("{} with {model}", pairs.name),
                );
                let side = |sentences: &[String]| {
                    let texts = sentences.iter().map(String::as_str);
                    embed(embedder, texts, InputKind::Document, &bar)
                };
                let (left, right) = (side(&pairs.first)?, side(&pairs.second)?);
                bar.finish_and_clear();
                Ok(Sides { left, right })
            }
        }
    }

    /// Each figure's items at one length.
    fn items(&self, sides: &Sides, length: usize, recall_at: &[usize]) -> Result<Vec<Items>> {
        let Sides { left, right } = sides;
        match self {
            Self::Retrieval(collection) => {
                let judged = judge(collection, left, right, length, recall_at)?;
                Ok(judged.into_iter().map(Items::Queries).collect())
            }
            Self::Similarity(pairs) => {
                let left = UnitPrefix::of(left, 0..left.rows, length).unit;
                let right = UnitPrefix::of(right, 0..right.rows, length).unit;
                let cosine = |row: usize| f64::from(dot(left.row(row), right.row(row)));
                let cosines: Vec<f64> = (0..left.rows).map(cosine).collect();
                Ok(vec![Items::Pairs {
                    found: Ranks::of(&cosines),
                    given: Ranks::of(&pairs.scores),
                }])
            }
        }
    }
}
