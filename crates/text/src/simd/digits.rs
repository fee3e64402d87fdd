//! Digits that end somewhere in the text, as numbers.

use std::arch::x86_64::*;

/// Sixteen bytes at `LAST[n]`: the last `n + 1` are ones, for `n` up to 15.
static LAST: [u8; 32] = ones_from(15);

/// Thirty-two bytes at `LAST_OF_TWO[n]`: the last `n` are ones, for `n` up to 32.
static LAST_OF_TWO: [u8; 64] = ones_from(32);

/// Zeros, and ones from a place on.
pub(crate) const fn ones_from<const SIZE: usize>(place: usize) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let mut i = place;
    while i < SIZE {
        bytes[i] = 0xFF;
        i += 1;
    }
    bytes
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

/// The same with thirty-two bytes and a length of up to 32.
///
/// # Safety
/// Sixteen bytes before `end`, and before `end - length`, are readable; `length` is at most 32.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) unsafe fn digits_of_two(end: *const u8, length: usize) -> __m256i {
    // SAFETY: the caller's; a short number has none of the upper bytes, which are then read where the lower ones are.
    let bytes = unsafe {
        let low = end.sub(16);
        let high = if length > 16 { low.sub(16) } else { low };
        pair(_mm_loadu_si128(high.cast()), _mm_loadu_si128(low.cast()))
    };
    _mm256_and_si256(
        _mm256_xor_si256(bytes, _mm256_set1_epi8(0x30)),
        // SAFETY: the length is at most 32.
        unsafe { last_of_two(length) },
    )
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

/// The numbers of the lower halves of `first` and `second`, and of the upper ones.
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

/// For a byte shuffle of items of `SIZE` bytes: the order that they have, or the other one.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn byte_order<const SIZE: usize>(swap: bool, step: usize) -> __m256i {
    let mut order = [0; 32];
    for (i, place) in order.iter_mut().enumerate() {
        let (item, byte) = (i % 16 / step * step, i % step);
        *place = (item
            + if swap && byte < SIZE {
                SIZE - 1 - byte
            } else {
                byte
            }) as u8;
    }
    // SAFETY: the array has thirty-two bytes.
    unsafe { _mm256_loadu_si256(order.as_ptr().cast()) }
}
