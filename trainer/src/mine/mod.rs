//! Pairs of a query and its passage, with passages that look right and are not.
//!
//! Pairs come from what belongs together already: a title and its body, or a chunk and the next
//! one. Negatives are the passages a model finds closest to the query elsewhere. Some of those
//! would answer it as well; a passage whose score comes within a margin of the positive's is taken
//! for such a false negative and left out (TopK-PercPos of Moreira et al., NV-Retriever, arXiv
//! 2407.15831, section 4: at most 95% of the positive's score). Of the closest that are left, some
//! are drawn at random, as F2LLM-v2 does with 7 of 24 (arXiv 2603.19223).

pub mod columns;
pub mod corpus;
pub mod negatives;
pub mod output;
pub mod records;
pub mod scan;
pub mod served;

use std::path::{Path, PathBuf};

use embedder::{Chunking, Embedder};

use crate::error::{Error, Result};
use crate::mine::corpus::Corpus;
use crate::mine::output::Output;
use crate::seed::Seed;

/// More negatives a query than any published recipe mines.
pub const MINED_MAX: usize = 1_000;

/// What belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairKind {
    /// A title asks for its body; the positive is the body's chunk closest to the title.
    Titles,
    /// A chunk asks for the next one of its body.
    Neighbours,
}

/// Where titles and bodies are found in a record or payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The title's name.
    pub title: String,
    /// The body's name; a collection's is always the text.
    pub body: String,
}

/// How pairs and negatives are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct MineOptions {
    /// What belongs together; at least one.
    pub kinds: Vec<PairKind>,
    /// Where titles and bodies are found.
    pub fields: Fields,
    /// How bodies are cut; a collection's are cut already.
    pub chunking: Chunking,
    /// How many of the closest passages are looked at, false negatives left out.
    pub mined: usize,
    /// How many of them are drawn.
    pub drawn: usize,
    /// A passage with more than `1 - margin` of the positive's score is a false negative.
    pub margin: f64,
    /// What negatives are drawn with.
    pub seed: Seed,
}

impl Default for MineOptions {
    fn default() -> Self {
        Self {
            kinds: vec![PairKind::Titles],
            fields: Fields {
                title: "title".to_owned(),
                body: "body".to_owned(),
            },
            chunking: Chunking {
                tokens: 256,
                overlap: 0,
            },
            mined: 24,
            drawn: 7,
            margin: 0.05,
            seed: Seed(1),
        }
    }
}

impl MineOptions {
    /// Refuses values that cannot work, naming what is accepted.
    pub fn check(&self) -> Result<()> {
        let wrong = |problem: String| Err(Error::argument(problem));
        if self.kinds.is_empty() {
            return wrong("no kind of pairs, expected `titles`, `neighbours` or both".to_owned());
        }
        if self.mined == 0 || self.mined > MINED_MAX {
            return wrong(format!(
                "`mined` is {}, expected 1 to {MINED_MAX}",
                self.mined
            ));
        }
        if self.drawn == 0 || self.drawn > self.mined {
            let (drawn, mined) = (self.drawn, self.mined);
            return wrong(format!(
                "`negatives` is {drawn}, expected 1 to {mined}, what is mined"
            ));
        }
        if !(0.0..1.0).contains(&self.margin) {
            return wrong(format!(
                "`margin` is {}, expected 0 to below 1",
                self.margin
            ));
        }
        Ok(())
    }
}

/// What became of the pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MineSummary {
    /// Pairs that were written.
    pub written: usize,
    /// Records without a title, or with a body of one chunk where neighbours were asked for.
    pub unpaired: usize,
    /// Pairs whose positive scores zero or less, so that nothing can be said of a margin.
    pub unlike: usize,
    /// Pairs with fewer negatives than are to be drawn.
    pub lacking: usize,
}

impl MineSummary {
    /// The summary in words.
    pub fn words(&self) -> String {
        format!(
            "wrote {} pairs; left out: {} records without a pair, {} pairs that score zero or \
             less, {} pairs with too few negatives",
            self.written, self.unpaired, self.unlike, self.lacking
        )
    }
}

/// What one pair came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mined {
    Written(output::Line),
    Unlike,
    Lacking,
}

impl MineSummary {
    /// Counts a pair, and writes it where it is whole.
    pub(crate) fn take(&mut self, mined: &Mined, output: &mut Output) -> Result<()> {
        match mined {
            Mined::Written(line) => {
                output.write(line)?;
                self.written += 1;
            }
            Mined::Unlike => self.unlike += 1,
            Mined::Lacking => self.lacking += 1,
        }
        Ok(())
    }

    /// Puts the file in its place; without a pair there is none.
    pub(crate) fn finish(self, output: Output, path: &Path) -> Result<Self> {
        if self.written == 0 {
            let problem = format!("nothing to write to `{}`: {}", path.display(), self.words());
            return Err(Error::argument(problem));
        }
        output.finish()?;
        Ok(self)
    }
}

/// Mines a file of records (`.jsonl`, `.jsonl.gz` or `.parquet`) with a model; writes one line a
/// pair to `output`, which appears when all of them are there.
pub fn mine_file(
    embedder: &Embedder,
    records: &Path,
    options: &MineOptions,
    output: &Path,
) -> Result<MineSummary> {
    options.check()?;
    let corpus = Corpus::read(embedder, records, options)?;
    let mut lines = Output::create(output)?;
    let mut summary = MineSummary {
        unpaired: corpus.unpaired,
        ..MineSummary::default()
    };
    scan::mine(embedder, &corpus, options, |mined| {
        summary.take(mined, &mut lines)
    })?;
    summary.finish(lines, output)
}

/// A collection of a running server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedCollection {
    /// The server, such as `http://127.0.0.1:6363`.
    pub url: String,
    /// A file with the key to send and nothing else, where the server asks for one.
    pub key_file: Option<PathBuf>,
    /// A file of certificates in PEM to trust besides the system's.
    pub certificates: Option<PathBuf>,
    /// The collection's name.
    pub name: String,
    /// How many hits a query looks at for negatives.
    pub depth: usize,
}

/// Mines a collection with the server's own model and search; see [`served`].
pub fn mine_collection(
    collection: &ServedCollection,
    options: &MineOptions,
    output: &Path,
) -> Result<MineSummary> {
    options.check()?;
    let mut lines = Output::create(output)?;
    let mut summary = MineSummary::default();
    served::mine(collection, options, &mut summary, &mut lines)?;
    summary.finish(lines, output)
}

#[cfg(test)]
mod tests;
