//! Literals to bits, 64 bytes at a time.

use std::arch::x86_64::*;

use crate::portable;
use crate::stream::{Bits, Coder, Sequence};

/// Fewer literals than this are not worth the tables.
const LEAST: u32 = 512;
/// The most bits that a word takes.
const MOST: u64 = 56;

/// For each byte the low and the high part of its code, and its length; 128 entries are two registers.
struct Tables {
    low: [__m512i; 4],
    high: [__m512i; 4],
    length: [__m512i; 4],
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn write(coder: &Coder, bytes: &[u8], sequences: &[Sequence], out: &mut Bits<'_>) {
    let literals: u32 = sequences.iter().map(|sequence| sequence.literals).sum();
    if literals < LEAST {
        return portable::write_with(coder, bytes, sequences, out, portable::literals);
    }
    let tables = tables(coder);
    portable::write_with(coder, bytes, sequences, out, |coder, literals, out| {
        for some in literals.chunks(64) {
            if some.len() < 8 {
                portable::literals(coder, some, out);
            } else {
                pack(&tables, some, out);
            }
        }
    });
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn tables(coder: &Coder) -> Tables {
    let mut bytes = [[[0u8; 64]; 4]; 3];
    for (i, words) in coder.litlens[..256].chunks_exact(16).enumerate() {
        // SAFETY: there are 16 words.
        let words = unsafe { _mm512_loadu_si512(words.as_ptr().cast()) };
        let parts = [
            words,
            _mm512_srli_epi32(words, 8),
            _mm512_srli_epi32(words, 16),
        ];
        for (part, bytes) in parts.into_iter().zip(&mut bytes) {
            let to = &mut bytes[i / 4][i % 4 * 16..][..16];
            // SAFETY: 16 bytes are there.
            unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(part)) };
        }
    }
    let [low, high, length] = bytes.map(|four| {
        // SAFETY: each has 64 bytes.
        four.map(|bytes| unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) })
    });
    Tables { low, high, length }
}

/// Writes the codes of up to 64 bytes, at least one.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn pack(tables: &Tables, bytes: &[u8], out: &mut Bits<'_>) {
    let count = bytes.len();
    debug_assert!((1..=64).contains(&count));
    let those = !0 >> (64 - count);
    // SAFETY: only the bytes that are there are loaded.
    let block = unsafe { _mm512_maskz_loadu_epi8(those, bytes.as_ptr().cast()) };
    let above = _mm512_movepi8_mask(block);
    let look = |table: &[__m512i; 4]| {
        let below = _mm512_permutex2var_epi8(table[0], block, table[1]);
        let high = _mm512_permutex2var_epi8(table[2], block, table[3]);
        // Nothing, in no bits, where no byte is.
        _mm512_maskz_mov_epi8(those, _mm512_mask_blend_epi8(above, below, high))
    };
    let (low, high, length) = (look(&tables.low), look(&tables.high), look(&tables.length));
    let zero = _mm512_setzero_si512();
    // Each register has four parts of 16 bytes; the first has of each the first 8 symbols, the second the others.
    let (first, first_bits) = fours(
        _mm512_unpacklo_epi8(low, high),
        _mm512_unpacklo_epi8(length, zero),
    );
    let (second, second_bits) = fours(
        _mm512_unpackhi_epi8(low, high),
        _mm512_unpackhi_epi8(length, zero),
    );
    // Lanes of four symbols, those that come first of each pair, and those behind.
    let (even, even_bits) = (
        _mm512_unpacklo_epi64(first, second),
        _mm512_unpacklo_epi64(first_bits, second_bits),
    );
    let (odd, odd_bits) = (
        _mm512_unpackhi_epi64(first, second),
        _mm512_unpackhi_epi64(first_bits, second_bits),
    );
    let bits = _mm512_add_epi64(even_bits, odd_bits);
    if _mm512_cmpgt_epu64_mask(bits, _mm512_set1_epi64(MOST as i64)) == 0 {
        let words = _mm512_or_si512(even, _mm512_sllv_epi64(odd, even_bits));
        let (words, bits) = (lanes(words), lanes(bits));
        for (&word, &bits) in words.iter().zip(&bits).take(count.div_ceil(8)) {
            out.put(word, bits as u32);
        }
    } else {
        let (even, even_bits, odd, odd_bits) =
            (lanes(even), lanes(even_bits), lanes(odd), lanes(odd_bits));
        for i in 0..count.div_ceil(8) {
            out.put(even[i], even_bits[i] as u32);
            out.put(odd[i], odd_bits[i] as u32);
        }
    }
}

/// Codes and lengths of 16 bits to those of four symbols in 64.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn fours(codes: __m512i, lengths: __m512i) -> (__m512i, __m512i) {
    let low = _mm512_set1_epi32(0xffff);
    let behind = _mm512_sllv_epi32(_mm512_srli_epi32(codes, 16), _mm512_and_si512(lengths, low));
    let twos = _mm512_or_si512(_mm512_and_si512(codes, low), behind);
    let bits = _mm512_madd_epi16(lengths, _mm512_set1_epi16(1));
    let low = _mm512_set1_epi64(0xffff_ffff);
    let first_bits = _mm512_and_si512(bits, low);
    let behind = _mm512_sllv_epi64(_mm512_srli_epi64(twos, 32), first_bits);
    let fours = _mm512_or_si512(_mm512_and_si512(twos, low), behind);
    (
        fours,
        _mm512_add_epi64(first_bits, _mm512_srli_epi64(bits, 32)),
    )
}

#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn lanes(register: __m512i) -> [u64; 8] {
    let mut lanes = [0; 8];
    // SAFETY: there are 64 bytes.
    unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), register) };
    lanes
}
