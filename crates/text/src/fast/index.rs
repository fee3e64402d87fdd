//! Finds rows and fields, and counts them.
//!
//! With white space, W marks white bytes and N line ends. Fields start and end where W changes. Rows start at
//! (W + N) & !W: the sum carries each line end through the white run behind it to the first byte of the
//! next row, so that blank lines, CRLF and blanks at either end of a line need no thought.
//! With a delimiter, a field ends at each delimiter and at each line end that does not follow another; a row
//! starts behind a line end where no other line end is.

use super::batch::{Batch, END, MOST, Scratch, USUAL};
use super::block::{BLOCK, Blocks, Walk};
use crate::plan::Plan;
use crate::scalar;
use crate::scalar::row::resolve;
use crate::scalar::space::{has_unicode_space, space_at_start};
use crate::{Count, Input};

/// Rows and lines of a text.
#[inline(always)]
pub(crate) fn count<B: Blocks, const WHITE: bool>(plan: &Plan, input: Input<'_>) -> Count {
    let length = input.text().len();
    let mut walk = Walk::new(plan, input);
    let mut count = Count::default();
    let mut carry = Carry::new();
    let mut after_cr = 0;
    let mut high = 0;
    let mut pos = 0;
    while pos < length {
        let (masks, shape) = walk.block::<B, WHITE>(pos);
        high |= masks.high;
        let rows = carry.rows::<WHITE>(shape.separators, shape.ends);
        count.rows += u64::from(rows.count_ones());
        let lines = masks.cr | (masks.lf & !(masks.cr << 1 | after_cr));
        count.lines += u64::from(lines.count_ones());
        after_cr = masks.cr >> 63;
        pos += BLOCK;
    }
    let unfinished = input
        .text()
        .last()
        .is_some_and(|&b| b != b'\n' && b != b'\r');
    count.lines += u64::from(unfinished);
    // A line may be blank although there is something on it.
    if WHITE && high != 0 && has_unicode_space(input.text()) {
        return scalar::count(plan, input.text());
    }
    count
}

/// The lists of a batch that starts at `pos`, the start of a line or of a row's first field.
#[inline(always)]
pub(crate) fn index<B: Blocks, const WHITE: bool>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    scratch: &mut Scratch,
) -> Batch {
    let input = input.from(pos);
    let text = input.text();
    let mut walk = Walk::new(plan, input);
    let mut carry = Carry::new();
    let (mut bounds, mut rows) = (0, 0);
    let mut at = 0;
    let mut usual = USUAL;
    let mut stop = None;
    while at < text.len() && at < usual {
        let (masks, shape) = walk.block::<B, WHITE>(at);
        let base = at as u16;
        let edges = carry.edges::<WHITE>(shape.separators, shape.ends);
        let starts = carry.rows::<WHITE>(shape.separators, shape.ends);
        bounds = B::flatten(edges, base, &mut scratch.bounds, bounds);
        rows = B::flatten_few(starts, base, &mut scratch.rows, rows);
        if WHITE && masks.high != 0 {
            stop = unicode_space(text, at, masks.high);
            if stop.is_some() {
                break;
            }
        }
        at += BLOCK;
        if at >= usual && rows < 2 {
            usual = MOST;
        }
    }
    let ended = (at >= text.len()).then_some(carry.open::<WHITE>());
    if WHITE {
        close::<2>(plan, text.len(), stop, ended, bounds, rows, scratch)
    } else {
        close::<1>(plan, text.len(), stop, ended, bounds, rows, scratch)
    }
}

