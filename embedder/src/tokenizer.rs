//! Text to token ids, always ended by the end token. The only file that names `tokenizers`.

mod merges;
mod words;

use tokenizers::pre_tokenizers::split::Split;
use tokenizers::tokenizer::normalizer::SplitDelimiterBehavior;
use tokenizers::{Model as _, ModelWrapper, NormalizerWrapper, PreTokenizerWrapper};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use crate::error::{Error, Result};
use crate::tokenizer::merges::Merges;
use crate::tokenizer::words::Words;

/// The end token of F2LLM-v2, used where the tokenizer's file does not add one itself.
const END: &str = "<|im_end|>";

/// Anything that has a token: its encoding shows what the post-processor adds.
const PROBE: &str = "a";

/// Texts on which the short way has to give what the library gives, or it is not taken.
const PROBES: [&str; 4] = [
    "",
    PROBE,
    " two  Words,\r\n\n it's 42! ",
    "\u{e9}\u{4f60}\u{597d}\t--",
];

/// More added tokens than a model of this family has; each is searched for by itself.
const ADDED_MAX: usize = 64;

/// A tokenizer that never truncates and never pads.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    end_token: u32,
    adds_end: bool,
    /// The short way, where the file's rules are the ones it knows.
    short: Option<Short>,
}

/// What the short way needs besides the library's own parts.
#[derive(Debug)]
struct Short {
    words: Words,
    merges: Merges,
    /// How byte-level tokenizers write each byte (Radford et al., 2019: bytes that print stand for
    /// themselves, the others for the characters from 256 on).
    alphabet: [char; 256],
    /// Tokens that are found in a text before it is cut into words.
    added: Vec<String>,
    /// The first bytes of those: nearly no text has one.
    begins_added: [bool; 256],
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
        let mut tokenizer = Self {
            short: Short::of(&inner, bytes),
            inner,
            end_token,
            adds_end: added.is_some(),
        };
        for probe in PROBES {
            if tokenizer.encode_short(probe)? != Some(tokenizer.encode_long(probe)?) {
                tokenizer.short = None;
            }
        }
        Ok(tokenizer)
    }

    /// The token every text ends with, whose state is its embedding.
    pub fn end_token(&self) -> u32 {
        self.end_token
    }

    /// Returns the token ids of `prompt` followed by `text`, the end token last.
    pub fn encode(&self, prompt: &str, text: &str) -> Result<Vec<u32>> {
        let both;
        let text = if prompt.is_empty() {
            text
        } else {
            both = [prompt, text].concat();
            &both
        };
        match self.encode_short(text)? {
            Some(tokens) => Ok(tokens),
            None => self.encode_long(text),
        }
    }

    /// The library's own way, from the text to the end token.
    fn encode_long(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.inner.encode_fast(text, true).map_err(failed)?;
        let mut tokens = encoding.get_ids().to_vec();
        if !self.adds_end {
            tokens.push(self.end_token);
        }
        Ok(tokens)
    }

    /// The same tokens in a tenth of the time: the library's rule cuts the text into words, those
    /// that are not known yet are cut here, and what the library tracks besides (where each byte was
    /// before each step) is left out. None for a text or a file that needs more than that.
    fn encode_short(&self, text: &str) -> Result<Option<Vec<u32>>> {
        let Some(short) = self.short.as_ref().filter(|short| short.reads(text)) else {
            return Ok(None);
        };
        let (Some(split), ModelWrapper::BPE(model)) =
            (word_split(&self.inner), self.inner.get_model())
        else {
            return Ok(None);
        };
        let cut = |word: &str, tokens: &mut Vec<u32>| {
            if word.len() <= merges::WORD_BYTES_MAX {
                short.merges.encode(word, tokens);
            } else {
                let cut = model.tokenize(&short.write(word)).map_err(failed)?;
                tokens.extend(cut.into_iter().map(|token| token.id));
            }
            Ok(())
        };
        let mut tokens = Vec::with_capacity(text.len() / 4 + 2);
        short.words.encode(pieces(split, text), cut, &mut tokens)?;
        tokens.push(self.end_token);
        Ok(Some(tokens))
    }

    /// Returns the bytes each token of `text` covers, without what is added around it.
    pub(crate) fn spans(&self, text: &str) -> Result<Vec<(usize, usize)>> {
        let encoding = self.inner.encode(text, false).map_err(failed)?;
        Ok(encoding.get_offsets().to_vec())
    }
}

