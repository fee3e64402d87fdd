//! Adler-32, 32 bytes at a time.

use std::arch::x86_64::*;

use crate::portable;

/// So many bytes that no sum of 32 bits overflows.
const PART: usize = 1 << 15;

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn adler(adler: u32, bytes: &[u8]) -> u32 {
    bytes
        .chunks(PART)
        .fold(adler, |adler, part| of_part(adler, part))
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn of_part(adler: u32, bytes: &[u8]) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let weights = _mm256_sub_epi8(
        _mm256_set1_epi8(32),
        _mm256_setr_epi8(
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
            24, 25, 26, 27, 28, 29, 30, 31,
        ),
    );
    let zero = _mm256_setzero_si256();
    // Sums of the bytes, of those sums before each block, and of the bytes by how many stand behind them in their block.
    let (mut sums, mut before, mut weighted) = (zero, zero, zero);
    for block in blocks {
        // SAFETY: the block has 32 bytes.
        let block = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        before = _mm256_add_epi64(before, sums);
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(block, zero));
        let pairs = _mm256_maddubs_epi16(block, weights);
        weighted = _mm256_add_epi32(weighted, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    let low = _mm256_and_si256(weighted, _mm256_set1_epi64x(0xffff_ffff));
    let weighted = sum(_mm256_add_epi64(low, _mm256_srli_epi64(weighted, 32)));
    let weighted = weighted + 32 * sum(before);
    portable::adler(advance(adler, sum(sums), weighted, 32 * blocks.len()), rest)
}

/// The checksum behind `count` bytes with these sums: of the bytes, and of the bytes times how many stand from them to the end.
pub(in crate::simd) fn advance(adler: u32, sum: u64, weighted: u64, count: usize) -> u32 {
    const BASE: u64 = 65_521;
    let (a, b) = (u64::from(adler & 0xffff), u64::from(adler >> 16));
    let b = (b + a * count as u64 + weighted) % BASE;
    let a = (a + sum) % BASE;
    (b << 16 | a) as u32
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn sum(lanes: __m256i) -> u64 {
    let two = _mm_add_epi64(
        _mm256_castsi256_si128(lanes),
        _mm256_extracti128_si256::<1>(lanes),
    );
    (_mm_cvtsi128_si64(two) + _mm_extract_epi64::<1>(two)) as u64
}
