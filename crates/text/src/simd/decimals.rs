//! Decimals of up to fifteen digits, with or without a dot, four rows a step.
//!
//! The digits as one integer are exact in a double, as is the power of ten that divides them, so one division
//! rounds once, and correctly; four bytes are then narrowed from it, as NumPy does.

use std::arch::x86_64::*;

use super::cells::{Fours, Raw, store};
use super::digits::{above_nine, byte_order, digits, numbers, odd_lengths, pair};
use super::integers::{LONG_RUN, has_sign, minus, take_sign};
use super::long_decimals;
use crate::fast::cell;
use crate::fast::columns::Cells;
use crate::fast::words::TENS;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`.
pub(crate) unsafe fn decode<const SIZE: usize>(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let swap = cells.column.swap;
    let mut signed = false;
    let mut row = 0;
    while row + 4 <= cells.rows {
        // SAFETY: the caller's; the rows are the cells'.
        row = unsafe {
            if signed {
                groups::<SIZE, true>(raw, row, cells.rows, swap)
            } else {
                groups::<SIZE, false>(raw, row, cells.rows, swap)
            }
        };
        if row + 4 > cells.rows {
            break;
        }
        if !signed && has_sign(cells, row) {
            signed = true;
            continue;
        }
        let (from, limit) = (row, cells.rows.min(row + LONG_RUN));
        // SAFETY: as above.
        row = unsafe {
            if swap {
                long_decimals::groups::<SIZE, true>(raw, row, limit)
            } else {
                long_decimals::groups::<SIZE, false>(raw, row, limit)
            }
        };
        if row == from {
            for row in row..row + 4 {
                if !cell::convert(cells, row) {
                    return row;
                }
            }
            row += 4;
        }
    }
    (row..cells.rows)
        .find(|&row| !cell::convert(cells, row))
        .unwrap_or(cells.rows)
}

/// For a dot at each place of sixteen bytes, ones behind it; without a dot (16), ones everywhere.
static BEHIND: [[u8; 16]; 17] = {
    let mut behind = [[0xFF; 16]; 17];
    let mut dot = 0;
    while dot < 16 {
        let mut i = 0;
        while i <= dot {
            behind[dot][i] = 0;
            i += 1;
        }
        dot += 1;
    }
    behind
};

/// What divides the digits for a dot at each place.
static DIVISORS: [f64; 17] = {
    let mut divisors = [1.0; 17];
    let mut dot = 0;
    while dot < 16 {
        divisors[dot] = TENS[15 - dot];
        dot += 1;
    }
    divisors
};

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn groups<const SIZE: usize, const SIGNED: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    swap: bool,
) -> usize {
    let magic = _mm256_set1_epi64x(0x4330_0000_0000_0000);
    let beyond = _mm256_set1_epi64x(!((1 << 52) - 1));
    let order = byte_order::<SIZE>(swap, SIZE);
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        let mut firsts = [0; 4];
        // SAFETY: four rows of the cells'.
        let mut fields = unsafe { fours.fields() };
        if SIGNED {
            let [a, b, c, d] = &mut fields;
            // SAFETY: fields of the cells'.
            firsts = unsafe { [take_sign(a), take_sign(b), take_sign(c), take_sign(d)] };
        }
        if odd_lengths(fields.map(|field| field.extra)) {
            return row;
        }
        // SAFETY: sixteen bytes before any place of the text are readable; the lengths are 1 to 16.
        let (first, second) = unsafe {
            let load = |i: usize| digits(fields[i].end, fields[i].extra);
            (pair(load(0), load(2)), pair(load(1), load(3)))
        };
        let (first, dots, ends) = without_dots(first);
        let (second, more, ends_too) = without_dots(second);
        let dots = [dots[0], more[0], dots[1], more[1]];
        let wrong = _mm256_or_si256(above_nine(first), above_nine(second));
        let numbers = numbers(first, second);
        let wrong = _mm256_or_si256(wrong, _mm256_and_si256(numbers, beyond));
        // A dot at the end may be alone, which is no number.
        if _mm256_testz_si256(wrong, wrong) == 0 || (ends | ends_too) & 0x8000_8000 != 0 {
            return row;
        }
        let whole = _mm256_sub_pd(
            _mm256_castsi256_pd(_mm256_or_si256(numbers, magic)),
            _mm256_castsi256_pd(magic),
        );
        let [a, b, c, d] = dots.map(|dot| DIVISORS[dot]);
        let mut values = _mm256_div_pd(whole, _mm256_setr_pd(a, b, c, d));
        if SIGNED {
            let signs = _mm256_slli_epi64::<63>(minus(firsts));
            values = _mm256_xor_pd(values, _mm256_castsi256_pd(signs));
        }
        // SAFETY: the items of four of the cells' rows, of this size.
        unsafe { put::<SIZE>(&fours, values, order) };
        fours.advance();
        row += 4;
    }
    row
}

/// Stores four values.
///
/// # Safety
/// There are four more rows of items of this size.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn put<const SIZE: usize>(fours: &Fours, values: __m256d, order: __m256i) {
    if SIZE == 4 {
        let bits = _mm_castps_si128(_mm256_cvtpd_ps(values));
        let bits = _mm_shuffle_epi8(bits, _mm256_castsi256_si128(order));
        let of = |bits: i32| u64::from(bits as u32);
        // SAFETY: the caller's.
        unsafe {
            store::<SIZE>(fours.item(0), of(_mm_cvtsi128_si32(bits)));
            store::<SIZE>(fours.item(1), of(_mm_extract_epi32::<1>(bits)));
            store::<SIZE>(fours.item(2), of(_mm_extract_epi32::<2>(bits)));
            store::<SIZE>(fours.item(3), of(_mm_extract_epi32::<3>(bits)));
        }
    } else {
        // SAFETY: the caller's.
        unsafe { fours.put::<SIZE>(_mm256_shuffle_epi8(_mm256_castpd_si256(values), order)) };
    }
}

/// The digits with those before each half's first dot moved over it, where that was (16: none), and all dots of both halves.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn without_dots(digits: __m256i) -> (__m256i, [usize; 2], u32) {
    let dots = _mm256_movemask_epi8(_mm256_cmpeq_epi8(digits, _mm256_set1_epi8(0x1E))) as u32;
    let places = [
        ((dots & 0xFFFF) | 0x1_0000).trailing_zeros() as usize,
        ((dots >> 16) | 0x1_0000).trailing_zeros() as usize,
    ];
    // SAFETY: both places are at most 16, and each entry has sixteen bytes.
    let behind = unsafe {
        let load = |place: usize| _mm_loadu_si128(BEHIND.as_ptr().add(place).cast());
        pair(load(places[0]), load(places[1]))
    };
    let moved = _mm256_slli_si256::<1>(digits);
    (_mm256_blendv_epi8(moved, digits, behind), places, dots)
}
