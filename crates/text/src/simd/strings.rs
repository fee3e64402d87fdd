//! `S` items.

use std::arch::x86_64::*;

use super::cells::{Fours, Raw};
use super::digits::ones_from;
use crate::fast::cell;
use crate::fast::columns::Cells;

/// Sixteen bytes at `NOT_FIRST[16 - n]`: the first `n` are zeros, for `n` up to 16.
static NOT_FIRST: [u8; 32] = ones_from(16);

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`, whose items have bytes.
pub(crate) unsafe fn decode(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let (size, room) = (cells.column.size, cells.itemsize - cells.column.offset);
    let mut row = 0;
    loop {
        // SAFETY: the caller's; a wide store stays in its record, whose later items are written later.
        row = unsafe {
            if size > 16 {
                long_rows(raw, row, cells.rows, size)
            } else if room >= 16 {
                groups::<true>(raw, row, cells.rows, size)
            } else {
                groups::<false>(raw, row, cells.rows, size)
            }
        };
        for row in row..cells.rows.min(row + 4) {
            if !cell::convert(cells, row) {
                return row;
            }
        }
        row += 4;
        if row >= cells.rows {
            return cells.rows;
        }
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

/// Steps of four rows, until fewer are left or one is not ASCII; the first row not done. `WIDE`: sixteen bytes may be written.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn groups<const WIDE: bool>(raw: Raw, mut row: usize, rows: usize, size: usize) -> usize {
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        // SAFETY: four rows of the cells'; sixteen bytes behind any place of the text are readable; with `WIDE` sixteen bytes of
        // a record may be written, else `size`.
        unsafe {
            let fields = fours.fields();
            let load = |i: usize| {
                let kept = fields[i].extra.wrapping_add(1).min(size);
                first(fields[i].start, kept)
            };
            let texts = [load(0), load(1), load(2), load(3)];
            let [a, b, c, d] = texts;
            let all = _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
            if _mm_movemask_epi8(all) != 0 {
                return row;
            }
            for (i, text) in texts.into_iter().enumerate() {
                if WIDE {
                    _mm_storeu_si128(fours.item(i).cast(), text);
                } else {
                    put(fours.item(i), text, size);
                }
            }
        }
        fours.advance();
        row += 4;
    }
    row
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

/// Rows of items of more than sixteen bytes, until one is not ASCII; the first row not done.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn long_rows(raw: Raw, mut row: usize, rows: usize, size: usize) -> usize {
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
            return row;
        }
        row += 1;
    }
    row
}
