//! Integers of up to twenty digits, four rows a step.

use std::arch::x86_64::*;

use super::digits::{digits_of_two, long_numbers};
use super::integers::Limits;
use crate::portable::cells::{Fours, Raw, most_extra, store};
use crate::portable::integers::Range;

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
        let signs = unsafe { [a.take_sign(), b.take_sign(), c.take_sign(), d.take_sign()] };
        if most_extra(&fields) > 31 {
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
    let values = _mm256_shuffle_epi8(_mm256_xor_si256(values, minus), limits.order);
    let low = _mm256_castsi256_si128(values);
    let high = _mm256_extracti128_si256::<1>(values);
    // SAFETY: the caller's.
    unsafe {
        store::<SIZE>(fours.item(0), _mm_cvtsi128_si64(low) as u64);
        store::<SIZE>(fours.item(1), _mm_extract_epi64::<1>(low) as u64);
        store::<SIZE>(fours.item(2), _mm_cvtsi128_si64(high) as u64);
        store::<SIZE>(fours.item(3), _mm_extract_epi64::<1>(high) as u64);
    }
    true
}
