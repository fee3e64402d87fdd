//! Adler-32, 64 bytes at a time.

use std::arch::x86_64::*;

use crate::portable;
use crate::simd::avx2::advance;

/// So many bytes that no sum of 32 bits overflows.
const PART: usize = 1 << 16;

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn adler(adler: u32, bytes: &[u8]) -> u32 {
    bytes
        .chunks(PART)
        .fold(adler, |adler, part| of_part(adler, part))
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn of_part(adler: u32, bytes: &[u8]) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<64>();
    const WEIGHTS: [i8; 64] = weights();
    // SAFETY: there are 64 weights.
    let weights = unsafe { _mm512_loadu_si512(WEIGHTS.as_ptr().cast()) };
    let zero = _mm512_setzero_si512();
    // Sums of the bytes, of those sums before each block, and of the bytes by how many stand behind them in their block.
    let (mut sums, mut before, mut weighted) = (zero, zero, zero);
    for block in blocks {
        // SAFETY: the block has 64 bytes.
        let block = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        before = _mm512_add_epi64(before, sums);
        sums = _mm512_add_epi64(sums, _mm512_sad_epu8(block, zero));
        let pairs = _mm512_maddubs_epi16(block, weights);
        weighted = _mm512_add_epi32(weighted, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
    }
    let low = _mm512_and_si512(weighted, _mm512_set1_epi64(0xffff_ffff));
    let weighted = _mm512_add_epi64(low, _mm512_srli_epi64(weighted, 32));
    let weighted = _mm512_add_epi64(weighted, _mm512_slli_epi64(before, 6));
    let [sum, weighted] = [sums, weighted].map(|lanes| _mm512_reduce_add_epi64(lanes) as u64);
    portable::adler(advance(adler, sum, weighted, 64 * blocks.len()), rest)
}

const fn weights() -> [i8; 64] {
    let mut weights = [0; 64];
    let mut i = 0;
    while i < 64 {
        weights[i] = 64 - i as i8;
        i += 1;
    }
    weights
}
