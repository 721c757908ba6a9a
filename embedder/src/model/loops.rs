//! The fused operations on the CPU, as loops over slices.
//!
//! Texts are short and a packed batch holds many, so what generic tensor operations spend on
//! layouts and temporary tensors would be most of the time. The products stay with `gemm`.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::model::heads::Heads;
use crate::model::numbers::{self, Matrix};
use crate::model::packing::Rows;

/// Values one task of an elementwise loop handles: long enough that handing it to another
/// thread costs nothing beside it, short enough to stay in the first caches.
const TASK_VALUES: usize = 1 << 14;

/// Query rows of one attention task. The scores of a block are `rows x keys`, so that memory
/// stays linear in the text's length, and half of what the causal mask hides is never computed.
const QUERY_ROWS: usize = 64;

/// Below this many rows a product is cheaper as plain dot products than through `gemm`.
const PRODUCT_ROWS_MIN: usize = 4;

/// RMSNorm over the last dimension.
pub(super) fn rms_norm(states: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    states.apply_op2_no_bwd(weight, &RmsNorm { eps })
}

/// RMSNorm of every head, then rotation by position.
pub(super) fn norm_rotate(
    states: &Tensor,
    weight: &Tensor,
    rotation: &Tensor,
    eps: f32,
) -> Result<Tensor> {
    states.apply_op3_no_bwd(weight, rotation, &NormRotate { eps })
}

/// `silu(gate) * up`.
pub(super) fn gated_silu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.apply_op2_no_bwd(up, &GatedSilu)
}

/// Causal attention of each text to itself; see [`super::kernels::Kernels`] for the shapes.
pub(super) fn attention(
    [query, key, value]: [&Tensor; 3],
    lengths: &[usize],
    heads: Heads,
    rows: Rows,
) -> Result<Tensor> {
    query.apply_op3_no_bwd(
        key,
        value,
        &Attention {
            lengths: lengths.to_vec(),
            heads,
            rows,
        },
    )
}

/// The rows `tokens` of an int8 table moved up by `zero`, each times its scale.
///
/// `rows` is `[vocabulary, hidden]` u8, `scales` `[vocabulary, 1]` f32.
pub(super) fn dequantize_rows(
    rows: &Tensor,
    scales: &Tensor,
    tokens: &[u32],
    zero: f32,
) -> Result<Tensor> {
    rows.apply_op2_no_bwd(
        scales,
        &DequantizeRows {
            tokens: tokens.to_vec(),
            zero,
        },
    )
}

/// The values of a tensor that lies in memory in the order of its dimensions.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let all = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&all[start..end]),
        None => bail!("a fused operation needs a contiguous tensor, found {layout:?}"),
    }
}

/// Rows of `width` values that one task handles.
fn task_rows(width: usize) -> usize {
    (TASK_VALUES / width.max(1)).max(1)
}

struct DequantizeRows {
    tokens: Vec<u32>,
    zero: f32,
}

impl CustomOp2 for DequantizeRows {
    fn name(&self) -> &'static str {
        "dequantize-rows-loop"
    }

    fn cpu_fwd(
        &self,
        rows: &CpuStorage,
        rows_layout: &Layout,
        scales: &CpuStorage,
        scales_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (count, width) = rows_layout.shape().dims2()?;
        let scales = values(scales, scales_layout)?;
        let Some((start, end)) = rows_layout.contiguous_offsets() else {
            bail!("a token table needs to be contiguous, found {rows_layout:?}");
        };
        let rows = &rows.as_slice::<u8>()?[start..end];
        if scales.len() != count {
            bail!("{} scales for {count} rows", scales.len());
        }
        if let Some(token) = self.tokens.iter().find(|token| **token as usize >= count) {
            bail!("token {token} is outside the table of {count} rows");
        }
        let mut output = vec![0.0; self.tokens.len() * width];
        let task = task_rows(width);
        output
            .par_chunks_mut(task * width)
            .zip(self.tokens.par_chunks(task))
            .for_each(|(output, tokens)| {
                for (output, token) in output.chunks_exact_mut(width).zip(tokens) {
                    let row = &rows[*token as usize * width..][..width];
                    let scale = scales[*token as usize];
                    for (output, byte) in output.iter_mut().zip(row) {
                        *output = (f32::from(*byte) - self.zero) * scale;
                    }
                }
            });
        Ok((
            CpuStorage::F32(output),
            Shape::from((self.tokens.len(), width)),
        ))
    }
}

