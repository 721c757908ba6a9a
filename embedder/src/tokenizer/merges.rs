//! Byte-pair encoding of one word: pairs of neighbouring tokens are joined, the pair that the
//! vocabulary learned first before all others, until none is left that it knows (Sennrich et al.,
//! 2016, on bytes as Radford et al., 2019).
//!
//! For words as texts have them, looking through a few pairs costs less than keeping them in order.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::Deserialize;

/// Longer words are left to the library: looking through all pairs for each join is quadratic.
pub(super) const WORD_BYTES_MAX: usize = 256;

/// A rank that no pair has: there are fewer tokens.
const NEVER: u32 = u32::MAX;

/// What a vocabulary knows of pairs.
#[derive(Debug)]
pub(super) struct Merges {
    /// The token of each byte.
    bytes: [u32; 256],
    /// When each pair was learned, and the token it becomes.
    pairs: HashMap<u64, (u32, u32), BuildHasherDefault<PairHasher>>,
}

/// The parts of `tokenizer.json` that say how words become tokens.
#[derive(Deserialize)]
struct File {
    model: Model,
}

#[derive(Deserialize)]
struct Model {
    dropout: Option<f32>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    ignore_merges: bool,
    vocab: HashMap<String, u32>,
    merges: Vec<Pair>,
}

/// Both ways in which files write a pair.
#[derive(Deserialize)]
#[serde(untagged)]
enum Pair {
    Tuple(String, String),
    Joined(String),
}

impl Pair {
    fn parts(&self) -> Option<(&str, &str)> {
        match self {
            Self::Tuple(left, right) => Some((left, right)),
            Self::Joined(joined) => joined.split_once(' '),
        }
    }
}

impl Merges {
    /// Reads `tokenizer.json`, whose bytes are written in `alphabet`; none where its rules for a
    /// word are not only these.
    pub(super) fn read(json: &[u8], alphabet: &[char; 256]) -> Option<Self> {
        let model = serde_json::from_slice::<File>(json).ok()?.model;
        let is_empty = |affix: &Option<String>| affix.as_deref().is_none_or(str::is_empty);
        let is_plain = model.dropout.is_none_or(|dropout| dropout == 0.0)
            && is_empty(&model.continuing_subword_prefix)
            && is_empty(&model.end_of_word_suffix)
            && !model.ignore_merges;
        if !is_plain {
            return None;
        }
        let token = |written: &str| model.vocab.get(written).copied();
        let mut bytes = [0; 256];
        for (byte, character) in bytes.iter_mut().zip(alphabet) {
            *byte = token(character.encode_utf8(&mut [0; 4]))?;
        }
        let mut pairs =
            HashMap::with_capacity_and_hasher(model.merges.len(), BuildHasherDefault::default());
        let mut joined = String::new();
        for (rank, pair) in (0..NEVER).zip(&model.merges) {
            let (left, right) = pair.parts()?;
            joined.clear();
            joined.extend([left, right]);
            let becomes = (rank, token(&joined)?);
            pairs.insert(key(token(left)?, token(right)?), becomes);
        }
        Some(Self { bytes, pairs })
    }

    /// Adds the tokens of a word of at most [`WORD_BYTES_MAX`] bytes to `tokens`.
    pub(super) fn encode(&self, word: &str, tokens: &mut Vec<u32>) {
        let first = tokens.len();
        tokens.extend(word.bytes().map(|byte| self.bytes[usize::from(byte)]));
        // What each token and the one behind it become; the last one has none behind it.
        let mut joins = [(NEVER, 0); WORD_BYTES_MAX];
        let mut count = tokens.len() - first;
        let own = &mut tokens[first..];
        for (join, pair) in joins.iter_mut().zip(own.windows(2)) {
            *join = self.join(pair[0], pair[1]);
        }
        while let Some(place) = earliest(&joins[..count.saturating_sub(1)]) {
            own[place] = joins[place].1;
            own.copy_within(place + 2..count, place + 1);
            joins.copy_within(place + 2..count, place + 1);
            count -= 1;
            let after = own[..count].get(place + 1);
            joins[place] = after.map_or((NEVER, 0), |after| self.join(own[place], *after));
            if let Some(before) = place.checked_sub(1) {
                joins[before] = self.join(own[before], own[place]);
            }
        }
        tokens.truncate(first + count);
    }

    fn join(&self, left: u32, right: u32) -> (u32, u32) {
        let join = self.pairs.get(&key(left, right));
        join.copied().unwrap_or((NEVER, 0))
    }
}

/// The place of the pair that was learned first, the leftmost of them.
fn earliest(joins: &[(u32, u32)]) -> Option<usize> {
    let (place, (rank, _)) = joins.iter().enumerate().min_by_key(|(_, join)| join.0)?;
    (*rank != NEVER).then_some(place)
}

fn key(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

/// Mixes a pair of tokens with one product. Pairs come from the model's file and not from texts, so
/// nobody can choose ones that collide.
#[derive(Debug, Default)]
struct PairHasher(u64);

impl Hasher for PairHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // 2^64 over the golden ratio; the high half has the better bits, and a table reads both.
        let product = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ product >> 32;
    }
}

#[cfg(test)]
mod tests;
