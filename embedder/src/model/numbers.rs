//! Arithmetic on slices of f32: the innermost loops, written so that they are vectorized.

#![expect(
    unsafe_code,
    reason = "`gemm` takes pointers, and `product` checks every bound first; functions for wider \
              registers are called where the processor has them"
)]

use gemm::{Parallelism, gemm};

/// Partial sums kept side by side, so that a sum is not one long chain of additions.
const LANES: usize = 16;

/// A view of values as a matrix: entry (r, c) is `values[r * row_stride + c * column_stride]`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub(super) values: &'a [f32],
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(values: &'a [f32], row_stride: usize, column_stride: usize) -> Self {
        Self {
            values,
            row_stride,
            column_stride,
        }
    }

    fn assert_holds(&self, rows: usize, columns: usize) {
        let last = (rows - 1) * self.row_stride + (columns - 1) * self.column_stride;
        assert!(
            last < self.values.len(),
            "{rows} x {columns} is beyond {}",
            self.values.len()
        );
    }
}

/// Writes `left * right` into `output`, whose rows start `output_stride` apart.
///
/// `[rows, columns, inner]` are the sizes: left is `rows x inner`, right is `inner x columns`.
/// Sizes that do not fit the slices are a programmer's error and panic.
pub(super) fn product(
    output: &mut [f32],
    output_stride: usize,
    [left, right]: [Matrix<'_>; 2],
    [rows, columns, inner]: [usize; 3],
) {
    assert!(rows > 0 && columns > 0 && inner > 0, "an empty product");
    assert!(output_stride >= columns, "rows of the output overlap");
    Matrix::new(output, output_stride, 1).assert_holds(rows, columns);
    left.assert_holds(rows, inner);
    right.assert_holds(inner, columns);
    // SAFETY: the assertions above show that every entry that `gemm` reads or writes with these
    // sizes and strides lies inside its slice; `output` is borrowed mutably, so nothing aliases.
    unsafe {
        gemm(
            rows,
            columns,
            inner,
            output.as_mut_ptr(),
            1,
            output_stride as isize,
            false,
            left.values.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.values.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// The sum of the products of two slices of one length.
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (left_chunks, right_chunks) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let rest: f32 = left_chunks
        .remainder()
        .iter()
        .zip(right_chunks.remainder())
        .map(|(left, right)| left * right)
        .sum();
    for (left, right) in left_chunks.zip(right_chunks) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Adds `scale * values` to `output`.
pub(super) fn add_scaled(output: &mut [f32], scale: f32, values: &[f32]) {
    for (output, value) in output.iter_mut().zip(values) {
        *output += scale * value;
    }
}

/// Adds `scale * (bytes - zero)` to `output`.
///
/// With wider registers, where the processor has them, in the same order of operations and so to
/// the same bits.
pub(super) fn add_scaled_bytes(output: &mut [f32], scale: f32, bytes: &[u8], zero: f32) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { add_scaled_bytes_avx512(output, scale, bytes, zero) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { add_scaled_bytes_avx2(output, scale, bytes, zero) };
        }
    }
    add_scaled_bytes_plain(output, scale, bytes, zero);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn add_scaled_bytes_avx512(output: &mut [f32], scale: f32, bytes: &[u8], zero: f32) {
    add_scaled_bytes_plain(output, scale, bytes, zero);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_scaled_bytes_avx2(output: &mut [f32], scale: f32, bytes: &[u8], zero: f32) {
    add_scaled_bytes_plain(output, scale, bytes, zero);
}

/// Inlined into each of the above, where the compiler writes it for their registers.
#[expect(
    clippy::inline_always,
    reason = "left as a call it would be compiled once, for the smallest registers"
)]
#[inline(always)]
fn add_scaled_bytes_plain(output: &mut [f32], scale: f32, bytes: &[u8], zero: f32) {
    for (output, byte) in output.iter_mut().zip(bytes) {
        *output += scale * (f32::from(*byte) - zero);
    }
}

/// `1 / sqrt(mean(x^2) + eps)`.
pub(super) fn inverse_root_mean_square(row: &[f32], eps: f32) -> f32 {
    1.0 / (dot(row, row) / row.len() as f32 + eps).sqrt()
}

/// Softmax of `scale * scores`, in place. Not a number in, not a number out.
pub(super) fn softmax(scores: &mut [f32], scale: f32) {
    let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in scores.iter_mut() {
        *score = exp((*score - max) * scale);
    }
    let inverse = 1.0 / sum(scores);
    for score in scores {
        *score *= inverse;
    }
}

fn sum(values: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// The exponential to about one part in ten million, without a call or a branch.
///
/// `e^x = 2^n * e^r` with n the nearest integer to `x / ln 2` and `|r| <= ln 2 / 2`; the
/// polynomial for `e^r` is the one of the Cephes library. Beyond what f32 can hold the result is
/// the largest or smallest that can be held; not a number stays so.
#[inline]
pub(super) fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to an integer, and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let mut polynomial = 1.987_569_1e-4;
    for coefficient in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        polynomial = polynomial * r + coefficient;
    }
    let fraction = polynomial * r * r + r + 1.0;
    let power = rounded
        .to_bits()
        .wrapping_sub(ROUND.to_bits())
        .wrapping_add(127)
        << 23;
    f32::from_bits(power) * fraction
}

#[cfg(test)]
mod tests;
