//! Decimals of up to sixteen characters, with or without a dot, four rows a step.
//!
//! The digits as one integer are exact in a double, as is the power of ten that divides them, so one division
//! rounds once, and correctly.

use super::Sixteens;
use super::cells::{Fours, Raw, most_extra, store};
use super::groups;
use crate::fast::columns::Cells;
use crate::fast::words::TENS;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// `raw` is made of `cells`, whose items have this size.
pub(crate) unsafe fn decode<const SIZE: usize>(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let swap = cells.column.swap;
    let rows = cells.rows;
    // SAFETY: the caller's; the rows are the cells'.
    let groups = |row, signed| unsafe {
        match signed {
            true => groups::<SIZE, true>(raw, row, rows, swap),
            false => groups::<SIZE, false>(raw, row, rows, swap),
        }
    };
    groups::numbers(cells, groups, |row, _| row)
}

/// What divides the digits for so many behind the dot; for 16, which stands for no dot, one.
static DIVISORS: [f64; 17] = {
    let mut divisors = [1.0; 17];
    let mut behind = 0;
    while behind < 16 {
        divisors[behind] = TENS[behind];
        behind += 1;
    }
    divisors
};

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
///
/// # Safety
/// `row` to `rows` are rows of the cells of `raw`, whose items have this size.
#[inline(never)]
unsafe fn groups<const SIZE: usize, const SIGNED: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    swap: bool,
) -> usize {
    // SAFETY: the caller's.
    let mut fours = unsafe { Fours::at(raw, row) };
    while row + 4 <= rows {
        // SAFETY: four rows of the cells'.
        let mut fields = unsafe { fours.fields() };
        let mut minus = [0; 4];
        if SIGNED {
            for (field, minus) in fields.iter_mut().zip(&mut minus) {
                // SAFETY: a field of the cells'.
                let first = unsafe { field.take_sign() };
                *minus = u64::from(first == b'-') << 63;
            }
        }
        if most_extra(&fields) > 15 {
            return row;
        }
        // SAFETY: fields of the cells', of one to sixteen bytes.
        let (digits, behind) = unsafe { Sixteens::new(&fields) }.without_dots();
        let numbers = digits.numbers();
        let any = numbers.iter().fold(0, |any, number| any | number);
        // A dot at the end may be alone, which is no number.
        if !digits.are_digits() || any >> 53 != 0 || behind.contains(&0) {
            return row;
        }
        for i in 0..4 {
            let value = numbers[i] as i64 as f64 / DIVISORS[behind[i]];
            let value = f64::from_bits(value.to_bits() | minus[i]);
            let bits = match SIZE {
                4 => u64::from((value as f32).to_bits()),
                _ => value.to_bits(),
            };
            let bits = if swap {
                bits.swap_bytes() >> (64 - 8 * SIZE)
            } else {
                bits
            };
            // SAFETY: the item of one of the cells' rows, of this size.
            unsafe { store::<SIZE>(fours.item(i), bits) };
        }
        fours.advance();
        row += 4;
    }
    row
}
