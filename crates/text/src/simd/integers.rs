//! Integers of up to sixteen digits, four rows a step, and those of eight bytes that have more.

use std::arch::x86_64::*;

use super::cells::{Field, Fours, Raw};
use super::digits::{
    above_nine, byte_order, digits, digits_of_two, long_numbers, numbers, odd_lengths, pair,
};
use crate::Kind;
use crate::fast::cell;
use crate::fast::columns::Cells;

/// Rows that are taken for long numbers before short ones are tried again.
pub(crate) const LONG_RUN: usize = 64;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`.
pub(crate) unsafe fn decode<const SIZE: usize>(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let range = Range::<SIZE>::new(cells);
    let mut signed = false;
    let mut row = 0;
    while row + 4 <= cells.rows {
        // SAFETY: the caller's; the rows are the cells'.
        row = unsafe {
            if signed {
                groups::<SIZE, true>(raw, row, cells.rows, &range)
            } else {
                groups::<SIZE, false>(raw, row, cells.rows, &range)
            }
        };
        if row + 4 > cells.rows {
            break;
        }
        if !signed && has_sign(cells, row) {
            // The signed loop costs more, so it is begun only where a sign has been seen.
            signed = true;
            continue;
        }
        let from = row;
        if SIZE == 8 {
            // SAFETY: as above.
            row = unsafe { long_groups(raw, row, cells.rows.min(row + LONG_RUN), &range) };
        }
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

/// What an item may be, and how it is stored.
struct Range<const SIZE: usize> {
    unsigned: bool,
    most: u64,
    swap: bool,
}

impl<const SIZE: usize> Range<SIZE> {
    fn new(cells: &Cells<'_>) -> Self {
        let unsigned = cells.column.kind == Kind::Uint;
        Range {
            unsigned,
            most: u64::MAX >> (64 - 8 * SIZE + usize::from(!unsigned)),
            swap: cells.column.swap,
        }
    }
}

/// Whether one of four fields starts with a sign.
pub(crate) fn has_sign(cells: &Cells<'_>, row: usize) -> bool {
    (row..row + 4).any(|row| matches!(cells.source(row).text(), [b'-' | b'+', ..]))
}

/// Takes a sign from the length of a field; its first byte, which may be one.
///
/// # Safety
/// The field is one of a text with padding behind it.
#[inline(always)]
pub(crate) unsafe fn take_sign(field: &mut Field) -> u8 {
    // SAFETY: at worst the byte behind an empty field that ends the text, which is padding.
    let first = unsafe { *field.start };
    let signed = first == b'-' || first == b'+';
    field.extra = field.extra.wrapping_sub(usize::from(signed));
    first
}

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn groups<const SIZE: usize, const SIGNED: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    range: &Range<SIZE>,
) -> usize {
    let limits = Limits::new(range);
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        let mut signs = [0; 4];
        // SAFETY: four rows of the cells'.
        let mut fields = unsafe { fours.fields() };
        if SIGNED {
            let [a, b, c, d] = &mut fields;
            // SAFETY: fields of the cells'.
            signs = unsafe { [take_sign(a), take_sign(b), take_sign(c), take_sign(d)] };
        }
        if odd_lengths(fields.map(|field| field.extra)) {
            return row;
        }
        // SAFETY: sixteen bytes before any place of the text are readable; the lengths are 1 to 16.
        let (first, second) = unsafe {
            let load = |i: usize| digits(fields[i].end, fields[i].extra);
            (pair(load(0), load(2)), pair(load(1), load(3)))
        };
        let wrong = _mm256_or_si256(above_nine(first), above_nine(second));
        let values = numbers(first, second);
        // SAFETY: four rows of the cells'.
        if !unsafe { finish::<SIZE, SIGNED>(&fours, values, signs, wrong, &limits) } {
            return row;
        }
        fours.advance();
        row += 4;
    }
    row
}

/// The same with up to twenty digits, of eight bytes.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn long_groups<const SIZE: usize>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    range: &Range<SIZE>,
) -> usize {
    let limits = Limits::new(range);
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        // SAFETY: four rows of the cells'.
        let mut fields = unsafe { fours.fields() };
        let [a, b, c, d] = &mut fields;
        // SAFETY: fields of the cells'.
        let signs = unsafe { [take_sign(a), take_sign(b), take_sign(c), take_sign(d)] };
        let [a, b, c, d] = fields.map(|field| field.extra);
        if a | b | c | d > 31 {
            return row;
        }
        // SAFETY: sixteen bytes before any place of the text are readable; the lengths are 1 to 32.
        let digits = |i: usize| unsafe { digits_of_two(fields[i].end, fields[i].extra + 1) };
        let (values, wrong) = long_numbers([digits(0), digits(1), digits(2), digits(3)]);
        // SAFETY: four rows of the cells'.
        if !unsafe { finish::<SIZE, true>(&fours, values, signs, wrong, &limits) } {
            return row;
        }
        fours.advance();
        row += 4;
    }
    row
}

/// Ones where the first byte is a minus.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn minus(firsts: [u8; 4]) -> __m256i {
    let [a, b, c, d] = firsts.map(i32::from);
    let bytes = _mm_insert_epi8::<1>(_mm_cvtsi32_si128(a), b);
    let bytes = _mm_insert_epi8::<3>(_mm_insert_epi8::<2>(bytes, c), d);
    _mm256_cvtepi8_epi64(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'-' as i8)))
}

/// [`Range`] for four values.
struct Limits {
    /// Bits that no value has.
    beyond: __m256i,
    /// Ones where a minus is refused.
    unsigned: __m256i,
    order: __m256i,
}

impl Limits {
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn new<const SIZE: usize>(range: &Range<SIZE>) -> Limits {
        Limits {
            beyond: _mm256_set1_epi64x(!range.most as i64),
            unsigned: _mm256_set1_epi64x(-i64::from(range.unsigned)),
            order: byte_order::<SIZE>(range.swap, 8),
        }
    }
}

/// Stores four values if nothing is wrong with them and they are in range. `signs`: the first bytes of their fields.
///
/// # Safety
/// There are four more rows of items of this size.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn finish<const SIZE: usize, const SIGNED: bool>(
    fours: &Fours,
    mut values: __m256i,
    signs: [u8; 4],
    mut wrong: __m256i,
    limits: &Limits,
) -> bool {
    let minus = minus(signs);
    if SIGNED {
        // One less where there is a minus: the smallest number has one more than the largest. Zero gives
        // a bit out of range, and the exact path.
        values = _mm256_add_epi64(values, minus);
        wrong = _mm256_or_si256(wrong, _mm256_and_si256(minus, limits.unsigned));
    }
    wrong = _mm256_or_si256(wrong, _mm256_and_si256(values, limits.beyond));
    if _mm256_testz_si256(wrong, wrong) == 0 {
        return false;
    }
    if SIGNED {
        values = _mm256_xor_si256(values, minus);
    }
    // SAFETY: the caller's.
    unsafe { fours.put::<SIZE>(_mm256_shuffle_epi8(values, limits.order)) };
    true
}
