//! The tokens that are kept, as rows of the larger token table and as a smaller tokenizer.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::prune::calibration::Calibration;
use crate::vocabulary::merges::Merges;
use crate::vocabulary::prune::{self, PruneOptions, Usage};

/// The file of a model folder.
pub(crate) const TOKENIZER: &str = "tokenizer.json";

/// What is kept of a vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptTokens {
    /// For each token of the smaller tokenizer, the row of the larger table.
    pub rows: Vec<u32>,
    /// The smaller `tokenizer.json`.
    pub json: Vec<u8>,
}

impl KeptTokens {
    /// Keeps the tokens that the calibration texts use most, each with all it is merged from, up
    /// to `size` with the special ones.
    pub fn choose(source: &Path, texts: &Calibration, size: usize) -> Result<Self> {
        let path = source.join(TOKENIZER);
        let merges = Merges::read(&path)?;
        let specials = special_ids(&merges, &path)?;
        let mut weights = vec![0.0; merges.tokens.len()];
        for &token in texts.lists.tokens() {
            if let Some(weight) = weights.get_mut(token as usize) {
                *weight += 1.0;
            }
        }
        let options = PruneOptions {
            tokens: size,
            ..PruneOptions::default()
        };
        let usage = Usage {
            weights: &weights,
            counts: &BTreeMap::new(),
        };
        let mut rows = prune::choose(&merges, usage, &options)?;
        let json = prune::write(&merges, &rows)?;
        // The smaller tokenizer numbers special tokens behind the others, in their old order.
        rows.extend(specials);
        Ok(Self {
            rows,
            json: json.to_string().into_bytes(),
        })
    }
}

/// The numbers of the special tokens, in the order of the file.
fn special_ids(merges: &Merges, path: &Path) -> Result<Vec<u32>> {
    let added = merges.json["added_tokens"].as_array();
    let added = added.ok_or_else(|| Error::content(path, "it has no list `added_tokens`"))?;
    let mut ids = Vec::with_capacity(added.len());
    for token in added {
        let content = &token["content"];
        if !merges.json["model"]["vocab"][content.as_str().unwrap_or_default()].is_null() {
            let problem = format!(
                "special token {content} is in `model.vocab` as well; only tokenizers that keep \
                 the two apart can be cut"
            );
            return Err(Error::content(path, problem));
        }
        let id = token["id"].as_u64().and_then(|id| u32::try_from(id).ok());
        let problem = format!("special token {content} has no `id` within the vocabulary");
        ids.push(id.ok_or_else(|| Error::content(path, problem))?);
    }
    Ok(ids)
}
