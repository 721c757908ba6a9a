//! The sums with AVX-512 and AVX2. Every function takes the plain form for what is left over.
//!
//! Each load reads one register's width at `offset`, and the loop's bound keeps
//! `offset + width <= count`, the length of the shorter slice.

#![expect(
    clippy::cast_ptr_alignment,
    reason = "every load used here takes any alignment"
)]

use std::arch::x86_64::{
    __m128i, __m256, __m256i, __m512, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_loadu_si128,
    _mm_movehl_ps, _mm_shuffle_ps, _mm256_add_epi32, _mm256_add_ps, _mm256_castps256_ps128,
    _mm256_cvtepi8_epi16, _mm256_cvtph_ps, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_setzero_ps, _mm256_setzero_si256,
    _mm256_storeu_si256, _mm256_sub_ps, _mm512_add_epi32, _mm512_add_ps, _mm512_cvtepi8_epi16,
    _mm512_cvtph_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_madd_epi16, _mm512_reduce_add_epi32,
    _mm512_reduce_add_ps, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_sub_ps,
};

use half::f16;

use super::plain;

#[target_feature(enable = "avx512f")]
pub(super) fn dot_f32_avx512(left: &[f32], right: &[f32]) -> f32 {
    let count = left.len().min(right.len());
    let mut sums = [_mm512_setzero_ps(); 4];
    let mut offset = 0;
    while offset + 64 <= count {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let at = offset + 16 * lane;
            *sum = _mm512_fmadd_ps(load_f32x16(left, at), load_f32x16(right, at), *sum);
        }
        offset += 64;
    }
    while offset + 16 <= count {
        sums[0] = _mm512_fmadd_ps(
            load_f32x16(left, offset),
            load_f32x16(right, offset),
            sums[0],
        );
        offset += 16;
    }
    add_lanes_512(sums) + plain::dot_f32(&left[offset..count], &right[offset..count])
}

#[target_feature(enable = "avx512f")]
pub(super) fn squared_euclid_f32_avx512(left: &[f32], right: &[f32]) -> f32 {
    let count = left.len().min(right.len());
    let mut sums = [_mm512_setzero_ps(); 4];
    let mut offset = 0;
    while offset + 64 <= count {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let at = offset + 16 * lane;
            let difference = _mm512_sub_ps(load_f32x16(left, at), load_f32x16(right, at));
            *sum = _mm512_fmadd_ps(difference, difference, *sum);
        }
        offset += 64;
    }
    while offset + 16 <= count {
        let difference = _mm512_sub_ps(load_f32x16(left, offset), load_f32x16(right, offset));
        sums[0] = _mm512_fmadd_ps(difference, difference, sums[0]);
        offset += 16;
    }
    add_lanes_512(sums) + plain::squared_euclid_f32(&left[offset..count], &right[offset..count])
}

#[target_feature(enable = "avx512f")]
pub(super) fn dot_f16_avx512(query: &[f32], row: &[f16]) -> f32 {
    let count = query.len().min(row.len());
    let mut sums = [_mm512_setzero_ps(); 4];
    let mut offset = 0;
    while offset + 64 <= count {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let at = offset + 16 * lane;
            *sum = _mm512_fmadd_ps(load_f32x16(query, at), load_f16x16(row, at), *sum);
        }
        offset += 64;
    }
    while offset + 16 <= count {
        sums[0] = _mm512_fmadd_ps(
            load_f32x16(query, offset),
            load_f16x16(row, offset),
            sums[0],
        );
        offset += 16;
    }
    add_lanes_512(sums) + plain::dot_f16(&query[offset..count], &row[offset..count])
}

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn dot_i8_avx512(left: &[i8], right: &[i8]) -> i32 {
    let count = left.len().min(right.len());
    let mut sums = [_mm512_setzero_si512(); 2];
    let mut offset = 0;
    while offset + 64 <= count {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let at = offset + 32 * lane;
            let x = _mm512_cvtepi8_epi16(load_i8x32(left, at));
            let y = _mm512_cvtepi8_epi16(load_i8x32(right, at));
            *sum = _mm512_add_epi32(*sum, _mm512_madd_epi16(x, y));
        }
        offset += 64;
    }
    let sum = _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]));
    sum + plain::dot_i8(&left[offset..count], &right[offset..count])
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn dot_f32_avx2(left: &[f32], right: &[f32]) -> f32 {
    let count = left.len().min(right.len());
    let mut sums = [_mm256_setzero_ps(); 4];
    let mut offset = 0;
    while offset + 32 <= count {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let at = offset + 8 * lane;
            *sum = _mm256_fmadd_ps(load_f32x8(left, at), load_f32x8(right, at), *sum);
        }
        offset += 32;
    }
    add_lanes_256(sums) + plain::dot_f32(&left[offset..count], &right[offset..count])
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn squared_euclid_f32_avx2(left: &[f32], right: &[f32]) -> f32 {
    let count = left.len().min(right.len());
    let mut sums = [_mm256_setzero_ps(); 4];
    let mut offset = 0;
    while offset + 32 <= count {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let at = offset + 8 * lane;
            let difference = _mm256_sub_ps(load_f32x8(left, at), load_f32x8(right, at));
            *sum = _mm256_fmadd_ps(difference, difference, *sum);
        }
        offset += 32;
    }
    add_lanes_256(sums) + plain::squared_euclid_f32(&left[offset..count], &right[offset..count])
}

