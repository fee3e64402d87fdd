//! Integers of up to sixteen digits, four rows a step.

use std::arch::x86_64::*;

use super::cells::{Fours, LAST, Raw, store};
use crate::Kind;
use crate::fast::cell;
use crate::fast::columns::Cells;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`.
pub(crate) unsafe fn decode<const SIZE: usize>(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let unsigned = cells.column.kind == Kind::Uint;
    let most = u64::MAX >> (64 - 8 * SIZE + usize::from(!unsigned));
    let mut signed = false;
    let mut row = 0;
    while row + 4 <= cells.rows {
        // SAFETY: the caller's; the rows are the cells'.
        row = unsafe {
            if signed {
                groups::<SIZE, true>(raw, row, cells.rows, most, unsigned)
            } else {
                groups::<SIZE, false>(raw, row, cells.rows, most, unsigned)
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
        for row in row..row + 4 {
            if !cell::convert(cells, row) {
                return row;
            }
        }
        row += 4;
    }
    (row..cells.rows)
        .find(|&row| !cell::convert(cells, row))
        .unwrap_or(cells.rows)
}

/// Whether one of four fields starts with a sign.
pub(crate) fn has_sign(cells: &Cells<'_>, row: usize) -> bool {
    (row..row + 4).any(|row| matches!(cells.source(row).text(), [b'-' | b'+', ..]))
}

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn groups<const SIZE: usize, const SIGNED: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    most: u64,
    unsigned: bool,
) -> usize {
    let beyond = _mm256_set1_epi64x(!most as i64);
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        let mut negative = [false; 4];
        // SAFETY: four rows of the cells'.
        let fields = unsafe { fours.fields() };
        let mut extras = fields.map(|field| field.extra);
        if SIGNED {
            for i in 0..4 {
                // SAFETY: at worst the byte behind an empty field that ends the text, which is padding.
                let first = unsafe { *fields[i].start };
                negative[i] = first == b'-';
                extras[i] = extras[i].wrapping_sub(usize::from(negative[i] | (first == b'+')));
            }
            if unsigned && negative != [false; 4] {
                return row;
            }
        }
        if odd_lengths(extras) {
            return row;
        }
        // SAFETY: sixteen bytes before any place of the text are readable; the lengths are 1 to 16.
        let (first, second) = unsafe {
            let load = |i: usize| digits(fields[i].end, extras[i]);
            (pair(load(0), load(1)), pair(load(2), load(3)))
        };
        let wrong = _mm256_or_si256(above_nine(first), above_nine(second));
        let mut values = numbers(first, second);
        if SIGNED {
            let minus = _mm256_setr_epi64x(
                -i64::from(negative[0]),
                -i64::from(negative[2]),
                -i64::from(negative[1]),
                -i64::from(negative[3]),
            );
            // One less where there is a minus: the smallest number has one more than the largest. Zero gives
            // a bit out of range, and the exact path.
            let reduced = _mm256_add_epi64(values, minus);
            if _mm256_testz_si256(reduced, beyond) == 0 {
                return row;
            }
            values = _mm256_xor_si256(reduced, minus);
        } else if _mm256_testz_si256(values, beyond) == 0 {
            return row;
        }
        if _mm256_testz_si256(wrong, wrong) == 0 {
            return row;
        }
        let (low, high) = (
            _mm256_castsi256_si128(values),
            _mm256_extracti128_si256::<1>(values),
        );
        let values = [
            _mm_cvtsi128_si64(low),
            _mm_cvtsi128_si64(high),
            _mm_extract_epi64::<1>(low),
            _mm_extract_epi64::<1>(high),
        ];
        for (i, value) in values.into_iter().enumerate() {
            // SAFETY: the item of one of the cells' rows, of this size.
            unsafe { store::<SIZE>(fours.item(i), value as u64) };
        }
        fours.advance();
        row += 4;
    }
    row
}

/// Whether one of the lengths, each less one, is not 1 to 16.
#[inline(always)]
pub(crate) fn odd_lengths(extras: [usize; 4]) -> bool {
    let [a, b, c, d] = extras;
    a | b | c | d > 15
}

/// The sixteen bytes that end at `end`, minus '0', and zero before the last `extra + 1`.
///
/// # Safety
/// Sixteen bytes before `end` are readable; `extra` is at most 15.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) unsafe fn digits(end: *const u8, extra: usize) -> __m128i {
    // SAFETY: the caller's; `LAST` has sixteen bytes behind any place up to 15.
    unsafe {
        let bytes = _mm_loadu_si128(end.sub(16).cast());
        let keep = _mm_loadu_si128(LAST.as_ptr().add(extra).cast());
        _mm_and_si128(_mm_xor_si128(bytes, _mm_set1_epi8(0x30)), keep)
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn pair(low: __m128i, high: __m128i) -> __m256i {
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high)
}

/// Not zero where a byte is no digit.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn above_nine(digits: __m256i) -> __m256i {
    _mm256_subs_epu8(digits, _mm256_set1_epi8(9))
}

/// The numbers of rows 0, 2, 1, 3, whose digits are the halves of `first` (0, 1) and `second` (2, 3).
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn numbers(first: __m256i, second: __m256i) -> __m256i {
    let fours = |digits| {
        let twos = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010A));
        _mm256_madd_epi16(twos, _mm256_set1_epi32(0x0001_0064))
    };
    let both = _mm256_packus_epi32(fours(first), fours(second));
    let eights = _mm256_madd_epi16(both, _mm256_set1_epi32(0x0001_2710));
    let high = _mm256_mul_epu32(eights, _mm256_set1_epi64x(100_000_000));
    _mm256_add_epi64(high, _mm256_srli_epi64::<32>(eights))
}
