//! Eight rows of a column at a time. A vector of sixteen bytes a row holds two of them, row `i` below and row `i + 4` above, so
//! that eight results come out in the rows' order.

use std::arch::x86_64::*;

use super::digits::pair;
use crate::portable::cells::{Raw, store};

impl Raw {
    /// Whether each end is listed behind its start.
    pub fn is_paired(&self) -> bool {
        self.start_step == self.end_step && std::ptr::eq(self.starts.wrapping_add(1), self.ends)
    }
}

/// Eight rows of a column, and then the next eight: pointers that advance, which costs fewer registers than row numbers. `PAIRED`: each end
/// is listed behind its start, so that one load takes both.
#[derive(Clone, Copy)]
pub(crate) struct Eights<const PAIRED: bool> {
    start: *const u16,
    start_step: usize,
    end: *const u16,
    end_step: usize,
    shift: i32,
    text: *const u8,
    item: *mut u8,
    itemsize: usize,
}

impl<const PAIRED: bool> Eights<PAIRED> {
    /// # Safety
    /// `row` is one of the cells' rows; `PAIRED` is [`Raw::is_paired`].
    #[inline(always)]
    pub unsafe fn at(raw: Raw, row: usize) -> Self {
        // SAFETY: `Raw::new` has checked the lists and the records up to the last row.
        unsafe {
            Eights {
                start: raw.starts.add(row * raw.start_step),
                start_step: raw.start_step,
                end: raw.ends.add(row * raw.end_step),
                end_step: raw.end_step,
                shift: raw.start_shift as i32,
                text: raw.text,
                item: raw.item(row),
                itemsize: raw.itemsize,
            }
        }
    }

    /// To the next eight rows.
    #[inline(always)]
    pub fn advance(&mut self) {
        self.start = self.start.wrapping_add(8 * self.start_step);
        if !PAIRED {
            self.end = self.end.wrapping_add(8 * self.end_step);
        }
        self.item = self.item.wrapping_add(8 * self.itemsize);
    }

    /// Where a row's field starts, but for the shift, and where it ends, in the lower and the upper half of a word.
    ///
    /// # Safety
    /// There is such a row.
    #[inline(always)]
    unsafe fn places(&self, i: usize) -> i32 {
        // SAFETY: the caller's.
        unsafe {
            let start = self.start.add(i * self.start_step);
            if PAIRED {
                start.cast::<i32>().read_unaligned()
            } else {
                i32::from(*start) | i32::from(*self.end.add(i * self.end_step)) << 16
            }
        }
    }