struct RmsNorm {
    eps: f32,
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm-loop"
    }

    fn cpu_fwd(
        &self,
        states: &CpuStorage,
        states_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (states, weight) = (
            values(states, states_layout)?,
            values(weight, weight_layout)?,
        );
        let width = weight.len();
        if width == 0 || !states.len().is_multiple_of(width) {
            bail!("{} values are no rows of {width}", states.len());
        }
        let mut output = vec![0.0; states.len()];
        let task = task_rows(width) * width;
        output
            .par_chunks_mut(task)
            .zip(states.par_chunks(task))
            .for_each(|(output, states)| {
                for (output, row) in output
                    .chunks_exact_mut(width)
                    .zip(states.chunks_exact(width))
                {
                    let inverse = numbers::inverse_root_mean_square(row, self.eps);
                    for ((output, value), weight) in output.iter_mut().zip(row).zip(weight) {
                        *output = value * inverse * weight;
                    }
                }
            });
        Ok((CpuStorage::F32(output), states_layout.shape().clone()))
    }
}

struct NormRotate {
    eps: f32,
}

impl CustomOp3 for NormRotate {
    fn name(&self) -> &'static str {
        "norm-rotate-loop"
    }

    fn cpu_fwd(
        &self,
        states: &CpuStorage,
        states_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        rotation: &CpuStorage,
        rotation_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, heads, width) = states_layout.shape().dims3()?;
        let (states, weight) = (
            values(states, states_layout)?,
            values(weight, weight_layout)?,
        );
        let rotation = values(rotation, rotation_layout)?;
        if weight.len() != width || rotation.len() != rows * width || !width.is_multiple_of(2) {
            bail!(
                "heads of {width} do not fit weight {} and rotation",
                weight.len()
            );
        }
        let mut output = vec![0.0; states.len()];
        let task = task_rows(heads * width);
        output
            .par_chunks_mut(task * heads * width)
            .zip(states.par_chunks(task * heads * width))
            .zip(rotation.par_chunks(task * width))
            .for_each(|((output, states), rotation)| {
                let outputs = output.chunks_exact_mut(heads * width);
                let states = states.chunks_exact(heads * width);
                let rows = outputs.zip(states).zip(rotation.chunks_exact(width));
                for ((output, states), rotation) in rows {
                    let heads = output
                        .chunks_exact_mut(width)
                        .zip(states.chunks_exact(width));
                    for (output, head) in heads {
                        norm_rotate_head(output, head, weight, rotation, self.eps);
                    }
                }
            });
        Ok((CpuStorage::F32(output), states_layout.shape().clone()))
    }
}

/// One head of one row. All slices have the head's width.
fn norm_rotate_head(output: &mut [f32], head: &[f32], weight: &[f32], rotation: &[f32], eps: f32) {
    let half = head.len() / 2;
    let inverse = numbers::inverse_root_mean_square(head, eps);
    let (first, second) = head.split_at(half);
    let (weight_first, weight_second) = weight.split_at(half);
    let (cosines, sines) = rotation.split_at(half);
    let (output_first, output_second) = output.split_at_mut(half);
    // Equal lengths known to the compiler, so that the loop below is vectorized.
    let (first, second) = (&first[..half], &second[..half]);
    let (weight_first, weight_second) = (&weight_first[..half], &weight_second[..half]);
    let (cosines, sines) = (&cosines[..half], &sines[..half]);
    let (output_first, output_second) = (&mut output_first[..half], &mut output_second[..half]);
    for i in 0..half {
        let one = first[i] * inverse * weight_first[i];
        let two = second[i] * inverse * weight_second[i];
        output_first[i] = one * cosines[i] - two * sines[i];
        output_second[i] = two * cosines[i] + one * sines[i];
    }
}

struct GatedSilu;

impl CustomOp2 for GatedSilu {
    fn name(&self) -> &'static str {
        "gated-silu-loop"
    }

    fn cpu_fwd(
        &self,
        gate: &CpuStorage,
        gate_layout: &Layout,
        up: &CpuStorage,
        up_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (gate, up) = (values(gate, gate_layout)?, values(up, up_layout)?);
        if gate.len() != up.len() {
            bail!("{} gates for {} values", gate.len(), up.len());
        }
        let mut output = vec![0.0; gate.len()];
        output
            .par_chunks_mut(TASK_VALUES)
            .zip(gate.par_chunks(TASK_VALUES))
            .zip(up.par_chunks(TASK_VALUES))
            .for_each(|((output, gate), up)| {
                for ((output, gate), up) in output.iter_mut().zip(gate).zip(up) {
                    *output = gate / (1.0 + numbers::exp(-gate)) * up;
                }
            });
        Ok((CpuStorage::F32(output), gate_layout.shape().clone()))
    }
}

struct Attention {
    lengths: Vec<usize>,
    heads: Heads,
    rows: Rows,
}

