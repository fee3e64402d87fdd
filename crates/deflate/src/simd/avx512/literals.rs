//! Literals to bits, 64 bytes at a time.

use std::arch::x86_64::*;

use crate::portable;
use crate::stream::{Bits, Coder, Sequence};

/// Fewer literals than this are not worth the tables.
const LEAST: u32 = 512;
/// Nor are they if there are fewer between matches.
const FEW: u32 = 4;
/// The most bits that a word takes.
const MOST: i64 = 56;

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
    if literals < LEAST.max(FEW * sequences.len() as u32) {
        return portable::write(coder, bytes, sequences, out);
    }
    let tables = tables(coder);
    // Most planes have no byte above 127.
    if coder.litlens[128..256].iter().any(|&word| word > 0) {
        portable::write_with(coder, bytes, sequences, out, |coder, literals, out| {
            pack_all::<true>(&tables, coder, literals, out);
        });
    } else {
        portable::write_with(coder, bytes, sequences, out, |coder, literals, out| {
            pack_all::<false>(&tables, coder, literals, out);
        });
    }
}

#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn pack_all<const HIGH: bool>(tables: &Tables, coder: &Coder, literals: &[u8], out: &mut Bits<'_>) {
    let (blocks, rest) = literals.as_chunks::<64>();
    for block in blocks {
        // SAFETY: the block has 64 bytes.
        let block = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        pack::<HIGH>(tables, block, !0, 8, out);
    }
    if rest.len() < 8 {
        portable::literals(coder, rest, out);
    } else {
        let those = !0 >> (64 - rest.len());
        // SAFETY: only the bytes that are there are loaded.
        let block = unsafe { _mm512_maskz_loadu_epi8(those, rest.as_ptr().cast()) };
        pack::<HIGH>(tables, block, those, rest.len().div_ceil(8), out);
    }
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
            _mm512_srli_epi32(words, 24),
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

/// Writes the codes of those of 64 bytes, the first `lanes` eights of which are not empty. `HIGH`: they may be above 127.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn pack<const HIGH: bool>(
    tables: &Tables,
    block: __m512i,
    those: u64,
    used: usize,
    out: &mut Bits<'_>,
) {
    // Nothing, in no bits, where no byte is.
    let look = |table: &[__m512i; 4]| {
        let low = _mm512_maskz_permutex2var_epi8(those, table[0], block, table[1]);
        if !HIGH {
            return low;
        }
        let high = _mm512_permutex2var_epi8(table[2], block, table[3]);
        _mm512_mask_mov_epi8(low, those & _mm512_movepi8_mask(block), high)
    };
    let (low, high, length) = (look(&tables.low), look(&tables.high), look(&tables.length));
    let zero = _mm512_setzero_si512();
    // Each register has four parts of 16 bytes; the first has of each the first 8 symbols, the second the others.
    let first = fours(
        _mm512_unpacklo_epi8(low, high),
        _mm512_unpacklo_epi8(length, zero),
    );
    let second = fours(
        _mm512_unpackhi_epi8(low, high),
        _mm512_unpackhi_epi8(length, zero),
    );
    // Lanes of four symbols, those that come first of each eight, and those behind.
    let even = _mm512_unpacklo_epi64(first, second);
    let odd = _mm512_unpackhi_epi64(first, second);
    let bits = _mm512_sad_epu8(length, zero);
    let even_bits = _mm512_and_si512(length, _mm512_set1_epi64(0xffff_ffff));
    let even_bits = _mm512_sad_epu8(even_bits, zero);
    if _mm512_cmpgt_epu64_mask(bits, _mm512_set1_epi64(MOST)) == 0 {
        let words = _mm512_or_si512(even, shifted(odd, even_bits));
        if put(words, bits, used, out) {
            return;
        }
    }
    let (even, odd) = (lanes(even), lanes(odd));
    let (even_bits, bits) = (lanes(even_bits), lanes(bits));
    for i in 0..used {
        out.put(even.0[i], even_bits.0[i] as u32);
        out.put(odd.0[i], (bits.0[i] - even_bits.0[i]) as u32);
    }
}

