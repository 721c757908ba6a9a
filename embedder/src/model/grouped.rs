//! Attention in groups of texts of similar length, as tensor operations: differentiable, and the
//! form used on a GPU.
//!
//! Only attention pads, and only here; every projection runs on packed rows. Rows are gathered
//! and scattered by index, whose backward is linear in the batch; a slice per text would not be.

use std::ops::Range;

use candle_core::{Device, Result, Tensor};

use crate::model::heads::Heads;
use crate::model::packing::Rows;

/// A group may compute this much more than its texts need: few groups, little padding.
const PADDED_RATIO_MAX: f64 = 1.25;

/// Scores held at once. 2^26 f32 are 256 MiB; longer texts go through in blocks of query rows.
const SCORES_MAX: usize = 1 << 26;

/// Causal attention of each text to itself; see [`super::kernels::Kernels`] for the shapes and for
/// the forms of `softmax`.
pub(super) fn attention(
    softmax: impl Fn(&Tensor) -> Result<Tensor>,
    [query, key, value]: [&Tensor; 3],
    lengths: &[usize],
    heads: Heads,
    rows: Rows,
) -> Result<Tensor> {
    let device = query.device();
    let mut by_length: Vec<usize> = (0..lengths.len()).collect();
    by_length.sort_by_key(|text| lengths[*text]);
    let starts = starts(lengths);
    let mut outputs = Vec::new();
    // Where each row of the answer is found in the groups' outputs, one after another.
    let mut places = vec![0_u32; query.dim(0)?];
    let mut place = 0;
    for range in groups(&by_length, lengths) {
        let texts = &by_length[range];
        let longest = texts.iter().map(|text| lengths[*text]).max().unwrap_or(0);
        let key_rows = padded_rows(texts, &starts, lengths, longest);
        let query_rows = match rows {
            Rows::All => key_rows.clone(),
            Rows::Last => texts.iter().map(|text| *text as u32).collect(),
        };
        let query_length = query_rows.len() / texts.len();
        for &text in texts {
            let (first, count) = match rows {
                Rows::All => (starts[text], lengths[text]),
                Rows::Last => (text, 1),
            };
            for row in 0..count {
                places[first + row] = (place + row) as u32;
            }
            place += query_length;
        }
        let key_rows = Tensor::new(key_rows, device)?;
        let gathered = [
            query.index_select(&Tensor::new(query_rows, device)?, 0)?,
            key.index_select(&key_rows, 0)?,
            value.index_select(&key_rows, 0)?,
        ];
        let text_lengths: Vec<usize> = texts.iter().map(|text| lengths[*text]).collect();
        let mask = mask(&text_lengths, longest, rows, device)?;
        outputs.push(group_attention(
            &softmax,
            &gathered,
            &mask,
            texts.len(),
            heads,
        )?);
    }
    Tensor::cat(&outputs, 0)?.index_select(&Tensor::new(places, device)?, 0)
}

/// The first row of each text.
fn starts(lengths: &[usize]) -> Vec<usize> {
    let mut next = 0;
    let mut starts = Vec::with_capacity(lengths.len());
    for length in lengths {
        starts.push(next);
        next += length;
    }
    starts
}

/// Cuts texts in order of length into groups that pad little.
fn groups(by_length: &[usize], lengths: &[usize]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let (mut first, mut tokens) = (0, 0);
    for (position, text) in by_length.iter().enumerate() {
        let padded = lengths[*text] * (position + 1 - first);
        if padded as f64 > PADDED_RATIO_MAX * (tokens + lengths[*text]) as f64 {
            groups.push(first..position);
            (first, tokens) = (position, 0);
        }
        tokens += lengths[*text];
    }
    groups.push(first..by_length.len());
    groups
}

/// The packed rows of each text, filled up to `longest` with the text's own first row.
fn padded_rows(texts: &[usize], starts: &[usize], lengths: &[usize], longest: usize) -> Vec<u32> {
    let mut rows = Vec::with_capacity(texts.len() * longest);
    for &text in texts {
        let start = starts[text];
        rows.extend((start..start + lengths[text]).map(|row| row as u32));
        rows.resize(rows.len() + longest - lengths[text], start as u32);
    }
    rows
}

/// What is added to the scores: zero where a query may look, minus infinity elsewhere.
///
/// `[1, longest, longest]` for all rows: padding comes after the text, so the causal mask hides
/// it too. `[texts, 1, longest]` for the last rows.
fn mask(lengths: &[usize], longest: usize, rows: Rows, device: &Device) -> Result<Tensor> {
    let hidden = |is_hidden: bool| if is_hidden { f32::NEG_INFINITY } else { 0.0 };
    match rows {
        Rows::All => {
            let entries = (0..longest)
                .flat_map(|query| (0..longest).map(move |key| hidden(key > query)))
                .collect();
            Tensor::from_vec(entries, (1, longest, longest), device)
        }
        Rows::Last => {
            let entries = lengths
                .iter()
                .flat_map(|length| (0..longest).map(move |key| hidden(key >= *length)))
                .collect();
            Tensor::from_vec(entries, (lengths.len(), 1, longest), device)
        }
    }
}

/// Attention of `texts` texts of one padded length.
///
/// Queries are `[texts * q, heads, head_dim]`, keys and values `[texts * l, key heads,
/// head_dim]`, the mask `[texts or 1, q, l]`; the answer is `[texts * q, heads * head_dim]`.
fn group_attention(
    softmax: &impl Fn(&Tensor) -> Result<Tensor>,
    [query, key, value]: &[Tensor; 3],
    mask: &Tensor,
    texts: usize,
    heads: Heads,
) -> Result<Tensor> {
    let Heads {
        queries,
        keys,
        dimensions,
    } = heads;
    let shared = queries / keys;
    let (query_length, key_length) = (query.dim(0)? / texts, key.dim(0)? / texts);
    // texts x key heads x shared x q x head_dim
    let query = query
        .reshape((texts, query_length, keys, shared, dimensions))?
        .permute((0, 2, 3, 1, 4))?
        .affine(1.0 / (dimensions as f64).sqrt(), 0.0)?;
    let by_head = |states: &Tensor| {
        states
            .reshape((texts, key_length, keys, dimensions))?
            .transpose(1, 2)?
            .contiguous()
    };
    let key = by_head(key)?.transpose(2, 3)?.contiguous()?; // texts x key heads x head_dim x l
    let value = by_head(value)?; // texts x key heads x l x head_dim
    let block_max = (SCORES_MAX / (texts * queries * key_length)).max(1);
    let mut blocks = Vec::new();
    for first in (0..query_length).step_by(block_max) {
        let rows = block_max.min(query_length - first);
        let block = query.narrow(3, first, rows)?.contiguous()?;
        let block = block.reshape((texts, keys, shared * rows, dimensions))?;
        let scores = block
            .matmul(&key)?
            .reshape((texts, keys * shared, rows, key_length))?;
        let mask = mask.narrow(1, first, rows)?.unsqueeze(1)?;
        let weights = softmax(&scores.broadcast_add(&mask)?)?;
        let weights = weights.reshape((texts, keys, shared * rows, key_length))?;
        let mixed = weights
            .matmul(&value)?
            .reshape((texts, queries, rows, dimensions))?;
        blocks.push(mixed);
    }
    let mixed = Tensor::cat(&blocks, 2)?; // texts x heads x q x head_dim
    let mixed = mixed.transpose(1, 2)?.contiguous()?;
    mixed.reshape((texts * query_length, queries * dimensions))
}

#[cfg(test)]
mod tests;
