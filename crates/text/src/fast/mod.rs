//! The fast path: an index of fields for a batch of lines, then column by column.
//!
//! Whatever it cannot take goes to the exact path: a field to [`row::convert`], a row to [`RowParser`], which
//! also makes every refusal. So values and refusals are the exact path's by construction.

pub(crate) mod batch;
pub(crate) mod block;
pub(crate) mod cell;
pub(crate) mod columns;
mod day;
mod decimal;
mod fives;
pub(crate) mod index;
mod integer;
pub(crate) mod nearest;
pub(crate) mod quoted;
mod quotes;
mod source;
mod text;
mod unquote;
pub(crate) mod walk;
pub(crate) mod white;
pub(crate) mod words;

use std::cell::RefCell;

use crate::plan::Plan;
use crate::scalar::line;
use crate::scalar::row::RowParser;
use crate::{BadRow, Count, Cuts, Input, Parsed, Walk};
use batch::{Batch, Scratch};
use columns::{Cells, Indexed};
use unquote::Unquoted;

/// One kind of machine: the four loops that depend on it.
pub(crate) trait Machine {
    /// Rows and lines of a text without quotes.
    fn count(plan: &Plan, input: Input<'_>) -> Count;
    /// The same where rows may go on over lines, up to the first row behind a limit; see [`crate::Kernel::walk`].
    fn walk(plan: &Plan, text: &[u8], limit: usize, last: bool) -> Walk;
    /// The fields of the lines from `pos` on, for some KiB.
    fn index(plan: &Plan, input: Input<'_>, pos: usize, scratch: &mut Scratch) -> Batch;
    /// One column of a batch into the records; the rows before the first that is refused.
    fn decode(cells: &mut Cells<'_>) -> usize;
}

thread_local! {
    /// Room for the index of one batch, kept by each thread so that a call allocates nothing.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

/// A batch cut short by a row of another shape, with fewer rows than this, was not worth its index.
const WORTH: usize = 64;
/// Most rows taken one by one before the index is tried again.
const MOST_SINGLE: usize = 4096;

/// Records of a text, until it ends or `out` is full.
pub(crate) fn parse<M: Machine>(
    plan: &Plan,
    input: Input<'_>,
    out: &mut [u8],
    cuts: &mut Cuts,
) -> Result<Parsed, BadRow> {
    SCRATCH.with_borrow_mut(|scratch| parse_with::<M>(plan, input, out, cuts, scratch))
}

fn parse_with<M: Machine>(
    plan: &Plan,
    input: Input<'_>,
    out: &mut [u8],
    cuts: &mut Cuts,
    scratch: &mut Scratch,
) -> Result<Parsed, BadRow> {
    let text = input.text();
    let itemsize = plan.schema.itemsize;
    let capacity = out.len() / itemsize;
    let mut single = RowParser::new(plan);
    let mut own = Unquoted::default();
    // What another table has left.
    scratch.hard.clear();
    let mut rows = 0;
    let mut pos = 0;
    // Rows to take one by one, and how many it will be the next time that an index was not worth it.
    let mut singles = 0;
    let mut penalty = 1;
    while rows < capacity && pos < text.len() {
        if singles == 0 {
            let batch = M::index(plan, input, pos, scratch);
            let wanted = batch.rows.min(capacity - rows);
            let place = &mut out[rows * itemsize..(rows + wanted) * itemsize];
            let indexed = Indexed {
                plan,
                input,
                pos,
                batch,
                scratch,
            };
            let (good, long) = indexed.convert::<M>(wanted, place, &mut own);
            let good = match long {
                true => indexed.cut(good, cuts, &mut own),
                false => good,
            };
            rows += good;
            if rows == capacity {
                let last = pos + batch.row(good - 1, scratch);
                let consumed = if plan.quoted {
                    single.end(text, last)
                } else {
                    line::next_line(text, last).1
                };
                return Ok(Parsed { rows, consumed });
            }
            if good == batch.rows && batch.whole {
                pos += batch.length;
                penalty = 1;
                continue;
            }
            pos += batch.row(good, scratch);
            penalty = if good < WORTH {
                (penalty * 2).min(MOST_SINGLE)
            } else {
                1
            };
            singles = penalty;
        }
        singles -= 1;
        let start = line::line_start(text, pos);
        let record = &mut out[rows * itemsize..(rows + 1) * itemsize];
        match single.row(text, start, record, cuts) {
            Ok((next, row)) => {
                rows += usize::from(row);
                pos = next;
            }
            Err(refusal) => return Err(refusal.at(plan, text, rows, start)),
        }
    }
    Ok(Parsed {
        rows,
        consumed: pos,
    })
}
