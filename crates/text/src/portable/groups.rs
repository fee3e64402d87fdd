//! Columns in groups of rows, and what groups cannot take.

use std::ops::Range;

use crate::fast::cell;
use crate::fast::columns::Cells;

/// Rows that are taken for long numbers before short ones are tried again.
const LONG_RUN: usize = 64;
/// Rows that are taken one by one before groups are tried again; twice as many where that was in vain, up to the most.
const ALONE: usize = 8;
const MOST_ALONE: usize = 64;

/// A column of numbers; the rows before the first that is refused. From a row on, `groups` takes what it can, with signs or without;
/// and `long`, up to another row.
#[inline(always)]
pub(crate) fn numbers(
    cells: &mut Cells<'_>,
    groups: impl Fn(usize, bool) -> usize,
    long: impl Fn(usize, usize) -> usize,
) -> usize {
    // The signed loop costs more, so it is begun only where a sign has been seen; but a second try costs more still where rows are few.
    let mut signed = cells.rows < 16;
    let mut alone = ALONE;
    let mut row = 0;
    while row < cells.rows {
        let first = row;
        row = groups(row, signed);
        if !signed && has_sign(cells, row..cells.rows.min(row + ALONE)) {
            signed = true;
            continue;
        }
        let from = row;
        row = long(row, cells.rows.min(row + LONG_RUN));
        if row == from {
            alone = match from - first {
                0 => MOST_ALONE.min(2 * alone),
                _ => ALONE,
            };
            let next = cells.rows.min(row + alone);
            row = cell::decode(cells, row..next);
            if row < next {
                return row;
            }
        }
    }
    cells.rows
}

/// A column of texts; the rows before the first that is refused. From a row on, `groups` takes what it can, and tells whether one had more
/// characters than `most`; then so many rows are taken one by one.
#[inline(always)]
pub(crate) fn texts(
    cells: &mut Cells<'_>,
    most: usize,
    alone: usize,
    groups: impl Fn(usize) -> (usize, bool),
) -> usize {
    cells.long = false;
    let mut row = 0;
    loop {
        let (done, long) = groups(row);
        let next = cells.rows.min(done + alone);
        cells.long |= long || (done..next).any(|row| cells.source(row).length() > most);
        row = cell::decode(cells, done..next);
        if row < next || row == cells.rows {
            return row;
        }
    }
}

/// Whether one of some fields starts with a sign.
fn has_sign(cells: &Cells<'_>, mut rows: Range<usize>) -> bool {
    rows.any(|row| matches!(cells.source(row).text(), [b'-' | b'+', ..]))
}