#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn dot_f16_avx2(query: &[f32], row: &[f16]) -> f32 {
    let count = query.len().min(row.len());
    let mut sums = [_mm256_setzero_ps(); 4];
    let mut offset = 0;
    while offset + 32 <= count {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let at = offset + 8 * lane;
            *sum = _mm256_fmadd_ps(load_f32x8(query, at), load_f16x8(row, at), *sum);
        }
        offset += 32;
    }
    add_lanes_256(sums) + plain::dot_f16(&query[offset..count], &row[offset..count])
}

#[target_feature(enable = "avx2")]
pub(super) fn dot_i8_avx2(left: &[i8], right: &[i8]) -> i32 {
    let count = left.len().min(right.len());
    let mut sum = _mm256_setzero_si256();
    let mut offset = 0;
    while offset + 16 <= count {
        let x = _mm256_cvtepi8_epi16(load_i8x16(left, offset));
        let y = _mm256_cvtepi8_epi16(load_i8x16(right, offset));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, y));
        offset += 16;
    }
    let mut lanes = [0_i32; 8];
    // SAFETY: eight i32 are 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sum) };
    lanes.iter().sum::<i32>() + plain::dot_i8(&left[offset..count], &right[offset..count])
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add_lanes_512(sums: [__m512; 4]) -> f32 {
    _mm512_reduce_add_ps(_mm512_add_ps(
        _mm512_add_ps(sums[0], sums[1]),
        _mm512_add_ps(sums[2], sums[3]),
    ))
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_lanes_256(sums: [__m256; 4]) -> f32 {
    let sum = _mm256_add_ps(
        _mm256_add_ps(sums[0], sums[1]),
        _mm256_add_ps(sums[2], sums[3]),
    );
    let sum = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps::<1>(sum));
    let sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    _mm_cvtss_f32(_mm_add_ss(sum, _mm_shuffle_ps::<1>(sum, sum)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_f32x16(values: &[f32], offset: usize) -> __m512 {
    debug_assert!(offset + 16 <= values.len());
    // SAFETY: the caller's loop keeps offset + 16 <= len; the load needs no alignment.
    unsafe { _mm512_loadu_ps(values.as_ptr().add(offset)) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_f16x16(values: &[f16], offset: usize) -> __m512 {
    debug_assert!(offset + 16 <= values.len());
    // SAFETY: the caller's loop keeps offset + 16 <= len; f16 is a transparent u16; the load needs
    // no alignment.
    let halves = unsafe { _mm256_loadu_si256(values.as_ptr().add(offset).cast::<__m256i>()) };
    _mm512_cvtph_ps(halves)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_i8x32(values: &[i8], offset: usize) -> __m256i {
    debug_assert!(offset + 32 <= values.len());
    // SAFETY: the caller's loop keeps offset + 32 <= len; the load needs no alignment.
    unsafe { _mm256_loadu_si256(values.as_ptr().add(offset).cast::<__m256i>()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_f32x8(values: &[f32], offset: usize) -> __m256 {
    debug_assert!(offset + 8 <= values.len());
    // SAFETY: the caller's loop keeps offset + 8 <= len; the load needs no alignment.
    unsafe { _mm256_loadu_ps(values.as_ptr().add(offset)) }
}

#[inline]
#[target_feature(enable = "avx2,f16c")]
fn load_f16x8(values: &[f16], offset: usize) -> __m256 {
    debug_assert!(offset + 8 <= values.len());
    // SAFETY: the caller's loop keeps offset + 8 <= len; f16 is a transparent u16; the load needs
    // no alignment.
    let halves = unsafe { _mm_loadu_si128(values.as_ptr().add(offset).cast::<__m128i>()) };
    _mm256_cvtph_ps(halves)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_i8x16(values: &[i8], offset: usize) -> __m128i {
    debug_assert!(offset + 16 <= values.len());
    // SAFETY: the caller's loop keeps offset + 16 <= len; the load needs no alignment.
    unsafe { _mm_loadu_si128(values.as_ptr().add(offset).cast::<__m128i>()) }
}
