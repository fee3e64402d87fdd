//! Looking up what begins alike, 64 places at a time.

use std::arch::x86_64::*;

use crate::plane::{FACTORS, HASH_BITS, Limits};
use crate::portable;

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn hashes(bytes: &[u8], to: &mut [u16]) {
    let (blocks, rest) = to.as_chunks_mut::<64>();
    let done = 64 * blocks.len();
    let [low, high] = FACTORS.map(|factor| _mm512_set1_epi16(factor as i16));
    // The lower half of each two lanes of 64 bits, and the upper.
    let lower = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    let upper = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    for (to, bytes) in blocks.iter_mut().zip(bytes[..].windows(67).step_by(64)) {
        let at = |i: usize| {
            // SAFETY: there are 67 bytes, and i is 3 at most.
            unsafe { _mm512_loadu_si512(bytes.as_ptr().add(i).cast()) }
        };
        // Every other place, from the first or the second on.
        let hashes = |i: usize| {
            let low = _mm512_mullo_epi16(at(i), low);
            let high = _mm512_mullo_epi16(at(i + 2), high);
            _mm512_srli_epi16(_mm512_add_epi16(low, high), 16 - HASH_BITS)
        };
        let (even, odd) = (hashes(0), hashes(1));
        let (first, second) = (
            _mm512_unpacklo_epi16(even, odd),
            _mm512_unpackhi_epi16(even, odd),
        );
        let halves = [
            _mm512_permutex2var_epi64(first, lower, second),
            _mm512_permutex2var_epi64(first, upper, second),
        ];
        for (to, half) in to.as_chunks_mut::<32>().0.iter_mut().zip(halves) {
            // SAFETY: there is room for 32 numbers of 16 bits.
            unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), half) };
        }
    }
    portable::hashes(&bytes[done..], rest);
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn worth(distances: &[u16], lengths: &[u8], limits: &Limits, masks: &mut Vec<u64>) {
    let (blocks, rest) = distances.as_chunks::<64>();
    let (lengths, rest_lengths) = lengths.as_chunks::<64>();
    // SAFETY: there are 16 numbers of 16 bits.
    let table = unsafe { _mm256_loadu_si256(limits.as_ptr().cast()) };
    let table = _mm512_broadcast_i64x4(table);
    for (distances, lengths) in blocks.iter().zip(lengths) {
        let half = |i: usize| {
            // SAFETY: there are 64 distances and 64 lengths, and i is 0 or 32.
            let (distances, lengths) = unsafe {
                (
                    _mm512_loadu_si512(distances.as_ptr().add(i).cast()),
                    _mm256_loadu_si256(lengths.as_ptr().add(i).cast()),
                )
            };
            let limits = _mm512_permutexvar_epi16(_mm512_cvtepu8_epi16(lengths), table);
            let less = _mm512_sub_epi16(distances, _mm512_set1_epi16(1));
            u64::from(_mm512_cmplt_epu16_mask(less, limits))
        };
        masks.push(half(0) | half(32) << 32);
    }
    portable::worth(rest, rest_lengths, limits, masks);
}
