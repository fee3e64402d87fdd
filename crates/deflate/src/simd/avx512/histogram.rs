//! How often each byte occurs, where one is common.

use std::arch::x86_64::*;

use crate::portable;

/// Bytes that are counted together.
const PART: usize = 4096;
/// A byte that so many of 64 are is counted by itself.
const COMMON: u32 = 12;

/// How often each byte occurs. A common byte is taken out first, 64 at a time, and only the others are counted one by one.
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn histogram(bytes: &[u8], counts: &mut [u32; 256]) {
    let Some(common) = common(bytes) else {
        return portable::histogram(bytes, counts);
    };
    let those = _mm512_set1_epi8(common as i8);
    let mut lists = [[0; 256]; 8];
    let mut others = [0u8; PART + 64];
    let mut taken = 0;
    for part in bytes.chunks(PART) {
        let (blocks, rest) = part.as_chunks::<64>();
        let mut count = 0;
        for block in blocks {
            // SAFETY: the block has 64 bytes.
            let block = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
            let other = _mm512_cmpneq_epi8_mask(block, those);
            let to = &mut others[count..count + 64];
            let pressed = _mm512_maskz_compress_epi8(other, block);
            // SAFETY: 64 bytes are there.
            unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), pressed) };
            count += other.count_ones() as usize;
        }
        taken += 64 * blocks.len() - count;
        portable::count(&others[..count], &mut lists);
        portable::count(rest, &mut lists);
    }
    portable::sum(&lists, counts);
    counts[usize::from(common)] += taken as u32;
}

/// A byte that many are, to judge by 64 in the middle.
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn common(bytes: &[u8]) -> Option<u8> {
    let some: &[u8; 64] = bytes.get(bytes.len() / 2..)?.first_chunk()?;
    // SAFETY: there are 64 bytes.
    let block = unsafe { _mm512_loadu_si512(some.as_ptr().cast()) };
    let often = |byte: u8| _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(byte as i8)).count_ones();
    let byte = some[..8].iter().copied().max_by_key(|&byte| often(byte))?;
    (often(byte) >= COMMON).then_some(byte)
}
