//! `S` items of up to sixteen bytes.

use std::arch::x86_64::*;

use super::cells::{FIRST, Raw};
use crate::fast::cell;
use crate::fast::columns::Cells;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`.
pub(crate) unsafe fn decode(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let (size, room) = (cells.column.size, cells.itemsize - cells.column.offset);
    let mut row = 0;
    loop {
        // SAFETY: the caller's; a wide store stays in its record, whose later items are written later.
        row = unsafe {
            if room >= 16 {
                rows::<true>(raw, row, cells.rows, size)
            } else {
                rows::<false>(raw, row, cells.rows, size)
            }
        };
        if row == cells.rows || !cell::convert(cells, row) {
            return row;
        }
        row += 1;
    }
}

/// Rows until one is not ASCII; the first row not done. `WIDE`: sixteen bytes may be written.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn rows<const WIDE: bool>(raw: Raw, mut row: usize, rows: usize, size: usize) -> usize {
    while row < rows {
        // SAFETY: one of the cells' rows; sixteen bytes behind any place of the text are readable, and in `FIRST` at any place
        // up to 16; with `WIDE` sixteen bytes of the record may be written, else `size`.
        unsafe {
            let field = raw.field(row);
            let kept = field.extra.wrapping_add(1).min(size);
            let keep = _mm_loadu_si128(FIRST.as_ptr().add(16 - kept).cast());
            let bytes = _mm_and_si128(keep, _mm_loadu_si128(field.start.cast()));
            if _mm_movemask_epi8(bytes) != 0 {
                return row;
            }
            let item = raw.item(row);
            if WIDE {
                _mm_storeu_si128(item.cast(), bytes);
            } else {
                let mut all = [0u8; 16];
                _mm_storeu_si128(all.as_mut_ptr().cast(), bytes);
                item.copy_from_nonoverlapping(all.as_ptr(), size);
            }
        }
        row += 1;
    }
    row
}
