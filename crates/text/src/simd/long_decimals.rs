//! Decimals of up to nineteen digits, with or without an exponent, four rows a step: what `%.18e` and `%.17g` print.

use std::arch::x86_64::*;

use super::digits::{digits_of_two, last_of_two, long_numbers};
use crate::fast::nearest;
use crate::portable::cells::{Field, Fours, Raw, most_extra, store};

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
///
/// # Safety
/// `row` to `rows` are rows of the cells of `raw`, whose items have this size.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) unsafe fn groups<const SIZE: usize, const SWAP: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
) -> usize {
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        // SAFETY: four rows of the cells'.
        let mut fields = unsafe { fours.fields() };
        let [a, b, c, d] = &mut fields;
        // SAFETY: fields of the cells'.
        let firsts = unsafe { [a.take_sign(), b.take_sign(), c.take_sign(), d.take_sign()] };
        if most_extra(&fields) > 63 {
            return row;
        }
        // SAFETY: fields of the cells', which are not empty.
        let (powers, odd) = unsafe {
            match take_usual_exponents(&mut fields) {
                Some(powers) => (powers, _mm_setzero_si128()),
                None => take_exponents(&mut fields),
            }
        };
        if most_extra(&fields) > 31 {
            return row;
        }
        // SAFETY: thirty-two bytes before any place of the text are readable; the lengths are 1 to 32.
        let digits = |i: usize| unsafe { digits_of_two(fields[i].end, fields[i].extra + 1) };
        let (first, second) = (without_dot(digits(0)), without_dot(digits(1)));
        let (third, fourth) = (without_dot(digits(2)), without_dot(digits(3)));
        let behind = [first.1, second.1, third.1, fourth.1];
        let (numbers, wrong) = long_numbers([first.0, second.0, third.0, fourth.0]);
        let wrong = _mm256_or_si256(wrong, _mm256_zextsi128_si256(odd));
        if _mm256_testz_si256(wrong, wrong) == 0 {
            return row;
        }
        let low = _mm256_castsi256_si128(numbers);
        let high = _mm256_extracti128_si256::<1>(numbers);
        let numbers = [
            _mm_cvtsi128_si64(low) as u64,
            _mm_extract_epi64::<1>(low) as u64,
            _mm_cvtsi128_si64(high) as u64,
            _mm_extract_epi64::<1>(high) as u64,
        ];
        for i in 0..4 {
            let power = powers[i] - (behind[i] as i32 & 31);
            let bits = match numbers[i] {
                // A dot alone is no number.
                0 if fields[i].extra + behind[i] as usize == 0 => return row,
                0 => 0,
                digits => match nearest::plain(digits, power) {
                    Some(bits) => bits,
                    None => return row,
                },
            };
            let bits = bits | u64::from(firsts[i] == b'-') << 63;
            let bits = match SIZE {
                4 => u64::from((f64::from_bits(bits) as f32).to_bits()),
                _ => bits,
            };
            let bits = if SWAP {
                bits.swap_bytes() >> (64 - 8 * SIZE)
            } else {
                bits
            };
            // SAFETY: the item of one of the cells' rows, of this size.
            unsafe { store::<SIZE>(fours.item(i), bits) };
        }
        fours.advance();
        row += 4;
    }
    row
}

/// Takes exponents of a sign and two digits from the ends of four fields, if all have such ones, as most programs print them.
///
/// # Safety
/// Four bytes before the ends of the fields are readable.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn take_usual_exponents(fields: &mut [Field; 4]) -> Option<[i32; 4]> {
    // SAFETY: the caller's.
    let last = |i: usize| unsafe { fields[i].end.sub(4).cast::<i32>().read_unaligned() };
    let bytes = _mm_setr_epi32(last(0), last(1), last(2), last(3));
    let each = |bytes| _mm_set1_epi32(i32::from_le_bytes(bytes));
    let bytes = _mm_or_si128(bytes, each([0x20, 0, 0, 0]));
    let digits = _mm_xor_si128(bytes, each(*b"e+00"));
    let minus = _mm_cmpeq_epi8(digits, each([0xFF, b'+' ^ b'-', 0xFF, 0xFF]));
    let minus = _mm_and_si128(minus, each([0, 0xFF, 0, 0]));
    let digits = _mm_andnot_si128(minus, digits);
    let wrong = _mm_subs_epu8(digits, each([0, 0, 9, 9]));
    if _mm_testz_si128(wrong, wrong) == 0 {
        return None;
    }
    for field in fields {
        field.end = field.end.wrapping_sub(4);
        field.extra = field.extra.wrapping_sub(4);
    }
    let sizes = _mm_srli_epi32::<16>(_mm_maddubs_epi16(digits, each([0, 0, 10, 1])));
    let minus = _mm_srai_epi32::<31>(_mm_slli_epi32::<16>(minus));
    let powers = _mm_sub_epi32(_mm_xor_si128(sizes, minus), minus);
    Some(words(powers))
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn words(words: __m128i) -> [i32; 4] {
    [
        _mm_cvtsi128_si32(words),
        _mm_extract_epi32::<1>(words),
        _mm_extract_epi32::<2>(words),
        _mm_extract_epi32::<3>(words),
    ]
}

