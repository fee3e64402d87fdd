//! Integers of up to twenty digits, four rows a step.

use std::arch::x86_64::*;

use super::cells::{Field, Fours, Raw};
use super::digits::{digits_of_two, long_numbers};
use super::integers::{Limits, Range};

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
///
/// # Safety
/// `row` to `rows` are rows of the cells of `raw`, whose items have this size.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) unsafe fn groups<const SIZE: usize>(
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
        // SAFETY: thirty-two bytes before any place of the text are readable; the lengths are 1 to 32.
        let digits = |i: usize| unsafe { digits_of_two(fields[i].end, fields[i].extra + 1) };
        let (values, wrong) = long_numbers([digits(0), digits(1), digits(2), digits(3)]);
        // SAFETY: four rows of the cells'.
        if !unsafe { finish::<SIZE>(&fours, values, signs, wrong, &limits) } {
            return row;
        }
        fours.advance();
        row += 4;
    }
    row
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

/// Ones where the first byte is a minus.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn minus(firsts: [u8; 4]) -> __m256i {
    let [a, b, c, d] = firsts.map(i32::from);
    let bytes = _mm_insert_epi8::<1>(_mm_cvtsi32_si128(a), b);
    let bytes = _mm_insert_epi8::<3>(_mm_insert_epi8::<2>(bytes, c), d);
    _mm256_cvtepi8_epi64(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'-' as i8)))
}

/// Stores four values if nothing is wrong with them and they are in range. `signs`: the first bytes of their fields.
///
/// # Safety
/// There are four more rows of items of this size.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn finish<const SIZE: usize>(
    fours: &Fours,
    values: __m256i,
    signs: [u8; 4],
    wrong: __m256i,
    limits: &Limits,
) -> bool {
    let minus = minus(signs);
    let values = _mm256_add_epi64(values, minus);
    let wrong = _mm256_or_si256(wrong, _mm256_and_si256(minus, limits.unsigned));
    let wrong = _mm256_or_si256(wrong, _mm256_and_si256(values, limits.beyond));
    if _mm256_testz_si256(wrong, wrong) == 0 {
        return false;
    }
    let values = _mm256_xor_si256(values, minus);
    // SAFETY: the caller's.
    unsafe { fours.put::<SIZE>(_mm256_shuffle_epi8(values, limits.order)) };
    true
}
