//! The digits of four fields, in vectors.

use std::arch::x86_64::*;

use crate::portable::cells::{Field, LAST};

/// Four fields of one to eight bytes, less '0', and zeros before them.
#[derive(Clone, Copy)]
pub(crate) struct Eights([__m128i; 2]);

impl Eights {
    /// # Safety
    /// They are fields of a text with padding, and have one to eight bytes.
    #[inline(always)]
    pub unsafe fn new(fields: &[Field; 4]) -> Eights {
        let two = |i: usize| {
            // SAFETY: every x86-64 has SSE2; eight bytes before any place of the text are readable; the lengths are at most 8.
            unsafe {
                let [first, second] = [fields[i], fields[i + 1]];
                let bytes = halves(first.end.sub(8), second.end.sub(8));
                let keep = halves(last(first.extra).add(8), last(second.extra).add(8));
                digits(bytes, keep)
            }
        };
        Eights([two(0), two(2)])
    }

    /// Whether all bytes are digits.
    #[inline(always)]
    pub fn are_digits(self) -> bool {
        // SAFETY: every x86-64 has SSE2.
        unsafe { are_digits(_mm_max_epu8(self.0[0], self.0[1])) }
    }

    /// The four numbers.
    #[inline(always)]
    pub fn numbers(self) -> [u64; 4] {
        // SAFETY: every x86-64 has SSE2.
        unsafe {
            let eights = eights(self.0[0], self.0[1]);
            let [low, high] = words(eights);
            [low & 0xFFFF_FFFF, low >> 32, high & 0xFFFF_FFFF, high >> 32]
        }
    }
}

/// Four fields of one to sixteen bytes, less '0', and zeros before them.
#[derive(Clone, Copy)]
pub(crate) struct Sixteens([__m128i; 4]);

impl Sixteens {
    /// # Safety
    /// They are fields of a text with padding, and have one to sixteen bytes.
    #[inline(always)]
    pub unsafe fn new(fields: &[Field; 4]) -> Sixteens {
        Sixteens(fields.each_ref().map(|field| {
            // SAFETY: every x86-64 has SSE2; sixteen bytes before any place of the text are readable; the length is at most 16.
            unsafe { digits(load(field.end.sub(16)), load(last(field.extra))) }
        }))
    }

    /// The digits of each with those before its dot moved over that, and how many are behind it (16: there is none).
    #[inline(always)]
    pub fn without_dots(self) -> (Sixteens, [usize; 4]) {
        let mut behind = [16; 4];
        let mut digits = self.0;
        for (digits, behind) in digits.iter_mut().zip(&mut behind) {
            // SAFETY: every x86-64 has SSE2.
            (*digits, *behind) = unsafe { without_dot(*digits) };
        }
        (Sixteens(digits), behind)
    }

    /// Whether all bytes are digits.
    #[inline(always)]
    pub fn are_digits(self) -> bool {
        let [a, b, c, d] = self.0;
        // SAFETY: every x86-64 has SSE2.
        unsafe { are_digits(_mm_max_epu8(_mm_max_epu8(a, b), _mm_max_epu8(c, d))) }
    }

    /// The four numbers.
    #[inline(always)]
    pub fn numbers(self) -> [u64; 4] {
        let [a, b, c, d] = self.0;
        // SAFETY: every x86-64 has SSE2.
        let [[a, b], [c, d]] = unsafe { [sixteens(a, b), sixteens(c, d)] };
        [a, b, c, d]
    }
}

/// Sixteen bytes, of which the last ones of a field of so many, less one, are ones.
#[inline(always)]
fn last(extra: usize) -> *const u8 {
    LAST[1..].as_ptr().wrapping_add(extra)
}

/// # Safety
/// Sixteen bytes are readable.
#[inline]
#[target_feature(enable = "sse2")]
unsafe fn load(at: *const u8) -> __m128i {
    // SAFETY: the caller's.
    unsafe { _mm_loadu_si128(at.cast()) }
}

