//! Integers of up to sixteen digits, eight rows a step, and those of eight bytes that have more.

use std::arch::x86_64::*;

use super::digits::{
    Digits, above_nine, byte_order, numbers, short_numbers, spread_eight, spread_sixteen,
};
use super::eights::{Eights, lower_words, odd_lengths, sums};
use super::long_integers;
use super::rest::with_rest;
use crate::fast::columns::Cells;
use crate::portable::cells::Raw;
use crate::portable::groups;
use crate::portable::integers::Range;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`.
pub(crate) unsafe fn decode<const SIZE: usize>(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let range = Range::<SIZE>::new(cells);
    let rows = cells.rows;
    // SAFETY: the caller's; the rows are the cells'.
    let groups = |row, signed| unsafe { all_groups::<SIZE>(raw, row, rows, signed, &range) };
    let long = |row, limit| match SIZE {
        // SAFETY: as above.
        8 => unsafe { long_integers::groups(raw, row, limit, &range) },
        _ => row,
    };
    groups::numbers(cells, groups, long)
}

/// Rows until eight hold what this loop cannot take, with a sign or without; the first row not done.
unsafe fn all_groups<const SIZE: usize>(
    raw: Raw,
    row: usize,
    rows: usize,
    signed: bool,
    range: &Range<SIZE>,
) -> usize {
    // SAFETY: the caller's: all are rows of the cells', with items of this size.
    unsafe {
        let groups = |raw: Raw, row, rows| match (signed, raw.is_paired()) {
            (false, false) => groups::<SIZE, false, false>(raw, row, rows, range),
            (false, true) => groups::<SIZE, false, true>(raw, row, rows, range),
            (true, false) => groups::<SIZE, true, false>(raw, row, rows, range),
            (true, true) => groups::<SIZE, true, true>(raw, row, rows, range),
        };
        with_rest(raw, row, rows, SIZE, groups)
    }
}

/// Steps of eight rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn groups<const SIZE: usize, const SIGNED: bool, const PAIRED: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    range: &Range<SIZE>,
) -> usize {
    let limits = Limits::new(range);
    // SAFETY: the caller's: all are rows of the cells', with items of this size.
    unsafe {
        let mut eights = Eights::<PAIRED>::at(raw, row);
        while row + 8 <= rows {
            if !step::<SIZE, SIGNED, PAIRED>(&eights, &limits) {
                return row;
            }
            eights.advance();
            row += 8;
        }
    }
    row
}

/// Eight rows; whether all could be taken.
///
/// # Safety
/// There are eight more rows of items of this size.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn step<const SIZE: usize, const SIGNED: bool, const PAIRED: bool>(
    eights: &Eights<PAIRED>,
    limits: &Limits,
) -> bool {
    // SAFETY: the caller's; sixteen bytes before any place of the text are readable.
    unsafe {
        let extras = eights.extras();
        if odd_lengths(extras, 8) {
            if odd_lengths(extras, 16) {
                return false;
            }
            let digits = |i: i8| {
                let bytes = eights.last_sixteen(i as usize);
                Digits::new::<16, SIGNED>(bytes, spread_sixteen(extras, i))
            };
            return long::<SIZE, SIGNED, PAIRED>(
                eights,
                [digits(0), digits(1), digits(2), digits(3)],
                limits,
            );
        }
        let digits = |i: i64| {
            let bytes = eights.last_eight(i as usize);
            Digits::new::<8, SIGNED>(bytes, spread_eight(extras, i))
        };
        short::<SIZE, SIGNED, PAIRED>(eights, [digits(0), digits(2)], limits)
    }
}

/// Up to eight digits a row.
///
/// # Safety
/// There are eight more rows of items of this size.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn short<const SIZE: usize, const SIGNED: bool, const PAIRED: bool>(
    eights: &Eights<PAIRED>,
    [first, second]: [Digits; 2],
    limits: &Limits,
) -> bool {
    let mut wrong = above_nine(_mm256_max_epu8(first.digits, second.digits));
    let mut values = short_numbers(first.digits, second.digits);
    let mut minus = _mm256_setzero_si256();
    if SIGNED {
        let zero = _mm256_setzero_si256();
        let sum = |minus| _mm256_sad_epu8(minus, zero);
        minus = _mm256_cmpgt_epi32(lower_words(sum(first.minus), sum(second.minus)), zero);
        // Nothing comes behind a sign that is the last byte.
        let alone = _mm256_or_si256(first.signs, second.signs);
        wrong = _mm256_or_si256(wrong, _mm256_srli_epi64::<56>(alone));
        wrong = _mm256_or_si256(wrong, _mm256_and_si256(minus, limits.unsigned));
        values = _mm256_add_epi32(values, minus);
    }
    if SIZE <= 4 {
        wrong = _mm256_or_si256(wrong, _mm256_and_si256(values, limits.beyond_words));
    } else if SIGNED {
        wrong = _mm256_or_si256(wrong, _mm256_srli_epi32::<31>(values));
    }
    if _mm256_testz_si256(wrong, wrong) == 0 {
        return false;
    }
    if SIGNED {
        values = _mm256_xor_si256(values, minus);
    }
    // SAFETY: the caller's.
    unsafe {
        if SIZE <= 4 {
            eights.put::<SIZE>(_mm256_shuffle_epi8(values, limits.order_words));
        } else {
            let values = [
                _mm256_unpacklo_epi32(values, minus),
                _mm256_unpackhi_epi32(values, minus),
            ];
            let order = |values| _mm256_shuffle_epi8(values, limits.order);
            eights.put_long(values.map(order));
        }
    }
    true
}

/// Up to sixteen digits a row.
///
/// # Safety
/// There are eight more rows of items of this size.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn long<const SIZE: usize, const SIGNED: bool, const PAIRED: bool>(
    eights: &Eights<PAIRED>,
    [a, b, c, d]: [Digits; 4],
    limits: &Limits,
) -> bool {
    let most = |a, b, c, d| _mm256_max_epu8(_mm256_max_epu8(a, b), _mm256_max_epu8(c, d));
    let mut wrong = above_nine(most(a.digits, b.digits, c.digits, d.digits));
    let mut values = [numbers(a.digits, b.digits), numbers(c.digits, d.digits)];
    let mut minus = [_mm256_setzero_si256(); 2];
    if SIGNED {
        let zero = _mm256_setzero_si256();
        let sum = |minus| _mm256_sad_epu8(minus, zero);
        let sums = sums([sum(a.minus), sum(b.minus), sum(c.minus), sum(d.minus)]);
        let words = _mm256_cmpgt_epi32(sums, zero);
        minus = [
            _mm256_unpacklo_epi32(words, words),
            _mm256_unpackhi_epi32(words, words),
        ];
        // Nothing comes behind a sign that is the last byte.
        let alone = most(a.signs, b.signs, c.signs, d.signs);
        wrong = _mm256_or_si256(wrong, _mm256_srli_si256::<15>(alone));
        wrong = _mm256_or_si256(wrong, _mm256_and_si256(words, limits.unsigned));
        // One less where there is a minus: the smallest number has one more than the largest. Zero gives a bit out of range,
        // and the exact path.
        values = [
            _mm256_add_epi64(values[0], minus[0]),
            _mm256_add_epi64(values[1], minus[1]),
        ];
    }
    let any = _mm256_or_si256(values[0], values[1]);
    wrong = _mm256_or_si256(wrong, _mm256_and_si256(any, limits.beyond));
    if _mm256_testz_si256(wrong, wrong) == 0 {
        return false;
    }
    if SIGNED {
        values = [
            _mm256_xor_si256(values[0], minus[0]),
            _mm256_xor_si256(values[1], minus[1]),
        ];
    }
    // SAFETY: the caller's.
    unsafe {
        if SIZE <= 4 {
            let words = lower_words(values[0], values[1]);
            eights.put::<SIZE>(_mm256_shuffle_epi8(words, limits.order_words));
        } else {
            eights.put_long(values.map(|values| _mm256_shuffle_epi8(values, limits.order)));
        }
    }
    true
}

/// [`Range`] for vectors of values.
pub(crate) struct Limits {
    /// Bits that no value has.
    pub beyond: __m256i,
    /// The same of values of four bytes.
    pub beyond_words: __m256i,
    /// Ones where a minus is refused.
    pub unsigned: __m256i,
    pub order: __m256i,
    pub order_words: __m256i,
}

impl Limits {
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub fn new<const SIZE: usize>(range: &Range<SIZE>) -> Limits {
        Limits {
            beyond: _mm256_set1_epi64x(!range.most as i64),
            beyond_words: _mm256_set1_epi32(!range.most as i32),
            unsigned: _mm256_set1_epi64x(-i64::from(range.unsigned)),
            order: byte_order::<SIZE, 8>(range.swap),
            order_words: byte_order::<SIZE, 4>(range.swap),
        }
    }
}
