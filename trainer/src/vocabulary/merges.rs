//! A byte-level BPE `tokenizer.json` taken apart: tokens, the pair each is merged from, its text.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::files;

/// Qwen's file has 11 MB.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// A tokenizer's vocabulary and merges.
#[derive(Debug)]
pub struct Merges {
    /// The whole file, of which only the vocabulary will be changed.
    pub json: Value,
    /// Each token as the file writes it, by id.
    pub tokens: Vec<String>,
    /// Merges in order of rank: left, right, product.
    pub merges: Vec<[u32; 3]>,
    /// The rank of the merge that makes a token; none for bytes.
    pub made_by: Vec<Option<usize>>,
}

impl Merges {
    /// Reads a `tokenizer.json`.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path, FILE_BYTES_MAX)?;
        let json = serde_json::from_slice(&bytes)
            .map_err(|error| Error::content(path, error.to_string()))?;
        Self::parse(json).map_err(|problem| Error::content(path, problem))
    }

    /// Takes a parsed `tokenizer.json` apart; the error says what is missing.
    pub fn parse(json: Value) -> Result<Self, String> {
        let model = &json["model"];
        if model["type"] != "BPE" {
            return Err(format!(
                "`model.type` is {}, expected \"BPE\"",
                model["type"]
            ));
        }
        let vocabulary = model["vocab"]
            .as_object()
            .ok_or("`model.vocab` is not an object")?;
        let mut tokens = vec![String::new(); vocabulary.len()];
        let mut ids = HashMap::with_capacity(vocabulary.len());
        for (token, id) in vocabulary {
            let id = id
                .as_u64()
                .ok_or_else(|| format!("token `{token}` has no id"))? as usize;
            let slot = tokens
                .get_mut(id)
                .ok_or_else(|| format!("token `{token}` leaves a gap"))?;
            slot.clone_from(token);
            ids.insert(token.clone(), id as u32);
        }
        let listed = model["merges"]
            .as_array()
            .ok_or("`model.merges` is not a list")?;
        let mut merges = Vec::with_capacity(listed.len());
        let mut made_by = vec![None; tokens.len()];
        for (rank, merge) in listed.iter().enumerate() {
            let (left, right) = pieces(merge).ok_or_else(|| format!("merge {rank} is {merge}"))?;
            let product = format!("{left}{right}");
            let find = |piece: &str| {
                let id = ids.get(piece).copied();
                id.ok_or_else(|| format!("merge {rank} names `{piece}`, which is no token"))
            };
            let [left, right, product] = [find(&left)?, find(&right)?, find(&product)?];
            merges.push([left, right, product]);
            made_by[product as usize].get_or_insert(rank);
        }
        Ok(Self {
            json,
            tokens,
            merges,
            made_by,
        })
    }

    /// The text of a token, where its bytes are whole characters.
    pub fn text(&self, token: usize) -> Option<String> {
        let bytes: Option<Vec<u8>> = self.tokens[token].chars().map(byte_of).collect();
        String::from_utf8(bytes?).ok()
    }
}

/// A merge is written `["a", "b"]` or, in older files, `"a b"`.
fn pieces(merge: &Value) -> Option<(String, String)> {
    if let Some(line) = merge.as_str() {
        let (left, right) = line.split_once(' ')?;
        return Some((left.to_owned(), right.to_owned()));
    }
    let left = merge.get(0)?.as_str()?.to_owned();
    Some((left, merge.get(1)?.as_str()?.to_owned()))
}

/// Undoes byte-level BPE's alphabet (GPT-2's): printable bytes stand for themselves, the others
/// are numbered from U+0100 in byte order.
fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    if is_printable(code) {
        return u8::try_from(code).ok();
    }
    let position = code.checked_sub(0x100)? as usize;
    (0..256u32)
        .filter(|&byte| !is_printable(byte))
        .nth(position)
        .map(|byte| byte as u8)
}

fn is_printable(code: u32) -> bool {
    matches!(code, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff)
}