/// # Safety
/// Eight bytes are readable at both places.
#[inline]
#[target_feature(enable = "sse2")]
unsafe fn halves(first: *const u8, second: *const u8) -> __m128i {
    // SAFETY: the caller's.
    unsafe {
        let low = _mm_castsi128_pd(_mm_loadl_epi64(first.cast()));
        _mm_castpd_si128(_mm_loadh_pd(low, second.cast()))
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn digits(bytes: __m128i, keep: __m128i) -> __m128i {
    _mm_and_si128(_mm_xor_si128(bytes, _mm_set1_epi8(0x30)), keep)
}

#[inline]
#[target_feature(enable = "sse2")]
fn are_digits(most: __m128i) -> bool {
    let above = _mm_subs_epu8(most, _mm_set1_epi8(9));
    _mm_movemask_epi8(_mm_cmpeq_epi8(above, _mm_setzero_si128())) == 0xFFFF
}

/// The numbers of each eight digits of `first`, and behind them of `second`.
#[inline]
#[target_feature(enable = "sse2")]
fn eights(first: __m128i, second: __m128i) -> __m128i {
    let fours = |digits| {
        // The upper byte of each product is ten times the first digit and the second.
        let twos = _mm_srli_epi16::<8>(_mm_mullo_epi16(digits, _mm_set1_epi16(1 + (10 << 8))));
        _mm_madd_epi16(twos, _mm_set1_epi32(0x0001_0064))
    };
    let both = _mm_packs_epi32(fours(first), fours(second));
    _mm_madd_epi16(both, _mm_set1_epi32(0x0001_2710))
}

/// The numbers of the sixteen digits of `first` and of `second`.
#[inline]
#[target_feature(enable = "sse2")]
fn sixteens(first: __m128i, second: __m128i) -> [u64; 2] {
    let eights = eights(first, second);
    let high = _mm_mul_epu32(eights, _mm_set1_epi64x(100_000_000));
    words(_mm_add_epi64(high, _mm_srli_epi64::<32>(eights)))
}

#[inline]
#[target_feature(enable = "sse2")]
fn words(both: __m128i) -> [u64; 2] {
    let high = _mm_unpackhi_epi64(both, both);
    [
        _mm_cvtsi128_si64(both) as u64,
        _mm_cvtsi128_si64(high) as u64,
    ]
}

#[inline]
#[target_feature(enable = "sse2")]
fn without_dot(digits: __m128i) -> (__m128i, usize) {
    let dots = _mm_cmpeq_epi8(digits, _mm_set1_epi8((b'.' ^ b'0') as i8));
    // A bit before those of the bytes, which is the last if there is no dot.
    let dots = _mm_movemask_epi8(dots) as u32 * 2 + 1;
    let behind = 16 - dots.ilog2() as usize;
    // SAFETY: at most sixteen are behind.
    let keep = unsafe { load(LAST.as_ptr().add(behind)) };
    let moved = _mm_slli_si128::<1>(digits);
    let digits = _mm_or_si128(_mm_and_si128(keep, digits), _mm_andnot_si128(keep, moved));
    (digits, behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::swar;

    /// Fields that end at the places of a text of which all bytes are readable from sixteen before them on.
    fn fields(text: &[u8], lengths: [usize; 4]) -> [Field; 4] {
        lengths.map(|length| {
            let end = text.as_ptr_range().end;
            Field {
                start: end.wrapping_sub(length),
                end,
                extra: length - 1,
            }
        })
    }

    #[test]
    fn vectors_and_words_read_the_same_digits() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        let (mut good, mut dotted) = (0, 0);
        for _ in 0..100_000 {
            let mut text: Vec<u8> = (0..24).map(|_| b'0' + next(10) as u8).collect();
            if next(2) == 0 {
                text[8 + next(16) as usize] = b'.';
            }
            if next(4) == 0 {
                text[8 + next(16) as usize] = next(256) as u8;
            }
            let lengths = [0; 4].map(|_| 1 + next(8) as usize);
            let short = fields(&text, lengths);
            // SAFETY: fields of one to eight bytes, and at least sixteen before their ends.
            let (vectors, words) = unsafe { (Eights::new(&short), swar::Eights::new(&short)) };
            assert_eq!(vectors.are_digits(), words.are_digits(), "{text:?}");
            if vectors.are_digits() {
                let number = |length: usize| {
                    let digits = text[24 - length..].iter();
                    digits.fold(0, |number, digit| 10 * number + u64::from(digit - b'0'))
                };
                assert_eq!(vectors.numbers(), lengths.map(number));
                assert_eq!(words.numbers(), lengths.map(number));
                good += 1;
            }
            let long = fields(&text, [0; 4].map(|_| 1 + next(16) as usize));
            // SAFETY: fields of one to sixteen bytes, and at least as many before their ends.
            let (vectors, words) = unsafe { (Sixteens::new(&long), swar::Sixteens::new(&long)) };
            assert_eq!(vectors.are_digits(), words.are_digits(), "{text:?}");
            let ((vectors, behind), (words, behind_too)) =
                (vectors.without_dots(), words.without_dots());
            assert_eq!(vectors.are_digits(), words.are_digits(), "{text:?}");
            if vectors.are_digits() {
                assert_eq!(vectors.numbers(), words.numbers(), "{text:?}");
                assert_eq!(behind, behind_too, "{text:?}");
                dotted += behind.iter().filter(|&&behind| behind < 16).count();
            }
        }
        assert!(good > 10_000 && dotted > 10_000, "{good} {dotted}");
    }
}