    /// The lengths of the fields, each less one, which is -1 where one is empty.
    ///
    /// # Safety
    /// There are eight more rows.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn extras(&self) -> __m256i {
        // SAFETY: the caller's.
        let places = unsafe {
            _mm256_setr_epi32(
                self.places(0),
                self.places(1),
                self.places(2),
                self.places(3),
                self.places(4),
                self.places(5),
                self.places(6),
                self.places(7),
            )
        };
        let starts = _mm256_and_si256(places, _mm256_set1_epi32(0xFFFF));
        let ends = _mm256_srli_epi32::<16>(places);
        _mm256_sub_epi32(
            _mm256_sub_epi32(ends, starts),
            _mm256_set1_epi32(1 + self.shift),
        )
    }

    /// The byte behind a row's field.
    ///
    /// # Safety
    /// There is such a row.
    #[inline(always)]
    pub unsafe fn end(&self, i: usize) -> *const u8 {
        // SAFETY: the caller's; the places lie in the text.
        unsafe {
            let end = if PAIRED {
                self.start.add(i * self.start_step + 1)
            } else {
                self.end.add(i * self.end_step)
            };
            self.text.add(usize::from(*end))
        }
    }

    /// The first byte of a row's field.
    ///
    /// # Safety
    /// There is such a row.
    #[inline(always)]
    pub unsafe fn start(&self, i: usize) -> *const u8 {
        // SAFETY: the caller's; the places lie in the text.
        unsafe {
            let start = self.start.add(i * self.start_step);
            self.text.add(usize::from(*start) + self.shift as usize)
        }
    }

    /// The item of one of the rows.
    ///
    /// # Safety
    /// There is such a row.
    #[inline(always)]
    pub unsafe fn item(&self, i: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.item.add(i * self.itemsize) }
    }

    /// The eight bytes that end where the fields of rows `i` and `i + 1`, `i + 4` and `i + 5` end.
    ///
    /// # Safety
    /// There are eight more rows; eight bytes before any place of the text are readable.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn last_eight(&self, i: usize) -> __m256i {
        // SAFETY: the caller's.
        unsafe {
            let two = |i: usize| {
                let low = _mm_loadl_epi64(self.end(i).sub(8).cast());
                let high = self.end(i + 1).sub(8).cast();
                _mm_castpd_si128(_mm_loadh_pd(_mm_castsi128_pd(low), high))
            };
            pair(two(i), two(i + 4))
        }
    }

    /// The sixteen bytes that end where the fields of rows `i` and `i + 4` end.
    ///
    /// # Safety
    /// There are eight more rows; sixteen bytes before any place of the text are readable.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn last_sixteen(&self, i: usize) -> __m256i {
        // SAFETY: the caller's.
        unsafe {
            let load = |i: usize| _mm_loadu_si128(self.end(i).sub(16).cast());
            pair(load(i), load(i + 4))
        }
    }

    /// The first sixteen bytes of the fields of rows `i` and `i + 4`, or what lies behind them.
    ///
    /// # Safety
    /// There are eight more rows; sixteen bytes behind any place of the text are readable.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn first_sixteen(&self, i: usize) -> __m256i {
        // SAFETY: the caller's.
        unsafe {
            let load = |i: usize| _mm_loadu_si128(self.start(i).cast());
            pair(load(i), load(i + 4))
        }
    }

    /// Stores eight values, the low `SIZE` bytes of each, of up to four bytes.
    ///
    /// # Safety
    /// There are eight more rows of items of this size.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn put<const SIZE: usize>(&self, values: __m256i) {
        let [low, high] = [
            _mm256_castsi256_si128(values),
            _mm256_extracti128_si256::<1>(values),
        ];
        // SAFETY: the caller's.
        unsafe {
            let put = |i: usize, bits: i32| store::<SIZE>(self.item(i), u64::from(bits as u32));
            put(0, _mm_cvtsi128_si32(low));
            put(1, _mm_extract_epi32::<1>(low));
            put(2, _mm_extract_epi32::<2>(low));
            put(3, _mm_extract_epi32::<3>(low));
            put(4, _mm_cvtsi128_si32(high));
            put(5, _mm_extract_epi32::<1>(high));
            put(6, _mm_extract_epi32::<2>(high));
            put(7, _mm_extract_epi32::<3>(high));
        }
    }

    /// Stores eight values of eight bytes: those of rows 0, 1, 4 and 5, and of rows 2, 3, 6 and 7.
    ///
    /// # Safety
    /// There are eight more rows of items of eight bytes.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn put_long(&self, values: [__m256i; 2]) {
        for (values, i) in values.into_iter().zip([0, 2]) {
            let low = _mm256_castsi256_si128(values);
            let high = _mm256_extracti128_si256::<1>(values);
            // SAFETY: the caller's.
            unsafe {
                let put = |i: usize, bits: i64| store::<8>(self.item(i), bits as u64);
                put(i, _mm_cvtsi128_si64(low));
                put(i + 1, _mm_extract_epi64::<1>(low));
                put(i + 4, _mm_cvtsi128_si64(high));
                put(i + 5, _mm_extract_epi64::<1>(high));
            }
        }
    }
}

/// Whether one of eight lengths, each less one, is not 1 to `most`, which is a power of two.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn odd_lengths(extras: __m256i, most: i32) -> bool {
    _mm256_testz_si256(extras, _mm256_set1_epi32(-most)) == 0
}

/// Eight numbers of two halves each, of rows 0 and 4, 1 and 5, 2 and 6, 3 and 7: the sums of the halves' lower words, in the rows' order.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn sums(halves: [__m256i; 4]) -> __m256i {
    let [a, b, c, d] = halves;
    _mm256_hadd_epi32(lower_words(a, b), lower_words(c, d))
}

/// The lower words of the four eights of each lane, `first` before `second`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(crate) fn lower_words(first: __m256i, second: __m256i) -> __m256i {
    let words = _mm256_shuffle_ps::<0x88>(_mm256_castsi256_ps(first), _mm256_castsi256_ps(second));
    _mm256_castps_si256(words)
}
