//! Comparisons of 32 bytes at a time.

use std::arch::x86_64::*;

use crate::plane::Sampler;
use crate::portable;
use crate::stream::word;

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn leading(bytes: &[u8]) -> usize {
    let Some(&first) = bytes.first() else {
        return 0;
    };
    let all = _mm256_set1_epi8(first as i8);
    let (blocks, rest) = bytes.as_chunks::<32>();
    for (i, block) in blocks.iter().enumerate() {
        // SAFETY: the block has 32 bytes.
        let block = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        let equal = _mm256_movemask_epi8(_mm256_cmpeq_epi8(block, all));
        if equal != -1 {
            return 32 * i + equal.trailing_ones() as usize;
        }
    }
    32 * blocks.len() + rest.iter().take_while(|&&byte| byte == first).count()
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn equal(bytes: &[u8], start: usize, end: usize, masks: &mut Vec<u64>) {
    masks.clear();
    let (now, before) = (&bytes[start..end], &bytes[start - 1..end - 1]);
    let (blocks, rest) = now.as_chunks::<64>();
    let (blocks_before, rest_before) = before.as_chunks::<64>();
    for (now, before) in blocks.iter().zip(blocks_before) {
        let half = |i: usize| {
            // SAFETY: both blocks have 64 bytes, and i is 0 or 32.
            let (now, before) = unsafe {
                (
                    _mm256_loadu_si256(now.as_ptr().add(i).cast()),
                    _mm256_loadu_si256(before.as_ptr().add(i).cast()),
                )
            };
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(now, before)) as u32
        };
        masks.push(u64::from(half(0)) | u64::from(half(32)) << 32);
    }
    if !rest.is_empty() {
        masks.push(portable::some_equal(rest, rest_before));
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn sample(
    sampler: &mut Sampler,
    bytes: &[u8],
    start: usize,
    end: usize,
    costs: &[u16; 256],
) -> u64 {
    let mut saved = 0;
    let mut at = start;
    let factor = _mm256_set1_epi32(Sampler::FACTOR as i32);
    let bound = _mm256_set1_epi32(sampler.bound());
    // The places at + 0 to at + 31 are looked at by words up to at + 34.
    while at + 35 <= end {
        let mut chosen = 0;
        for (i, words) in bytes[at..at + 35].windows(32).enumerate() {
            // SAFETY: a window has 32 bytes.
            let words = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
            let hashes = _mm256_mullo_epi32(words, factor);
            let chosen_here = _mm256_cmpgt_epi32(bound, hashes);
            let mask = _mm256_movemask_ps(_mm256_castsi256_ps(chosen_here)) as u32;
            chosen |= _pdep_u32(mask, 0x1111_1111 << i);
        }
        while chosen != 0 {
            let place = at + chosen.trailing_zeros() as usize;
            let hash = Sampler::hash(word(bytes, place));
            saved += sampler.look(bytes, place, end, hash, costs);
            chosen &= chosen - 1;
        }
        at += 32;
    }
    saved + portable::sample(sampler, bytes, at, end, costs)
}
