//! Looking up what begins alike, 32 places at a time.

use std::arch::x86_64::*;

use crate::plane::{FACTORS, HASH_BITS, Limits};
use crate::portable;

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn hashes(bytes: &[u8], to: &mut [u16]) {
    let (blocks, rest) = to.as_chunks_mut::<32>();
    let done = 32 * blocks.len();
    let [low, high] = FACTORS.map(|factor| _mm256_set1_epi16(factor as i16));
    for (to, bytes) in blocks.iter_mut().zip(bytes.windows(35).step_by(32)) {
        let at = |i: usize| {
            // SAFETY: there are 35 bytes, and i is 3 at most.
            unsafe { _mm256_loadu_si256(bytes.as_ptr().add(i).cast()) }
        };
        // Every other place, from the first or the second on.
        let hashes = |i: usize| {
            let low = _mm256_mullo_epi16(at(i), low);
            let high = _mm256_mullo_epi16(at(i + 2), high);
            _mm256_srli_epi16::<{ 16 - HASH_BITS as i32 }>(_mm256_add_epi16(low, high))
        };
        let (even, odd) = (hashes(0), hashes(1));
        let (first, second) = (
            _mm256_unpacklo_epi16(even, odd),
            _mm256_unpackhi_epi16(even, odd),
        );
        let halves = [
            _mm256_permute2x128_si256(first, second, 0x20),
            _mm256_permute2x128_si256(first, second, 0x31),
        ];
        for (to, half) in to.as_chunks_mut::<16>().0.iter_mut().zip(halves) {
            // SAFETY: there is room for 16 numbers of 16 bits.
            unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), half) };
        }
    }
    portable::hashes(&bytes[done..], rest);
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn worth(distances: &[u16], lengths: &[u8], limits: &Limits, masks: &mut Vec<u64>) {
    let (blocks, rest) = distances.as_chunks::<64>();
    let (lengths, rest_lengths) = lengths.as_chunks::<64>();
    let part = |i: u32| limits.map(|limit| (limit >> i) as u8);
    let [low, high] = [part(0), part(8)].map(|table| {
        // SAFETY: there are 16 bytes.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
    });
    for (distances, lengths) in blocks.iter().zip(lengths) {
        let half = |i: usize| {
            // SAFETY: there are 64 lengths, and i is 0 or 32.
            let lengths = unsafe { _mm256_loadu_si256(lengths.as_ptr().add(i).cast()) };
            let low = _mm256_shuffle_epi8(low, lengths);
            let high = _mm256_shuffle_epi8(high, lengths);
            // Places 0 to 7 and 16 to 23, and the others.
            let limits = [
                _mm256_unpacklo_epi8(low, high),
                _mm256_unpackhi_epi8(low, high),
            ];
            let distances = [i, i + 16].map(|i| {
                // SAFETY: there are 64 distances, and i is 48 at most.
                unsafe { _mm256_loadu_si256(distances.as_ptr().add(i).cast()) }
            });
            let distances = [
                _mm256_permute2x128_si256(distances[0], distances[1], 0x20),
                _mm256_permute2x128_si256(distances[0], distances[1], 0x31),
            ];
            let [first, second] = [0, 1].map(|i| {
                let less = _mm256_sub_epi16(distances[i], _mm256_set1_epi16(1));
                // The larger of both is the distance where it is not below the limit.
                let reaches = _mm256_cmpeq_epi16(_mm256_max_epu16(less, limits[i]), less);
                _mm256_xor_si256(reaches, _mm256_set1_epi16(-1))
            });
            _mm256_movemask_epi8(_mm256_packs_epi16(first, second)) as u32
        };
        masks.push(u64::from(half(0)) | u64::from(half(32)) << 32);
    }
    portable::worth(rest, rest_lengths, limits, masks);
}
