//! AVX2: an index from 32-byte compares, columns four rows a step.

use std::arch::x86_64::*;

use super::{decimals, integers, strings, truths, wide_strings};
use crate::fast::batch::{Batch, Scratch, Word};
use crate::fast::block::{BLOCK, Blocks, Marks, Masks, Outline, SPILL};
use crate::fast::columns::Cells;
use crate::fast::{Machine, cell, index, quoted, walk};
use crate::plan::Plan;
use crate::portable::cells::Raw;
use crate::portable::places::PLACES;
use crate::{Count, Input, Kind, Walk};

/// A processor of which [`super::avx2_runs`] is true.
pub(crate) struct Avx2;

impl Machine for Avx2 {
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
        decode(cells)
    }
}

/// Columns with the instructions of AVX2; the wider machine uses it too.
pub(crate) fn decode(cells: &mut Cells<'_>) -> usize {
    let column = *cells.column;
    let Some(raw) = Raw::new(cells) else { return 0 };
    // SAFETY: the processor has the features, and `raw` is made of these cells, whose records nobody else uses meanwhile.
    unsafe {
        match (column.kind, column.size) {
            (Kind::Int | Kind::Uint, 1) => integers::decode::<1>(cells, raw),
            (Kind::Int | Kind::Uint, 2) => integers::decode::<2>(cells, raw),
            (Kind::Int | Kind::Uint, 4) => integers::decode::<4>(cells, raw),
            (Kind::Int | Kind::Uint, _) => integers::decode::<8>(cells, raw),
            (Kind::Float, 4) => decimals::decode::<4>(cells, raw),
            (Kind::Float, 8) => decimals::decode::<8>(cells, raw),
            (Kind::Bool, _) => truths::decode(cells, raw),
            (Kind::Bytes, 1..) => strings::decode(cells, raw),
            (Kind::Str, 16..) => wide_strings::decode(cells, raw),
            _ => cell::decode(cells, 0..cells.rows),
        }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn count<const WHITE: bool>(plan: &Plan, input: Input<'_>) -> Count {
    index::count::<Avx2, WHITE>(plan, input)
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn index<const WHITE: bool>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    scratch: &mut Scratch,
) -> Batch {
    index::index::<Avx2, WHITE>(plan, input, pos, scratch)
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn quoted<const WHITE: bool>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    scratch: &mut Scratch,
) -> Batch {
    quoted::index::<Avx2, WHITE>(plan, input, pos, scratch)
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
fn walk<const WHITE: bool>(plan: &Plan, text: &[u8], limit: usize, last: bool) -> Walk {
    walk::walk::<Avx2, WHITE>(plan, text, limit, last)
}

impl Blocks for Avx2 {
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
        unsafe { flatten(std::iter::once(mask), base, list, at) }
    }

    #[inline(always)]
    fn flatten_all(words: &[Word], list: &mut [u16]) -> usize {
        // SAFETY: as above.
        unsafe { flatten(words.iter().map(|word| word.edges), 0, list, 0) }
    }

    #[inline(always)]
    fn flatten_few(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
        // SAFETY: as above.
        unsafe { flatten_few(mask, base, list, at) }
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
        unsafe { parity(mask) }
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn masks<const WHITE: bool, const QUOTED: bool>(block: &[u8; BLOCK], marks: &Marks) -> Masks {
    // SAFETY: both halves lie in the block.
    let halves = unsafe {
        let at = block.as_ptr().cast::<__m256i>();
        [_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))]
    };
    let find = |byte: u8| {
        let byte = _mm256_set1_epi8(byte as i8);
        gather(halves.map(|half| _mm256_cmpeq_epi8(half, byte)))
    };
    let separators = match WHITE {
        true => gather(halves.map(|half| white(half))),
        false => find(marks.delimiter),
    };
    let mut comments = find(marks.comment);
    for &byte in &marks.comments {
        comments |= find(byte);
    }
    Masks {
        separators,
        lf: find(b'\n'),
        cr: find(b'\r'),
        comments,
        high: if WHITE { gather(halves) } else { 0 },
        quotes: if QUOTED { find(marks.quote) } else { 0 },
    }
}

/// The bits of two halves of a block.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn gather([low, high]: [__m256i; 2]) -> u64 {
    u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32
}

/// Where white space of ASCII is: 9 to 13 and 28 to 32.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn white(bytes: __m256i) -> __m256i {
    let over = |first: i8| _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    let over = _mm256_min_epu8(over(9), over(28));
    _mm256_cmpeq_epi8(_mm256_min_epu8(over, _mm256_set1_epi8(4)), over)
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn outline<const WHITE: bool>(block: &[u8; BLOCK], delimiter: u8, comment: u8) -> Outline {
    // SAFETY: both halves lie in the block.
    let halves = unsafe {
        let at = block.as_ptr().cast::<__m256i>();
        [_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))]
    };
    let is = |byte: u8| {
        let byte = _mm256_set1_epi8(byte as i8);
        halves.map(|half| _mm256_cmpeq_epi8(half, byte))
    };
    let either = |[low, high]: [__m256i; 2]| _mm256_or_si256(low, high);
    let mut rare = either(is(comment));
    if WHITE {
        rare = _mm256_or_si256(rare, either(halves));
    }
    Outline {
        separators: gather(if WHITE {
            halves.map(|half| white(half))
        } else {
            is(delimiter)
        }),
        lf: gather(is(b'\n')),
        cr: gather(is(b'\r')),
        rare: _mm256_movemask_epi8(rare) != 0,
    }
}

/// The product with all ones, without carries, has at each bit the sum of the bits up to it.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
pub(super) fn parity(mask: u64) -> u64 {
    let ones = _mm_set1_epi8(-1);
    let product = _mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(mask as i64), ones);
    _mm_cvtsi128_si64(product) as u64
}

/// The places of each mask's bits, of which the first is at `base`; where the next one goes.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn flatten(masks: impl Iterator<Item = u64>, base: u16, list: &mut [u16], at: usize) -> usize {
    let mut base = _mm_set1_epi16(base as i16);
    let eight = _mm_set1_epi16(8);
    let mut next = at;
    for mask in masks {
        assert!(next + SPILL <= list.len());
        for byte in mask.to_le_bytes() {
            let places = &PLACES[usize::from(byte)];
            // SAFETY: `next` has grown by at most 8 a byte, so eight places behind it are within the spill; a table's row has 8 bytes.
            unsafe {
                let places = _mm_cvtepu8_epi16(_mm_loadl_epi64(places.as_ptr().cast()));
                let to = list.as_mut_ptr().add(next);
                _mm_storeu_si128(to.cast(), _mm_add_epi16(places, base));
            }
            base = _mm_add_epi16(base, eight);
            next += byte.count_ones() as usize;
        }
    }
    next
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn flatten_few(mut mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
    let list = &mut list[at..at + SPILL];
    let count = mask.count_ones() as usize;
    // Four without a look at how many there are: seldom more, and no branch to guess wrong.
    for place in &mut list[..4] {
        *place = base.wrapping_add(mask.trailing_zeros() as u16);
        mask &= mask.wrapping_sub(1);
    }
    for place in list.iter_mut().take(count).skip(4) {
        *place = base.wrapping_add(mask.trailing_zeros() as u16);
        mask &= mask.wrapping_sub(1);
    }
    at + count
}
