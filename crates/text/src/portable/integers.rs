//! Integers of up to sixteen digits, four rows a step.

use super::cells::{Fours, Raw, most_extra, store};
use super::groups;
use super::{Eights, Sixteens};
use crate::Kind;
use crate::fast::columns::Cells;

/// One column; the rows before the first that is refused.
///
/// # Safety
/// `raw` is made of `cells`, whose items have this size.
pub(crate) unsafe fn decode<const SIZE: usize>(cells: &mut Cells<'_>, raw: Raw) -> usize {
    let range = Range::<SIZE>::new(cells);
    let rows = cells.rows;
    // SAFETY: the caller's; the rows are the cells'.
    let groups = |row, signed| unsafe {
        match signed {
            true => groups::<SIZE, true>(raw, row, rows, &range),
            false => groups::<SIZE, false>(raw, row, rows, &range),
        }
    };
    groups::numbers(cells, groups, |row, _| row)
}

/// What an item may be, and how it is stored.
pub(crate) struct Range<const SIZE: usize> {
    pub unsigned: bool,
    pub most: u64,
    pub swap: bool,
}

impl<const SIZE: usize> Range<SIZE> {
    pub fn new(cells: &Cells<'_>) -> Self {
        let unsigned = cells.column.kind == Kind::Uint;
        Range {
            unsigned,
            most: u64::MAX >> (64 - 8 * SIZE + usize::from(!unsigned)),
            swap: cells.column.swap,
        }
    }
}

/// Steps of four rows, until fewer are left or one step holds what this loop cannot take; the first row not done.
///
/// # Safety
/// `row` to `rows` are rows of the cells of `raw`, whose items have this size.
#[inline(never)]
unsafe fn groups<const SIZE: usize, const SIGNED: bool>(
    raw: Raw,
    mut row: usize,
    rows: usize,
    range: &Range<SIZE>,
) -> usize {
    let Range {
        unsigned,
        most,
        swap,
    } = *range;
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
                *minus = u64::from(first == b'-').wrapping_neg();
            }
        }
        let (values, good) = match most_extra(&fields) {
            0..8 => {
                // SAFETY: fields of the cells', of one to eight bytes.
                let digits = unsafe { Eights::new(&fields) };
                (digits.numbers(), digits.are_digits())
            }
            8..16 => {
                // SAFETY: fields of the cells', of one to sixteen bytes.
                let digits = unsafe { Sixteens::new(&fields) };
                (digits.numbers(), digits.are_digits())
            }
            _ => return row,
        };
        // One less where there is a minus: the smallest number has one more than the largest. Zero gives a bit out of range,
        // and the exact path.
        let values: [u64; 4] = std::array::from_fn(|i| values[i].wrapping_add(minus[i]));
        let any = values.iter().fold(0, |any, value| any | value);
        let negative = minus.iter().fold(0, |any, minus| any | minus);
        if !good || any & !most != 0 || (SIGNED && unsigned && negative != 0) {
            return row;
        }
        for (i, (value, minus)) in values.into_iter().zip(minus).enumerate() {
            let value = value ^ minus;
            let value = if swap {
                value.swap_bytes() >> (64 - 8 * SIZE)
            } else {
                value
            };
            // SAFETY: the item of one of the cells' rows, of this size.
            unsafe { store::<SIZE>(fours.item(i), value) };
        }
        fours.advance();
        row += 4;
    }
    row
}
