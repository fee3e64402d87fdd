//! Booleans of one digit each, four rows a step.

use crate::fast::cell;
use crate::fast::columns::Cells;
use crate::fast::words::not_digits;
use crate::portable::cells::{Fours, Raw};

/// One column; the rows before the first that is refused.
///
/// # Safety
/// The processor has AVX2; `raw` is made of `cells`.
pub(crate) unsafe fn decode(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let mut row = 0;
    while row < cells.rows {
        // SAFETY: the caller's; the rows are the cells'.
        row = unsafe { groups(raw, row, cells.rows) };
        let next = cells.rows.min(row + 4);
        row = cell::decode(cells, row..next);
        if row < next {
            return row;
        }
    }
    cells.rows
}

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn groups(raw: Raw, mut row: usize, rows: usize) -> usize {
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        // SAFETY: four rows of the cells'; at worst the byte behind an empty field that ends the text is read, which is padding.
        let (extras, digits) = unsafe {
            let [a, b, c, d] = fours.fields();
            let digits = [*a.start, *b.start, *c.start, *d.start];
            (a.extra | b.extra | c.extra | d.extra, digits)
        };
        let digits = u32::from_le_bytes(digits) ^ 0x3030_3030;
        if extras != 0 || not_digits(u64::from(digits)) != 0 {
            return row;
        }
        for (i, digit) in digits.to_le_bytes().into_iter().enumerate() {
            // SAFETY: the item of one of the cells' rows, of one byte.
            unsafe { fours.item(i).write(u8::from(digit != 0)) };
        }
        fours.advance();
        row += 4;
    }
    row
}
