//! `U` items of four characters or more.

use std::arch::x86_64::*;

use crate::fast::columns::Cells;
use crate::fast::words::HIGHS;
use crate::portable::cells::Raw;
use crate::portable::groups;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`, whose items have at least sixteen bytes.
pub(crate) unsafe fn decode(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let (characters, swap) = (cells.column.size / 4, cells.column.swap);
    let all = cells.rows;
    // SAFETY: the caller's.
    groups::texts(cells, characters, 1, |row| unsafe {
        if characters >= 8 {
            rows::<8>(raw, row, all, characters, swap)
        } else {
            rows::<4>(raw, row, all, characters, swap)
        }
    })
}

/// Rows until one is not ASCII, so many characters at a time; the first row not done, and whether a field was longer than its item.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn rows<const STEP: usize>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    characters: usize,
    swap: bool,
) -> (usize, bool) {
    let mut longer = false;
    let shift = _mm_cvtsi32_si128(if swap { 24 } else { 0 });
    while row < rows {
        // SAFETY: one of the cells' rows.
        let (field, item) = unsafe { (raw.field(row), raw.item(row)) };
        let length = field.extra.wrapping_add(1);
        let kept = length.min(characters);
        let mut all = 0;
        let mut at = 0;
        loop {
            // SAFETY: eight bytes behind any place of the text are readable, and what is read begins in the field or at its end;
            // what is written lies in the item.
            unsafe {
                let word = field.start.add(at.min(kept)).cast::<u64>().read_unaligned();
                let word = _bzhi_u64(word, 8 * kept.saturating_sub(at).min(STEP) as u32);
                all |= word;
                let bytes = _mm_cvtsi64_si128(word as i64);
                let to = item.add(4 * at);
                if STEP == 8 {
                    let wide = _mm256_sll_epi32(_mm256_cvtepu8_epi32(bytes), shift);
                    _mm256_storeu_si256(to.cast(), wide);
                } else {
                    let wide = _mm_sll_epi32(_mm_cvtepu8_epi32(bytes), shift);
                    _mm_storeu_si128(to.cast(), wide);
                }
            }
            if at + STEP == characters {
                break;
            }
            // The last piece overlaps the one before.
            at = (at + STEP).min(characters - STEP);
        }
        if all & HIGHS != 0 {
            break;
        }
        longer |= length > characters;
        row += 1;
    }
    (row, longer)
}
