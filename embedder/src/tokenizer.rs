//! Text to token ids, always ended by the end token. The only file that names `tokenizers`.

use tokenizers::{NormalizerWrapper, PreTokenizerWrapper};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use crate::error::{Error, Result};

/// How many times longer NFC can make a text in UTF-8 at most (Unicode Standard Annex 15, table of
/// expansion factors).
const NFC_GROWTH_MAX: usize = 3;

/// The end token of F2LLM-v2, used where the tokenizer's file does not add one itself.
const END: &str = "<|im_end|>";

/// Anything that has a token: its encoding shows what the post-processor adds.
const PROBE: &str = "a";

/// A tokenizer that never truncates and never pads.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    end_token: u32,
    adds_end: bool,
    /// Every token of a text covers a byte of it at least, after NFC at most.
    is_by_bytes: bool,
}

impl Tokenizer {
    /// Reads `tokenizer.json`.
    ///
    /// The end token is the one the post-processor adds, else `<|im_end|>`. Errors: `Corrupt`
    /// for a file that is no tokenizer, `Invalid` for one with no end token or with tokens
    /// outside `vocabulary_size`.
    pub fn from_bytes(bytes: &[u8], vocabulary_size: usize) -> Result<Self> {
        let corrupt = |error: tokenizers::Error| Error::FileCorrupt {
            file: "tokenizer.json".to_owned(),
            reason: error.to_string(),
        };
        let mut inner = tokenizers::Tokenizer::from_bytes(bytes).map_err(corrupt)?;
        // A truncation in the file would be silent and would drop the end token.
        inner.with_truncation(None).map_err(corrupt)?;
        inner.with_padding(None);
        let last = inner.get_vocab(true).into_values().max().unwrap_or(0);
        if last as usize >= vocabulary_size {
            return Err(unsupported(
                "largest token",
                &last.to_string(),
                vocabulary_size,
            ));
        }
        let probe = inner.encode_fast(PROBE, true).map_err(corrupt)?;
        let added = match (
            probe.get_ids().last(),
            probe.get_special_tokens_mask().last(),
        ) {
            (Some(token), Some(1)) => Some(*token),
            _ => None,
        };
        let end_token = added
            .or_else(|| inner.token_to_id(END))
            .ok_or_else(|| unsupported(END, "not in the vocabulary", vocabulary_size))?;
        Ok(Self {
            is_by_bytes: is_by_bytes(&inner),
            inner,
            end_token,
            adds_end: added.is_some(),
        })
    }

    /// Returns a number of tokens that `text` cannot exceed, known without reading it closely; none
    /// where the file's rules do not promise any. What is added around a text does not count.
    pub(crate) fn count_bound(&self, text: &str) -> Option<usize> {
        // Most texts are in NFC as they are, and then do not grow.
        let is_nfc = text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes;
        let growth = if is_nfc { 1 } else { NFC_GROWTH_MAX };
        self.is_by_bytes.then(|| text.len().saturating_mul(growth))
    }

    /// The token every text ends with, whose state is its embedding.
    pub fn end_token(&self) -> u32 {
        self.end_token
    }

    /// Returns the token ids of `prompt` followed by `text`, the end token last.
    pub fn encode(&self, prompt: &str, text: &str) -> Result<Vec<u32>> {
        let encoding = if prompt.is_empty() {
            self.inner.encode_fast(text, true)
        } else {
            self.inner.encode_fast([prompt, text].concat(), true)
        };
        let encoding = encoding.map_err(failed)?;
        let mut tokens = encoding.get_ids().to_vec();
        if !self.adds_end {
            tokens.push(self.end_token);
        }
        Ok(tokens)
    }

    /// Returns the bytes each token of `text` covers, without what is added around it.
    pub(crate) fn spans(&self, text: &str) -> Result<Vec<(usize, usize)>> {
        let encoding = self.inner.encode(text, false).map_err(failed)?;
        Ok(encoding.get_offsets().to_vec())
    }
}

/// Whether the rules can only cut a text's bytes, and never add to them but by NFC.
fn is_by_bytes(inner: &tokenizers::Tokenizer) -> bool {
    let keeps_bytes = matches!(
        inner.get_normalizer(),
        None | Some(NormalizerWrapper::NFC(_))
    );
    let is_cut_only = |step: &PreTokenizerWrapper| match step {
        PreTokenizerWrapper::ByteLevel(level) => !level.add_prefix_space,
        PreTokenizerWrapper::Split(_) => true,
        _ => false,
    };
    let cuts_only = match inner.get_pre_tokenizer() {
        Some(PreTokenizerWrapper::Sequence(steps)) => steps.as_ref().iter().all(is_cut_only),
        Some(step) => is_cut_only(step),
        None => false,
    };
    keeps_bytes && cuts_only
}

fn failed(error: tokenizers::Error) -> Error {
    Error::Tokenizer {
        reason: error.to_string(),
    }
}

fn unsupported(field: &str, found: &str, vocabulary_size: usize) -> Error {
    Error::ModelUnsupported {
        field: format!("tokenizer.json: {field}"),
        found: found.to_owned(),
        expected: format!("within a vocabulary of {vocabulary_size}"),
    }
}

#[cfg(test)]
mod tests;