/// The end of a number with an exponent.
#[derive(Clone, Copy)]
struct Exponent {
    /// Four digits less '0'; something above 9 where there are none, or more.
    digits: u32,
    negative: bool,
}

/// What is kept of the last four bytes of an exponent of so many digits, and what is put in. Sixteen stands for no exponent.
static FIGURES: [[u32; 2]; 17] = {
    let mut figures = [[0, u32::MAX]; 17];
    let mut count = 1;
    while count <= 4 {
        figures[count] = [u32::MAX << (32 - 8 * count), 0];
        count += 1;
    }
    figures[16] = [0, 0];
    figures
};

/// Takes the exponent, if there is one, from the end of a field.
///
/// # Safety
/// Sixteen bytes before the field's end are readable, and two behind it; it is not empty.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn take_exponent(field: &mut Field) -> Exponent {
    // SAFETY: the caller's.
    let bytes = unsafe { _mm_loadu_si128(field.end.sub(16).cast()) };
    let lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    let marks = _mm_movemask_epi8(_mm_cmpeq_epi8(lower, _mm_set1_epi8(b'e' as i8))) as u32;
    // Bytes behind the last mark, which may be another field's; without one 32, which are too many for an exponent.
    let behind = (marks << 16).leading_zeros() as usize;
    let found = behind <= field.extra;
    let taken = if found { behind + 1 } else { 0 };
    // SAFETY: what is taken lies in the field, and is not all of the text before it where nothing is.
    let (sign, last) = unsafe {
        let mark = field.end.sub(taken);
        let last = field.end.sub(4).cast::<u32>().read_unaligned();
        field.end = mark;
        (*mark.add(1), last)
    };
    field.extra = field.extra.wrapping_sub(taken);
    let negative = sign == b'-';
    let signed = usize::from(negative | (sign == b'+'));
    // Where there is nothing behind the mark, the sign is not this number's, and the difference one that is refused.
    let figures = behind.wrapping_sub(signed) & 15;
    let [keep, put] = FIGURES[if found { figures } else { 16 }];
    Exponent {
        digits: (last ^ 0x3030_3030) & keep | put,
        negative,
    }
}

/// Takes whatever exponents there are; and what is not zero where one is no number.
///
/// # Safety
/// As [`take_exponent`]'s for each of them.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn take_exponents(fields: &mut [Field; 4]) -> ([i32; 4], __m128i) {
    // SAFETY: the caller's.
    let exponents = fields
        .each_mut()
        .map(|field| unsafe { take_exponent(field) });
    let [a, b, c, d] = exponents.map(|exponent| exponent.digits as i32);
    let digits = _mm_setr_epi32(a, b, c, d);
    let pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
    let mut powers = words(_mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_0064)));
    for (power, exponent) in powers.iter_mut().zip(exponents) {
        let minus = -i32::from(exponent.negative);
        *power = (*power ^ minus) - minus;
    }
    (powers, _mm_subs_epu8(digits, _mm_set1_epi8(9)))
}

/// The digits with those before the last dot moved over it, and how many are behind it (32: there is none).
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn without_dot(digits: __m256i) -> (__m256i, u32) {
    let dots = _mm256_movemask_epi8(_mm256_cmpeq_epi8(digits, _mm256_set1_epi8(0x1E))) as u32;
    let behind = dots.leading_zeros();
    let crossing = _mm256_permute2x128_si256::<0x08>(digits, digits);
    let moved = _mm256_alignr_epi8::<15>(digits, crossing);
    // SAFETY: there are thirty-two bytes.
    let keep = unsafe { last_of_two(behind as usize) };
    (_mm256_blendv_epi8(moved, digits, keep), behind)
}
