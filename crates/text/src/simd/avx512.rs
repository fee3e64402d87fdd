//! AVX-512: an index from 64-byte compares and byte compression; columns as with AVX2.

use std::arch::x86_64::*;

use super::avx2;
use crate::fast::batch::{Batch, Scratch};
use crate::fast::block::{BLOCK, Blocks, Marks, Masks, Outline, SPILL};
use crate::fast::columns::Cells;
use crate::fast::{Machine, index, quoted, walk};
use crate::plan::Plan;
use crate::{Count, Input, Walk};

/// A processor of which [`super::avx512_runs`] is true.
pub(crate) struct Avx512;

impl Machine for Avx512 {
    fn count(plan: &Plan, input: Input<'_>) -> Count {
        // SAFETY: the processor has the features, or this machine would not have been chosen.
        unsafe {
            if plan.white {
                count::<true>(plan, input)
            } else {
                count::<false>(plan, input)
            }
        }
    }

    fn walk(plan: &Plan, text: &[u8], limit: usize, last: bool) -> Walk {
        // SAFETY: as above.
        unsafe {
            if plan.white {
                walk::<true>(plan, text, limit, last)
            } else {
                walk::<false>(plan, text, limit, last)
            }
        }
    }

    fn index(plan: &Plan, input: Input<'_>, pos: usize, scratch: &mut Scratch) -> Batch {
        // SAFETY: as above.
        unsafe {
            match (plan.quoted, plan.white) {
                (false, true) => index::<true>(plan, input, pos, scratch),
                (false, false) => index::<false>(plan, input, pos, scratch),
                (true, true) => quoted::<true>(plan, input, pos, scratch),
                (true, false) => quoted::<false>(plan, input, pos, scratch),
            }
        }
    }

    fn decode(cells: &mut Cells<'_>) -> usize {
        avx2::decode(cells)
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn count<const WHITE: bool>(plan: &Plan, input: Input<'_>) -> Count {
    index::count::<Avx512, WHITE>(plan, input)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn index<const WHITE: bool>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    scratch: &mut Scratch,
) -> Batch {
    index::index::<Avx512, WHITE>(plan, input, pos, scratch)
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq"
)]
fn quoted<const WHITE: bool>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    scratch: &mut Scratch,
) -> Batch {
    quoted::index::<Avx512, WHITE>(plan, input, pos, scratch)
}

#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq"
)]
fn walk<const WHITE: bool>(plan: &Plan, text: &[u8], limit: usize, last: bool) -> Walk {
    walk::walk::<Avx512, WHITE>(plan, text, limit, last)
}

impl Blocks for Avx512 {
    #[inline(always)]
    fn masks<const WHITE: bool, const QUOTED: bool>(block: &[u8; BLOCK], marks: &Marks) -> Masks {
        // SAFETY: called by the functions above, which have the features.
        unsafe { masks::<WHITE, QUOTED>(block, marks) }
    }

    #[inline(always)]
    fn outline<const WHITE: bool>(block: &[u8; BLOCK], delimiter: u8, comment: u8) -> Outline {
        // SAFETY: as above.
        unsafe { outline::<WHITE>(block, delimiter, comment) }
    }

    #[inline(always)]
    fn flatten(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
        // SAFETY: as above.
        unsafe { flatten(mask, base, list, at) }
    }

    #[inline(always)]
    fn flatten_few(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
        // SAFETY: as above.
        unsafe { flatten(mask, base, list, at) }
    }

    const DEPOSITS: bool = true;

    #[inline(always)]
    fn deposit(bits: u64, mask: u64) -> u64 {
        // SAFETY: as above.
        unsafe { _pdep_u64(bits, mask) }
    }

    #[inline(always)]
    fn parity(mask: u64) -> u64 {
        // SAFETY: called by `quoted` and `walk` above, which have the features.
        unsafe { avx2::parity(mask) }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn masks<const WHITE: bool, const QUOTED: bool>(block: &[u8; BLOCK], marks: &Marks) -> Masks {
    // SAFETY: a block has 64 bytes.
    let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    let find = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let separators = if WHITE {
        white(bytes)
    } else {
        find(marks.delimiter)
    };
    let mut comments = find(marks.comment);
    for &byte in &marks.comments {
        comments |= find(byte);
    }
    let high = if WHITE { _mm512_movepi8_mask(bytes) } else { 0 };
    Masks {
        separators,
        lf: find(b'\n'),
        cr: find(b'\r'),
        comments,
        high,
        quotes: if QUOTED { find(marks.quote) } else { 0 },
    }
}

/// Where white space of ASCII is: 9 to 13 and 28 to 32.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn white(bytes: __m512i) -> u64 {
    let over = |first: i8| _mm512_sub_epi8(bytes, _mm512_set1_epi8(first));
    _mm512_cmple_epu8_mask(_mm512_min_epu8(over(9), over(28)), _mm512_set1_epi8(4))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn outline<const WHITE: bool>(block: &[u8; BLOCK], delimiter: u8, comment: u8) -> Outline {
    // SAFETY: a block has 64 bytes.
    let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    let find = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let high = if WHITE { _mm512_movepi8_mask(bytes) } else { 0 };
    Outline {
        separators: if WHITE { white(bytes) } else { find(delimiter) },
        lf: find(b'\n'),
        cr: find(b'\r'),
        rare: find(comment) | high != 0,
    }
}

/// Each byte of a block its own place.
static PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut i = 0;
    while i < BLOCK {
        places[i] = i as u8;
        i += 1;
    }
    places
};

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt")]
fn flatten(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
    assert!(at + SPILL <= list.len());
    let base = _mm512_set1_epi16(base as i16);
    let count = mask.count_ones() as usize;
    // SAFETY: the spill holds the 64 places that two stores write.
    unsafe {
        let all = _mm512_loadu_si512(PLACES.as_ptr().cast());
        let set = _mm512_maskz_compress_epi8(mask, all);
        let to = list.as_mut_ptr().add(at).cast::<__m512i>();
        let low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(set));
        _mm512_storeu_si512(to, _mm512_add_epi16(low, base));
        if count > 32 {
            let high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(set));
            _mm512_storeu_si512(to.add(1), _mm512_add_epi16(high, base));
        }
    }
    at + count
}