impl Short {
    /// None where a file's rules are others than NFC, one cut into words, and bytes.
    fn of(inner: &tokenizers::Tokenizer, json: &[u8]) -> Option<Self> {
        let is_nfc = matches!(
            inner.get_normalizer(),
            None | Some(NormalizerWrapper::NFC(_))
        );
        let added = inner.get_added_vocabulary().get_vocab();
        let added: Vec<String> = added
            .keys()
            .filter(|token| !token.is_empty())
            .cloned()
            .collect();
        let is_plain = added.len() <= ADDED_MAX && added.iter().all(|token| token.is_ascii());
        if !is_nfc || word_split(inner).is_none() || !is_plain {
            return None;
        }
        let mut begins_added = [false; 256];
        for token in &added {
            begins_added[usize::from(token.as_bytes()[0])] = true;
        }
        let alphabet = alphabet();
        Some(Self {
            words: Words::default(),
            merges: Merges::read(json, &alphabet)?,
            alphabet,
            added,
            begins_added,
        })
    }

    /// A word as a byte-level tokenizer writes it.
    fn write(&self, word: &str) -> String {
        let bytes = word.bytes();
        bytes.map(|byte| self.alphabet[usize::from(byte)]).collect()
    }

    /// Whether a text is cut into words as it is: in NFC, and without an added token.
    fn reads(&self, text: &str) -> bool {
        let is_nfc = text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes;
        let begins_added = |byte: u8| self.begins_added[usize::from(byte)];
        is_nfc
            && (!text.bytes().any(begins_added)
                || !self.added.iter().any(|token| text.contains(token.as_str())))
    }
}

fn alphabet() -> [char; 256] {
    let mut alphabet = ['\0'; 256];
    let mut others = (256..).filter_map(char::from_u32);
    for (byte, character) in (0..=255u8).zip(&mut alphabet) {
        let prints = matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
        *character = if prints {
            char::from(byte)
        } else {
            others.next().unwrap_or_default()
        };
    }
    alphabet
}

/// The rule that cuts a text into words, where the only other one writes them in bytes.
fn word_split(inner: &tokenizers::Tokenizer) -> Option<&Split> {
    let Some(PreTokenizerWrapper::Sequence(steps)) = inner.get_pre_tokenizer() else {
        return None;
    };
    let [
        PreTokenizerWrapper::Split(split),
        PreTokenizerWrapper::ByteLevel(bytes),
    ] = steps.as_ref()
    else {
        return None;
    };
    let cuts_words = split.behavior == SplitDelimiterBehavior::Isolated && !split.invert;
    (cuts_words && !bytes.add_prefix_space && !bytes.use_regex).then_some(split)
}

/// The matches of a rule in a text, and what lies between them.
fn pieces<'a>(split: &'a Split, text: &'a str) -> impl Iterator<Item = &'a str> {
    let mut matches = split.regex.find_iter(text);
    let (mut next, mut done) = (None, 0);
    std::iter::from_fn(move || {
        loop {
            let (start, end) = match next.take() {
                Some(found) => found,
                None => matches.next().unwrap_or((text.len(), text.len())),
            };
            if start > done {
                next = Some((start, end));
                let piece = &text[done..start];
                done = start;
                return Some(piece);
            }
            if end > start {
                done = end;
                return Some(&text[start..end]);
            }
            if start == text.len() {
                return None;
            }
        }
    })
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