/// A block of query rows of one text. Row `i` of the block sees `visible + i` keys.
struct Block<'a> {
    query: &'a [f32],
    key: &'a [f32],
    value: &'a [f32],
    visible: usize,
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention-loop"
    }

    fn cpu_fwd(
        &self,
        query: &CpuStorage,
        query_layout: &Layout,
        key: &CpuStorage,
        key_layout: &Layout,
        value: &CpuStorage,
        value_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (query, key) = (values(query, query_layout)?, values(key, key_layout)?);
        let value = values(value, value_layout)?;
        let Heads {
            queries,
            keys,
            dimensions,
        } = self.heads;
        let (query_width, key_width) = (queries * dimensions, keys * dimensions);
        let tokens: usize = self.lengths.iter().sum();
        let rows = match self.rows {
            Rows::All => tokens,
            Rows::Last => self.lengths.len(),
        };
        let sizes = [query.len(), key.len(), value.len()];
        if sizes != [rows * query_width, tokens * key_width, tokens * key_width] {
            bail!("attention of {rows} rows to {tokens} tokens does not fit {sizes:?}");
        }
        let mut output = vec![0.0; rows * query_width];
        let mut tasks = Vec::new();
        let (mut rest, mut query, mut first) = (output.as_mut_slice(), query, 0);
        for &length in &self.lengths {
            let keys = first * key_width..(first + length) * key_width;
            first += length;
            let text_rows = if self.rows == Rows::All { length } else { 1 };
            for row in (0..text_rows).step_by(QUERY_ROWS) {
                let rows = QUERY_ROWS.min(text_rows - row);
                let (output, output_rest) = rest.split_at_mut(rows * query_width);
                let (block_query, query_rest) = query.split_at(rows * query_width);
                (rest, query) = (output_rest, query_rest);
                let visible = if self.rows == Rows::All {
                    row + 1
                } else {
                    length
                };
                let (key, value) = (&key[keys.clone()], &value[keys.clone()]);
                tasks.push((
                    output,
                    Block {
                        query: block_query,
                        key,
                        value,
                        visible,
                    },
                ));
            }
        }
        tasks
            .into_par_iter()
            .for_each_init(Vec::new, |scores, (output, block)| {
                attend(output, &block, self.heads, scores);
            });
        Ok((CpuStorage::F32(output), Shape::from((rows, query_width))))
    }
}

/// Attention of one block, head by head; `scores` is scratch that grows to the largest block.
fn attend(output: &mut [f32], block: &Block<'_>, heads: Heads, scores: &mut Vec<f32>) {
    let Heads {
        queries,
        keys,
        dimensions,
    } = heads;
    let (query_width, key_width) = (queries * dimensions, keys * dimensions);
    let rows = output.len() / query_width;
    let seen = block.visible + rows - 1;
    let scale = 1.0 / (dimensions as f32).sqrt();
    scores.clear();
    scores.resize(rows * seen, 0.0);
    for head in 0..queries {
        let offset = head * dimensions;
        let key_offset = head / (queries / keys) * dimensions;
        let query = Matrix::new(&block.query[offset..], query_width, 1);
        let key = Matrix::new(&block.key[key_offset..], 1, key_width);
        let value = Matrix::new(&block.value[key_offset..], key_width, 1);
        let output = &mut output[offset..];
        if rows >= PRODUCT_ROWS_MIN {
            numbers::product(scores, seen, [query, key], [rows, seen, dimensions]);
            for (row, scores) in scores.chunks_exact_mut(seen).enumerate() {
                softmax_visible(scores, block.visible + row, scale);
            }
            let weights = Matrix::new(scores, seen, 1);
            numbers::product(
                output,
                query_width,
                [weights, value],
                [rows, dimensions, seen],
            );
        } else {
            for row in 0..rows {
                let scores = &mut scores[..block.visible + row];
                let query = &query.values[row * query_width..][..dimensions];
                for (score, key) in scores.iter_mut().zip(key.values.chunks(key_width)) {
                    *score = numbers::dot(query, &key[..dimensions]);
                }
                softmax_visible(scores, scores.len(), scale);
                let output = &mut output[row * query_width..][..dimensions];
                for (weight, value) in scores.iter().zip(value.values.chunks(key_width)) {
                    numbers::add_scaled(output, *weight, &value[..dimensions]);
                }
            }
        }
    }
}

/// Softmax of the first `visible` scores times `scale`; the rest become zero.
fn softmax_visible(scores: &mut [f32], visible: usize, scale: f32) {
    let (seen, hidden) = scores.split_at_mut(visible);
    numbers::softmax(seen, scale);
    hidden.fill(0.0);
}
