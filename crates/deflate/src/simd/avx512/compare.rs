//! Comparisons of 64 bytes at a time.

use std::arch::x86_64::*;

use crate::plane::Sampler;
use crate::portable;
use crate::stream::word;

/// Blocks of which the chosen places are listed together.
const BLOCKS: usize = 8;

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn leading(bytes: &[u8]) -> usize {
    let Some(&first) = bytes.first() else {
        return 0;
    };
    let all = _mm512_set1_epi8(first as i8);
    let (blocks, rest) = bytes.as_chunks::<64>();
    for (i, block) in blocks.iter().enumerate() {
        // SAFETY: the block has 64 bytes.
        let block = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let equal = _mm512_cmpeq_epi8_mask(block, all);
        if equal != !0 {
            return 64 * i + equal.trailing_ones() as usize;
        }
    }
    64 * blocks.len() + rest.iter().take_while(|&&byte| byte == first).count()
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn equal(bytes: &[u8], start: usize, end: usize, masks: &mut Vec<u64>) {
    masks.clear();
    let (now, before) = (&bytes[start..end], &bytes[start - 1..end - 1]);
    let (blocks, rest) = now.as_chunks::<64>();
    let (blocks_before, rest_before) = before.as_chunks::<64>();
    for (now, before) in blocks.iter().zip(blocks_before) {
        // SAFETY: both blocks have 64 bytes.
        let (now, before) = unsafe {
            (
                _mm512_loadu_si512(now.as_ptr().cast()),
                _mm512_loadu_si512(before.as_ptr().cast()),
            )
        };
        masks.push(_mm512_cmpeq_epi8_mask(now, before));
    }
    if !rest.is_empty() {
        masks.push(portable::some_equal(rest, rest_before));
    }
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn sample(
    sampler: &mut Sampler,
    bytes: &[u8],
    start: usize,
    end: usize,
    costs: &[u16; 256],
) -> u64 {
    let mut saved = 0;
    let mut at = start;
    let factor = _mm512_set1_epi32(Sampler::FACTOR as i32);
    let bound = _mm512_set1_epi32(sampler.bound());
    let mut places = [0; BLOCKS * 64 + 4];
    // The places at + 0 to at + 63 are looked at by words up to at + 66.
    while at + 67 <= end {
        let blocks = ((end - at - 3) / 64).min(BLOCKS);
        let mut count = 0;
        for _ in 0..blocks {
            let mut chosen = 0;
            for (i, words) in bytes[at..at + 67].windows(64).enumerate() {
                // SAFETY: a window has 64 bytes.
                let words = unsafe { _mm512_loadu_si512(words.as_ptr().cast()) };
                let hashes = _mm512_mullo_epi32(words, factor);
                let mask = _mm512_cmplt_epi32_mask(hashes, bound);
                chosen |= _pdep_u64(u64::from(mask), 0x1111_1111_1111_1111 << i);
            }
            count = list(chosen, at, &mut places, count);
            at += 64;
        }
        for &place in &places[..count] {
            let place = place as usize;
            let hash = Sampler::hash(word(bytes, place));
            saved += sampler.look(bytes, place, end, hash, costs);
        }
    }
    saved + portable::sample(sampler, bytes, at, end, costs)
}

/// Lists the places of a mask's ones; how many are listed then. Four are written in any case, for how many there are cannot be foreseen.
#[inline(always)]
pub(in crate::simd) fn list(
    mut ones: u64,
    at: usize,
    places: &mut [u32; BLOCKS * 64 + 4],
    mut count: usize,
) -> usize {
    let behind = count + ones.count_ones() as usize;
    loop {
        for place in &mut places[count..count + 4] {
            *place = at as u32 + ones.trailing_zeros();
            ones &= ones.wrapping_sub(1);
        }
        count += 4;
        if count >= behind {
            break;
        }
    }
    behind
}
