//! Inner products and Euclidean distances over primitive slices.
//!
//! The plain forms are the definition. On x86-64 the same sums are computed with AVX-512 or AVX2,
//! chosen while running, so that one binary serves every machine. Sums are reassociated: two forms
//! agree to rounding, not to the bit, and one machine always takes the same form.

#![expect(
    unsafe_code,
    reason = "vector loads take pointers, and functions for newer processors may only be called where they exist"
)]

use half::f16;

/// How far the inner product of two vectors computed here may be from the true one, as a share of
/// the product of their lengths. Rounding grows with the number of terms that one lane adds; this
/// bounds it for [`crate::schema::DIMENSIONS_MAX`] terms, with room to spare.
pub(crate) const ROUNDING_MAX: f32 = 2e-5;

/// The inner product. Both slices have the same length; what is longer is ignored.
pub(crate) fn dot_f32(left: &[f32], right: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512F, which was asked in the line above.
            return unsafe { x86::dot_f32_avx512(left, right) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has AVX2 and FMA, which was asked in the line above.
            return unsafe { x86::dot_f32_avx2(left, right) };
        }
    }
    plain::dot_f32(left, right)
}

/// The square of the Euclidean distance, accumulated in lanes of f32.
pub(crate) fn squared_euclid_f32(left: &[f32], right: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512F, which was asked in the line above.
            return unsafe { x86::squared_euclid_f32_avx512(left, right) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has AVX2 and FMA, which was asked in the line above.
            return unsafe { x86::squared_euclid_f32_avx2(left, right) };
        }
    }
    plain::squared_euclid_f32(left, right)
}

/// The inner product of a query with a row kept in half precision.
pub(crate) fn dot_f16(query: &[f32], row: &[f16]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512F, which was asked in the line above.
            return unsafe { x86::dot_f16_avx512(query, row) };
        }
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
        {
            // SAFETY: the processor has AVX2, FMA and F16C, which was asked in the lines above.
            return unsafe { x86::dot_f16_avx2(query, row) };
        }
    }
    plain::dot_f16(query, row)
}

/// The inner product of two codes, exact: 16,384 products of at most 127 * 127 fit an i32.
pub(crate) fn dot_i8(left: &[i8], right: &[i8]) -> i32 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512bw") {
            // SAFETY: the processor has AVX-512BW, which was asked in the line above.
            return unsafe { x86::dot_i8_avx512(left, right) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, which was asked in the line above.
            return unsafe { x86::dot_i8_avx2(left, right) };
        }
    }
    plain::dot_i8(left, right)
}

/// The Euclidean length, summed in f64 because magnitudes may be wild.
pub(crate) fn length(vector: &[f32]) -> f32 {
    let sum: f64 = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    sum.sqrt() as f32
}

/// Loops that say what is computed, without regard to speed.
pub(crate) mod plain {
    use half::f16;

    pub(crate) fn dot_f32(left: &[f32], right: &[f32]) -> f32 {
        left.iter().zip(right).map(|(x, y)| x * y).sum()
    }

    pub(crate) fn squared_euclid_f32(left: &[f32], right: &[f32]) -> f32 {
        left.iter().zip(right).map(|(x, y)| (x - y) * (x - y)).sum()
    }

    pub(crate) fn dot_f16(query: &[f32], row: &[f16]) -> f32 {
        query.iter().zip(row).map(|(x, y)| x * y.to_f32()).sum()
    }

    pub(crate) fn dot_i8(left: &[i8], right: &[i8]) -> i32 {
        let products = left.iter().zip(right);
        products.map(|(&x, &y)| i32::from(x) * i32::from(y)).sum()
    }
}

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests;
