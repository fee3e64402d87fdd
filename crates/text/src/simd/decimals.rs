//! Decimals of up to fifteen digits, with or without a dot, eight rows a step.
//!
//! The digits as one integer are exact in a double, as is the power of ten that divides them, so one division
//! rounds once, and correctly; four bytes are then narrowed from it, as NumPy does.

use std::arch::x86_64::*;

use super::digits::{Digits, above_nine, byte_order, numbers, pair, spread_sixteen};
use super::eights::{Eights, odd_lengths, sums};
use super::long_decimals;
use super::rest::with_rest;
use crate::fast::columns::Cells;
use crate::fast::words::{TENS, ones_from};
use crate::portable::cells::Raw;
use crate::portable::groups;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`.
pub(crate) unsafe fn decode<const SIZE: usize>(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let swap = cells.column.swap;
    let rows = cells.rows;
    // SAFETY: the caller's; the rows are the cells'.
    let groups = |row, signed| unsafe { all_groups::<SIZE>(raw, row, rows, signed, swap) };
    // SAFETY: as above.
    let long = |row, limit| unsafe {
        if swap {
            long_decimals::groups::<SIZE, true>(raw, row, limit)
        } else {
            long_decimals::groups::<SIZE, false>(raw, row, limit)
        }
    };
    groups::numbers(cells, groups, long)
}

/// Sixteen bytes at `LAST[n]`: the last `n` are ones, for `n` up to 32, and all from 16 on.
static LAST: [u8; 48] = ones_from(16);

/// What divides the digits for so many behind the dot; from 16 on, which stand for no dot, one.
static DIVISORS: [f64; 33] = {
    let mut divisors = [1.0; 33];
    let mut behind = 0;
    while behind < 16 {
        divisors[behind] = TENS[behind];
        behind += 1;
    }
    divisors
};

/// Rows until eight hold what this loop cannot take, with a sign or without; the first row not done.
unsafe fn all_groups<const SIZE: usize>(
    raw: Raw,
    row: usize,
    rows: usize,
    signed: bool,
    swap: bool,
) -> usize {
    // SAFETY: the caller's: all are rows of the cells', with items of this size.
    unsafe {
        let groups = |raw: Raw, row, rows| match (signed, raw.is_paired()) {
            (false, false) => groups::<SIZE, false, false>(raw, row, rows, swap),
            (false, true) => groups::<SIZE, false, true>(raw, row, rows, swap),
            (true, false) => groups::<SIZE, true, false>(raw, row, rows, swap),
            (true, true) => groups::<SIZE, true, true>(raw, row, rows, swap),
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
    swap: bool,
) -> usize {
    let order = byte_order::<SIZE, SIZE>(swap);
    // SAFETY: the caller's: all are rows of the cells', with items of this size.
    unsafe {
        let mut eights = Eights::<PAIRED>::at(raw, row);
        while row + 8 <= rows {
            if !step::<SIZE, SIGNED, PAIRED>(&eights, order) {
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
    order: __m256i,
) -> bool {
    // SAFETY: the caller's.
    let extras = unsafe { eights.extras() };
    if odd_lengths(extras, 16) {
        return false;
    }
    let digits = |i: i8| {
        // SAFETY: the caller's; sixteen bytes before any place of the text are readable.
        let bytes = unsafe { eights.last_sixteen(i as usize) };
        Digits::new::<16, SIGNED>(bytes, spread_sixteen(extras, i))
    };
    let [a, b, c, d] = [digits(0), digits(1), digits(2), digits(3)];
    let minus = [a.minus, b.minus, c.minus, d.minus];
    let alone = _mm256_or_si256(
        _mm256_or_si256(a.signs, b.signs),
        _mm256_or_si256(c.signs, d.signs),
    );
    let [a, b, c, d] = [a, b, c, d].map(|all| Dotless::new(all.digits));
    // A dot at the end may be alone, which is no number.
    let mut wrong = above_nine(most([a.digits, b.digits, c.digits, d.digits]));
    let any_dots = a.dots | b.dots | c.dots | d.dots;
    let numbers = [numbers(a.digits, b.digits), numbers(c.digits, d.digits)];
    let beyond = _mm256_set1_epi64x(!((1 << 52) - 1));
    let any = _mm256_or_si256(numbers[0], numbers[1]);
    wrong = _mm256_or_si256(wrong, _mm256_and_si256(any, beyond));
    if SIGNED {
        // Nothing comes behind a sign that is the last byte.
        wrong = _mm256_or_si256(wrong, _mm256_srli_si256::<15>(alone));
    }
    if _mm256_testz_si256(wrong, wrong) == 0 || any_dots & 0x8000_8000 != 0 {
        return false;
    }
    let magic = _mm256_set1_epi64x(0x4330_0000_0000_0000);
    let whole = numbers.map(|numbers| {
        let biased = _mm256_castsi256_pd(_mm256_or_si256(numbers, magic));
        _mm256_sub_pd(biased, _mm256_castsi256_pd(magic))
    });
    let divisors = |first: &Dotless, second: &Dotless| {
        let [p, q] = [first.behind, second.behind];
        let of = |behind: u32| DIVISORS[behind as usize];
        _mm256_setr_pd(of(p[0]), of(q[0]), of(p[1]), of(q[1]))
    };
    let mut values = [
        _mm256_div_pd(whole[0], divisors(&a, &b)),
        _mm256_div_pd(whole[1], divisors(&c, &d)),
    ];
    if SIGNED {
        let zero = _mm256_setzero_si256();
        let sums = sums(minus.map(|minus| _mm256_sad_epu8(minus, zero)));
        // The sum of a minus is 255.
        let bits = _mm256_slli_epi32::<31>(sums);
        let signs = [
            _mm256_unpacklo_epi32(zero, bits),
            _mm256_unpackhi_epi32(zero, bits),
        ];
        values = [
            _mm256_xor_pd(values[0], _mm256_castsi256_pd(signs[0])),
            _mm256_xor_pd(values[1], _mm256_castsi256_pd(signs[1])),
        ];
    }
    // SAFETY: the caller's.
    unsafe {
        if SIZE == 4 {
            let [first, second] = values.map(|values| _mm_castps_pd(_mm256_cvtpd_ps(values)));
            let low = _mm_castpd_si128(_mm_unpacklo_pd(first, second));
            let high = _mm_castpd_si128(_mm_unpackhi_pd(first, second));
            eights.put::<4>(_mm256_shuffle_epi8(pair(low, high), order));
        } else {
            let order = |values| _mm256_shuffle_epi8(_mm256_castpd_si256(values), order);
            eights.put_long(values.map(order));
        }
    }
    true
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn most(digits: [__m256i; 4]) -> __m256i {
    let [a, b, c, d] = digits;
    _mm256_max_epu8(_mm256_max_epu8(a, b), _mm256_max_epu8(c, d))
}

/// The digits of two rows with those before each one's last dot moved over it.
struct Dotless {
    digits: __m256i,
    /// All dots.
    dots: u32,
    /// How many digits are behind the last dot; 16 or more: there is none.
    behind: [u32; 2],
}

impl Dotless {
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn new(digits: __m256i) -> Dotless {
        let dots = _mm256_cmpeq_epi8(digits, _mm256_set1_epi8((b'.' ^ b'0') as i8));
        let dots = _mm256_movemask_epi8(dots) as u32;
        let behind = [(dots << 16).leading_zeros(), dots.leading_zeros()];
        // SAFETY: both are at most 32, and the table has sixteen bytes behind any place up to that.
        let keep = unsafe {
            let load = |count: u32| _mm_loadu_si128(LAST.as_ptr().add(count as usize).cast());
            pair(load(behind[0]), load(behind[1]))
        };
        let moved = _mm256_slli_si256::<1>(digits);
        Dotless {
            digits: _mm256_blendv_epi8(moved, digits, keep),
            dots,
            behind,
        }
    }
}