/// Ends the lists of a batch, with `STEP` bounds a field. `stop`: from where on they are wrong. `ended`: the text ends in the
/// batch, and whether it ends a field that is not listed yet.
#[inline(always)]
pub(super) fn close<const STEP: usize>(
    plan: &Plan,
    length: usize,
    stop: Option<usize>,
    ended: Option<bool>,
    mut bounds: usize,
    mut rows: usize,
    scratch: &mut Scratch,
) -> Batch {
    if rows == 0 {
        // Nothing but blanks and comments so far: the exact path goes on from here.
        scratch.rows[0] = 0;
    }
    let whole = stop.is_none();
    if let Some(stop) = stop {
        while scratch.row(rows - 1) > stop {
            rows -= 1;
        }
    }
    let finished = whole && ended.is_some();
    if finished {
        if ended == Some(true) {
            scratch.bounds[bounds] = length as u16;
            bounds += 1;
        }
        scratch.rows[rows] = END;
    } else {
        rows = rows.saturating_sub(1);
    }
    scratch.bounds[bounds] = END;
    let found = Batch {
        rows,
        fields: 0,
        length,
        whole,
    };
    same_shape::<STEP>(plan, found, finished, bounds, scratch)
}

/// Cuts the batch before the first row that has another number of fields than it should have.
#[inline(always)]
fn same_shape<const STEP: usize>(
    plan: &Plan,
    found: Batch,
    finished: bool,
    bounds: usize,
    scratch: &Scratch,
) -> Batch {
    let (places, starts) = (&scratch.bounds[..=bounds], &scratch.rows[..=found.rows]);
    if found.rows == 0 {
        // Nothing but blank lines, or one row that is too long or not for us.
        let length = if finished {
            found.length
        } else {
            scratch.row(0)
        };
        return Batch {
            fields: 0,
            length,
            whole: finished,
            ..found
        };
    }
    let fields = match &plan.schema.usecols {
        None => plan.schema.columns.len(),
        Some(cols) => {
            let first = places
                .iter()
                .step_by(STEP)
                .take_while(|&&place| place < starts[1])
                .count();
            if cols.iter().any(|&col| resolve(col, first).is_err()) {
                return Batch {
                    rows: 0,
                    length: 0,
                    whole: false,
                    ..found
                };
            }
            first
        }
    };
    let wide = fields * STEP;
    let good = starts[1..]
        .iter()
        .enumerate()
        .take_while(|&(row, &next)| {
            let edge = (row + 1) * wide;
            // The row's last edge lies before the next row, and the edge behind it does not.
            edge <= bounds && places[edge - 1] < next && next <= places[edge]
        })
        .count();
    let whole = found.whole && good == found.rows;
    let length = if whole && finished {
        found.length
    } else {
        scratch.row(good)
    };
    Batch {
        rows: good,
        fields,
        length,
        whole,
    }
}

/// What reaches from one block into the next.
pub(super) struct Carry {
    separator: u64,
    sum: u64,
    end: u64,
}

impl Carry {
    /// As behind a line end.
    pub fn new() -> Carry {
        Carry {
            separator: 1,
            sum: 1,
            end: 1,
        }
    }

    /// Where rows start. To be called once a block, after `edges`.
    #[inline(always)]
    pub fn rows<const WHITE: bool>(&mut self, separators: u64, ends: u64) -> u64 {
        if WHITE {
            let (sum, over) = separators.overflowing_add(ends);
            let (sum, over_too) = sum.overflowing_add(self.sum);
            self.sum = u64::from(over | over_too);
            sum & !separators
        } else {
            let behind = ends << 1 | self.end;
            self.end = ends >> 63;
            behind & !ends
        }
    }

    /// Where fields start and end; with a delimiter, where they end.
    #[inline(always)]
    pub fn edges<const WHITE: bool>(&mut self, separators: u64, ends: u64) -> u64 {
        if WHITE {
            let edges = separators ^ (separators << 1 | self.separator);
            self.separator = separators >> 63;
            edges
        } else {
            separators | (ends & !(ends << 1 | self.end))
        }
    }

    /// Whether a field has started or may still come in the line.
    fn open<const WHITE: bool>(&self) -> bool {
        if WHITE {
            self.separator == 0
        } else {
            self.end == 0
        }
    }
}

/// The first white space beyond ASCII in the block at `at`, as a place of the text.
#[cold]
#[inline(never)]
pub(super) fn unicode_space(text: &[u8], at: usize, mut high: u64) -> Option<usize> {
    while high != 0 {
        let place = at + high.trailing_zeros() as usize;
        if space_at_start(&text[place..]) != 0 {
            return Some(place);
        }
        high &= high - 1;
    }
    None
}
