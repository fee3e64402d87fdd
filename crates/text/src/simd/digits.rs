//! Digits that end somewhere in the text, as numbers.

use std::arch::x86_64::*;

use crate::fast::words::ones_from;

/// Thirty-two bytes at `LAST_OF_TWO[n]`: the last `n` are ones, for `n` up to 32.
static LAST_OF_TWO: [u8; 64] = ones_from(32);

/// The digits of fields of up to `WIDTH` bytes, eight or sixteen each, as numbers; zero before them, and something above 9 for any other
/// character but a sign.
pub(crate) struct Digits {
    pub digits: __m256i,
    /// Ones where there is a minus.
    pub minus: __m256i,
    /// Ones where there is a sign.
    pub signs: __m256i,
}

impl Digits {
    /// `extras`: at each byte the length of its field less one. Without `SIGNED` a sign is any other character.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub fn new<const WIDTH: usize, const SIGNED: bool>(bytes: __m256i, extras: __m256i) -> Digits {
        let behind = behind::<WIDTH>();
        let keep = _mm256_cmpgt_epi8(extras, _mm256_sub_epi8(behind, _mm256_set1_epi8(1)));
        let digits = _mm256_xor_si256(bytes, _mm256_set1_epi8(0x30));
        let digits = _mm256_and_si256(digits, keep);
        if !SIGNED {
            let none = _mm256_setzero_si256();
            return Digits {
                digits,
                minus: none,
                signs: none,
            };
        }
        let first = _mm256_cmpeq_epi8(extras, behind);
        let find = |sign: u8| _mm256_cmpeq_epi8(digits, _mm256_set1_epi8((sign ^ 0x30) as i8));
        let minus = _mm256_and_si256(find(b'-'), first);
        let signs = _mm256_or_si256(minus, _mm256_and_si256(find(b'+'), first));
        Digits {
            digits: _mm256_andnot_si256(signs, digits),
            minus,
            signs,
        }
    }
}

/// At each byte, how many of its `WIDTH` come behind it.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn behind<const WIDTH: usize>() -> __m256i {
    let eights = _mm_set1_epi64x(0x0001_0203_0405_0607);
    let first = _mm_set_epi64x(
        0,
        if WIDTH == 16 {
            0x0808_0808_0808_0808
        } else {
            0
        },
    );
    let one = _mm_add_epi8(eights, first);
    pair(one, one)
}

/// The lengths at each byte of [`super::eights::Eights::last_sixteen`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn spread_sixteen(extras: __m256i, i: i8) -> __m256i {
    _mm256_shuffle_epi8(extras, _mm256_set1_epi8(4 * i))
}

/// The lengths at each byte of [`super::eights::Eights::last_eight`].
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn spread_eight(extras: __m256i, i: i64) -> __m256i {
    const EACH: i64 = 0x0101_0101_0101_0101;
    let places = _mm_set_epi64x(4 * (i + 1) * EACH, 4 * i * EACH);
    _mm256_shuffle_epi8(extras, pair(places, places))
}

/// The thirty-two bytes that end at `end`, minus '0', and zero before the last `length`.
///
/// # Safety
/// Thirty-two bytes before `end` are readable; `length` is at most 32.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) unsafe fn digits_of_two(end: *const u8, length: usize) -> __m256i {
    // SAFETY: the caller's.
    let (bytes, keep) = unsafe {
        let bytes = _mm256_loadu_si256(end.sub(32).cast());
        (bytes, last_of_two(length))
    };
    _mm256_and_si256(_mm256_xor_si256(bytes, _mm256_set1_epi8(0x30)), keep)
}

/// Ones in the last `length` bytes.
///
/// # Safety
/// `length` is at most 32.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) unsafe fn last_of_two(length: usize) -> __m256i {
    // SAFETY: the caller's; the table has thirty-two bytes behind any place up to 32.
    unsafe { _mm256_loadu_si256(LAST_OF_TWO.as_ptr().add(length).cast()) }
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

/// The numbers of each eight digits of `first`, and behind them, in each lane, of `second`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn short_numbers(first: __m256i, second: __m256i) -> __m256i {
    let fours = |digits| {
        let twos = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010A));
        _mm256_madd_epi16(twos, _mm256_set1_epi32(0x0001_0064))
    };
    let both = _mm256_packus_epi32(fours(first), fours(second));
    _mm256_madd_epi16(both, _mm256_set1_epi32(0x0001_2710))
}

/// The numbers of the lower halves of `first` and `second`, and of the upper ones.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn numbers(first: __m256i, second: __m256i) -> __m256i {
    let eights = short_numbers(first, second);
    let high = _mm256_mul_epu32(eights, _mm256_set1_epi64x(100_000_000));
    _mm256_add_epi64(high, _mm256_srli_epi64::<32>(eights))
}

/// The numbers of four rows of thirty-two digits each; and what is not zero where one has other characters, or more than 64 bits.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn long_numbers(rows: [__m256i; 4]) -> (__m256i, __m256i) {
    let (first, second) = (numbers(rows[0], rows[1]), numbers(rows[2], rows[3]));
    let high = _mm256_permute2x128_si256::<0x20>(first, second);
    let low = _mm256_permute2x128_si256::<0x31>(first, second);
    // 10^16 in two halves; the upper digits of what fits are at most 1844.
    let (ten_high, ten_low) = (
        _mm256_set1_epi64x(0x0023_86F2),
        _mm256_set1_epi64x(0x6FC1_0000),
    );
    let upper = _mm256_slli_epi64::<32>(_mm256_mul_epu32(high, ten_high));
    let scaled = _mm256_add_epi64(upper, _mm256_mul_epu32(high, ten_low));
    let values = _mm256_add_epi64(scaled, low);
    let top = _mm256_set1_epi64x(i64::MIN);
    let carried = _mm256_cmpgt_epi64(_mm256_xor_si256(low, top), _mm256_xor_si256(values, top));
    let beyond = _mm256_cmpgt_epi64(high, _mm256_set1_epi64x(1844));
    let over = _mm256_or_si256(carried, beyond);
    let [a, b, c, d] = rows;
    let wrong = _mm256_or_si256(above_nine(a), above_nine(b));
    let wrong_too = _mm256_or_si256(above_nine(c), above_nine(d));
    let wrong = _mm256_or_si256(wrong, wrong_too);
    (values, _mm256_or_si256(wrong, over))
}

/// For a byte shuffle of values of `STEP` bytes: the order that they have, or with the lower `SIZE` bytes turned round.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn byte_order<const SIZE: usize, const STEP: usize>(swap: bool) -> __m256i {
    let order = const { &[order(STEP, 0), order(STEP, SIZE)] };
    // SAFETY: each array has thirty-two bytes.
    unsafe { _mm256_loadu_si256(order[usize::from(swap)].as_ptr().cast()) }
}

const fn order(step: usize, turned: usize) -> [u8; 32] {
    let mut order = [0; 32];
    let mut i = 0;
    while i < 32 {
        let byte = i % step;
        let from = if byte < turned {
            turned - 1 - byte
        } else {
            byte
        };
        order[i] = (i % 16 - byte + from) as u8;
        i += 1;
    }
    order
}