/// Codes and lengths of 16 bits to those of four symbols in 64. Shifting by multiplying leaves to the shuffles what else shifts.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn fours(codes: __m512i, lengths: __m512i) -> __m512i {
    let one = _mm512_set1_epi16(1);
    let shifts = _mm512_sllv_epi16(one, _mm512_slli_epi32(lengths, 16));
    let twos = _mm512_madd_epi16(codes, shifts);
    let bits = _mm512_madd_epi16(lengths, one);
    let low = _mm512_set1_epi64(0xffff_ffff);
    let behind = shifted(_mm512_srli_epi64(twos, 32), _mm512_and_si512(bits, low));
    // (twos & low) | behind
    _mm512_ternarylogic_epi64(twos, low, behind, 0b1110_1010)
}

/// Each lane shifted to the left by fewer than 64 bits.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn shifted(lanes: __m512i, bits: __m512i) -> __m512i {
    _mm512_sllv_epi64(lanes, _mm512_and_si512(bits, _mm512_set1_epi64(63)))
}

/// Writes eight words of so many bits, at most [`MOST`] each; the first `used` have bits, and each of them but the last at least eight. False near the
/// buffer's end, where nothing is written.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn put(words: __m512i, bits: __m512i, used: usize, out: &mut Bits<'_>) -> bool {
    let Some((room, held, count)) = out.room() else {
        return false;
    };
    let zero = _mm512_setzero_si512();
    let sums = _mm512_add_epi64(bits, _mm512_alignr_epi64(bits, zero, 7));
    let sums = _mm512_add_epi64(sums, _mm512_alignr_epi64(sums, zero, 6));
    let sums = _mm512_add_epi64(sums, _mm512_alignr_epi64(sums, zero, 4));
    let ends = _mm512_add_epi64(sums, _mm512_set1_epi64(i64::from(count)));
    let starts = _mm512_sub_epi64(ends, bits);
    let seven = _mm512_set1_epi64(7);
    let starting = _mm512_and_si512(starts, seven);
    let words = shifted(words, starting);
    // The whole bytes of each word, in bits; what is behind them is held for the next word.
    let whole = _mm512_andnot_si512(seven, _mm512_add_epi64(starting, bits));
    let behind = |words| _mm512_srlv_epi64(words, _mm512_and_si512(whole, _mm512_set1_epi64(63)));
    let held = _mm512_set1_epi64(held as i64);
    let words = _mm512_or_si512(words, _mm512_alignr_epi64(behind(words), held, 7));
    // SAFETY: both have 64 bytes.
    let (each, lowest) = unsafe {
        (
            _mm512_loadu_si512(EACH.as_ptr().cast()),
            _mm512_loadu_si512(LOWEST.as_ptr().cast()),
        )
    };
    let whole = _mm512_shuffle_epi8(whole, lowest);
    let bytes = _mm512_maskz_compress_epi8(_mm512_cmplt_epu8_mask(each, whole), words);
    // SAFETY: there is room for 64 bytes.
    unsafe { _mm512_storeu_si512(room.as_mut_ptr().cast(), bytes) };
    let last = _mm512_set1_epi64(used as i64 - 1);
    let (end, held) = (
        _mm512_permutexvar_epi64(last, ends),
        _mm512_permutexvar_epi64(last, behind(words)),
    );
    let lowest = |lanes| _mm_cvtsi128_si64(_mm512_castsi512_si128(lanes)) as u64;
    out.advance(lowest(end), lowest(held));
    true
}

/// For each byte the bit of its lane of 64 that it begins at.
const EACH: [u8; 64] = {
    let mut bytes = [0; 64];
    let mut i = 0;
    while i < 64 {
        bytes[i] = i as u8 % 8 * 8;
        i += 1;
    }
    bytes
};

/// For each byte the place of its lane's lowest one, in its 16 bytes.
const LOWEST: [u8; 64] = {
    let mut bytes = [0; 64];
    let mut i = 0;
    while i < 64 {
        bytes[i] = i as u8 & 8;
        i += 1;
    }
    bytes
};

/// Aligned, so that storing them does not reach into two cache lines.
#[repr(align(64))]
struct Lanes([u64; 8]);

#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
)]
fn lanes(register: __m512i) -> Lanes {
    let mut lanes = Lanes([0; 8]);
    // SAFETY: there are 64 bytes.
    unsafe { _mm512_store_si512(lanes.0.as_mut_ptr().cast(), register) };
    lanes
}
