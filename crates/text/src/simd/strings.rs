//! `S` items.

use std::arch::x86_64::*;

use super::digits::spread_sixteen;
use super::eights::Eights;
use super::rest::Rest;
use crate::fast::columns::Cells;
use crate::fast::words::ones_from;
use crate::portable::cells::{Field, Raw};
use crate::portable::groups;

impl Raw {
    /// A row's field.
    ///
    /// # Safety
    /// `row` is one of the cells' rows.
    #[inline(always)]
    pub unsafe fn field(&self, row: usize) -> Field {
        // SAFETY: `Raw::new` has checked both lists up to the last row; the places lie in the text.
        unsafe {
            let start = usize::from(*self.starts.add(row * self.start_step)) + self.start_shift;
            let end = usize::from(*self.ends.add(row * self.end_step));
            Field {
                start: self.text.add(start),
                end: self.text.add(end),
                extra: end.wrapping_sub(start + 1),
            }
        }
    }
}

/// Sixteen bytes at `NOT_FIRST[16 - n]`: the first `n` are zeros, for `n` up to 16.
static NOT_FIRST: [u8; 32] = ones_from(16);

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`, whose items have bytes.
pub(crate) unsafe fn decode(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let (size, room) = (cells.column.size, cells.itemsize - cells.column.offset);
    let rows = cells.rows;
    // SAFETY: the caller's; a wide store stays in its record, whose later items are written later.
    groups::texts(cells, size, 8, |row| unsafe {
        if size > 16 {
            long_rows(raw, row, rows, size)
        } else {
            all_groups(raw, row, rows, size, room)
        }
    })
}

/// Rows until eight are not all ASCII; the first row not done, and whether a field was longer than its item.
///
/// # Safety
/// They are rows of the cells', and after `room` bytes from an item on its record ends.
unsafe fn all_groups(raw: Raw, row: usize, rows: usize, size: usize, room: usize) -> (usize, bool) {
    // SAFETY: the caller's; a rest's items have sixteen bytes.
    unsafe {
        let (done, long) = match (room >= 16, raw.is_paired()) {
            (true, true) => groups::<true, true>(raw, row, rows, size),
            (true, false) => groups::<true, false>(raw, row, rows, size),
            (false, true) => groups::<false, true>(raw, row, rows, size),
            (false, false) => groups::<false, false>(raw, row, rows, size),
        };
        let left = rows - done;
        if left < 8
            && let Some(mut rest) = Rest::new(raw, done, left)
            && let (8, long_too) = groups::<true, true>(rest.raw(raw), 0, 8, size)
        {
            rest.put(raw, done, size);
            return (rows, long | long_too);
        }
        (done, long)
    }
}

/// The first `kept` of sixteen bytes, the others zero.
///
/// # Safety
/// Sixteen bytes are readable; `kept` is at most 16.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn first(text: *const u8, kept: usize) -> __m128i {
    // SAFETY: the caller's; the table has sixteen bytes behind any place up to 16.
    unsafe {
        let drop = _mm_loadu_si128(NOT_FIRST.as_ptr().add(16 - kept).cast());
        _mm_andnot_si128(drop, _mm_loadu_si128(text.cast()))
    }
}

/// Steps of eight rows, until fewer are left or one is not ASCII; the first row not done, and whether a field was longer than its item.
/// `WIDE`: sixteen bytes may be written.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn groups<const WIDE: bool, const PAIRED: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    size: usize,
) -> (usize, bool) {
    let most = _mm256_set1_epi32(size as i32);
    let place = _mm_set_epi64x(0x0F0E_0D0C_0B0A_0908, 0x0706_0504_0302_0100);
    let place = _mm256_broadcastsi128_si256(place);
    let mut longer = _mm256_setzero_si256();
    // SAFETY: the caller's: all are rows of the cells'; sixteen bytes behind any place of the text are readable; with `WIDE`
    // sixteen bytes of a record may be written, else `size`.
    unsafe {
        let mut eights = Eights::<PAIRED>::at(raw, row);
        while row + 8 <= rows {
            let lengths = _mm256_sub_epi32(eights.extras(), _mm256_set1_epi32(-1));
            let kept = _mm256_min_epi32(lengths, most);
            let load = |i: i8| {
                let keep = _mm256_cmpgt_epi8(spread_sixteen(kept, i), place);
                _mm256_and_si256(eights.first_sixteen(i as usize), keep)
            };
            let texts = [load(0), load(1), load(2), load(3)];
            let [a, b, c, d] = texts;
            let all = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
            if _mm256_movemask_epi8(all) != 0 {
                break;
            }
            longer = _mm256_or_si256(longer, _mm256_xor_si256(lengths, kept));
            for (i, text) in texts.into_iter().enumerate() {
                let low = _mm256_castsi256_si128(text);
                let high = _mm256_extracti128_si256::<1>(text);
                if WIDE {
                    _mm_storeu_si128(eights.item(i).cast(), low);
                    _mm_storeu_si128(eights.item(i + 4).cast(), high);
                } else {
                    put(eights.item(i), low, size);
                    put(eights.item(i + 4), high, size);
                }
            }
            eights.advance();
            row += 8;
        }
    }
    (row, _mm256_testz_si256(longer, longer) == 0)
}

/// Stores the first bytes of sixteen: two words that overlap, which costs less than a copy of any length.
///
/// # Safety
/// `size` bytes may be written, and are at least one and at most sixteen.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn put(to: *mut u8, bytes: __m128i, size: usize) {
    let mut all = [0u8; 16];
    // SAFETY: the caller's; the parts of `all` lie in its first `size` bytes.
    unsafe {
        _mm_storeu_si128(all.as_mut_ptr().cast(), bytes);
        if size >= 8 {
            let copy = |at: usize| to.add(at).copy_from_nonoverlapping(all.as_ptr().add(at), 8);
            copy(0);
            copy(size - 8);
        } else if size >= 4 {
            let copy = |at: usize| to.add(at).copy_from_nonoverlapping(all.as_ptr().add(at), 4);
            copy(0);
            copy(size - 4);
        } else {
            to.copy_from_nonoverlapping(all.as_ptr(), size);
        }
    }
}

/// Rows of items of more than sixteen bytes, until one is not ASCII; the first row not done, and whether a field was longer than its item.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn long_rows(raw: Raw, mut row: usize, rows: usize, size: usize) -> (usize, bool) {
    let mut longer = false;
    while row < rows {
        // SAFETY: one of the cells' rows.
        let (field, item) = unsafe { (raw.field(row), raw.item(row)) };
        let length = field.extra.wrapping_add(1);
        let kept = length.min(size);
        let mut all = _mm_setzero_si128();
        let mut at = 0;
        loop {
            // SAFETY: sixteen bytes behind any place of the text are readable, and what is read begins in the field or at its
            // end; what is written lies in the item.
            unsafe {
                let bytes = first(
                    field.start.add(at.min(kept)),
                    kept.saturating_sub(at).min(16),
                );
                _mm_storeu_si128(item.add(at).cast(), bytes);
                all = _mm_or_si128(all, bytes);
            }
            if at + 16 == size {
                break;
            }
            // The last piece overlaps the one before.
            at = (at + 16).min(size - 16);
        }
        if _mm_movemask_epi8(all) != 0 {
            break;
        }
        longer |= length > size;
        row += 1;
    }
    (row, longer)
}
