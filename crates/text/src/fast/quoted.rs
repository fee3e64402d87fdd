//! Finds rows and fields as `index` does, where fields may stand in quotes.
//!
//! A field's start and end may then be the same place, and lie one byte inside of its edges, so that each has a list of its
//! own: starts in quotes come one byte later, and ends one byte earlier. What stands in the lists is the text of any
//! field but a *hard* one, which holds doubled quotes or a carriage return, or goes on behind its closing quote.
//! Those are written out ([`super::unquote`]), each for itself, when their column is read.

use super::batch::{Batch, MOST, Scratch, USUAL};
use super::block::{BLOCK, Blocks};
use super::columns::mark;
use super::index::{Carry, close, unicode_space};
use super::quotes::{Quotes, Shape};
use crate::Input;
use crate::plan::Plan;

/// The lists of a batch that starts at `pos`, where a row begins or its first field does.
#[inline(always)]
pub(crate) fn index<B: Blocks, const WHITE: bool>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    scratch: &mut Scratch,
) -> Batch {
    let input = input.from(pos);
    let (buf, text) = (&input.buf()[input.start()..], input.text());
    let mut quotes = Quotes::new(plan);
    let mut carry = Carry::new();
    let mut between = Between::default();
    let (mut starts, mut bounds, mut rows) = (0, 0, 0);
    let mut at = 0;
    let mut usual = USUAL;
    let mut stop = None;
    scratch.hard.clear();
    // Up to the block behind the text's last byte, which ends all that is not ended yet.
    while at <= text.len() && at < usual {
        let (block, _) = buf[at..]
            .split_first_chunk::<BLOCK>()
            .expect("padding behind the text");
        let shape = quotes.block::<B, WHITE>(block, &text[at..]);
        let edges = carry.edges::<WHITE>(shape.outer());
        let begun = carry.rows::<WHITE>(shape.outer());
        let (first, last) = if WHITE {
            (edges & !shape.separators, edges & shape.separators)
        } else {
            let behind = shape.separators << 1 | between.separator;
            between.separator = shape.separators >> 63;
            (behind | begun, edges)
        };
        let hard = (shape.quotes & shape.inside & shape.closed)
            | (shape.masks.cr & shape.inside)
            | (shape.closed & !shape.quotes & !last);
        if hard != 0 {
            note(hard, last, bounds + between.late as usize, scratch);
        }
        let base = at as u16;
        let (opening, plain) = (first & shape.quotes, first & !shape.quotes);
        let inner = plain | opening << 1 | between.opened;
        between.opened = opening >> 63;
        starts = B::flatten(inner, base, &mut scratch.starts, starts);
        // One byte later than they are, so that those behind a closing quote are not before the block.
        let late = last & !shape.closed;
        let inner = (last & shape.closed) | late << 1 | between.late;
        between.late = late >> 63;
        bounds = B::flatten(inner, base.wrapping_sub(1), &mut scratch.bounds, bounds);
        rows = B::flatten_few(begun, base, &mut scratch.rows, rows);
        if WHITE {
            let odd = between.odd(&shape, first);
            if odd != 0 || shape.masks.high != 0 {
                let space = unicode_space(text, at, shape.masks.high);
                let row = odd_row(plan, text, at, odd, &scratch.rows[..rows]);
                stop = space.into_iter().chain(row).min();
                if stop.is_some() {
                    break;
                }
            }
        }
        at += BLOCK;
        if at >= usual && rows < 2 {
            usual = MOST;
        }
    }
    let ended = (at > text.len()).then_some(between.late != 0);
    if WHITE && ended.is_some() && quotes.are_open() {
        // The field that is open is none if it is empty.
        stop = stop.or(Some(text.len()));
    }
    let batch = close(plan, text.len(), stop, ended, bounds, rows, scratch);
    if !scratch.hard.is_empty() {
        by_column(&batch, &mut scratch.hard);
    }
    batch
}

/// Makes marks of numbers of fields, so that each column finds its own.
#[cold]
#[inline(never)]
fn by_column(batch: &Batch, hard: &mut Vec<u32>) {
    hard.retain(|&number| (number as usize) < batch.rows * batch.fields);
    for field in hard.iter_mut() {
        let number = *field as usize;
        *field = mark(number % batch.fields, number / batch.fields);
    }
    hard.sort_unstable();
}

/// What reaches from one block into the next, beside what an index without quotes carries.
#[derive(Default)]
struct Between {
    /// One behind a separator.
    separator: u64,
    /// One behind a quote that opens a field.
    opened: u64,
    /// One where a field without quotes has ended with the block's last byte.
    late: u64,
    /// One behind a blank, and behind an empty pair of quotes.
    blank: u64,
    empty: u64,
}

impl Between {
    /// With white space: where a blank stands before a line's end, or an empty pair of quotes; NumPy may see one field more or less
    /// in such a row.
    #[inline(always)]
    fn odd(&mut self, shape: &Shape, first: u64) -> u64 {
        let ends = shape.ends | shape.nothing;
        let blanks = shape.separators & !ends;
        let opening = first & shape.quotes;
        let behind = blanks << 1 | self.blank;
        let empty = opening << 2 | self.empty;
        self.blank = blanks >> 63;
        self.empty = opening >> 62;
        ends & (behind | empty & shape.closed)
    }
}

/// Notes the fields, `fields` of which end before this block, that have one of these bytes.
#[cold]
#[inline(never)]
fn note(mut hard: u64, last: u64, fields: usize, scratch: &mut Scratch) {
    while hard != 0 {
        let before = last & (hard & hard.wrapping_neg()).wrapping_sub(1);
        let field = (fields + before.count_ones() as usize) as u32;
        if scratch.hard.last() != Some(&field) {
            scratch.hard.push(field);
        }
        hard &= hard - 1;
    }
}

/// The first of the odd places that are so in a row of this kind: one that begins with a quote, or ends with an empty pair of them.
#[cold]
#[inline(never)]
fn odd_row(plan: &Plan, text: &[u8], at: usize, mut odd: u64, rows: &[u16]) -> Option<usize> {
    let quote = plan.marks.quote;
    while odd != 0 {
        let place = at + odd.trailing_zeros() as usize;
        let begun = rows.partition_point(|&row| usize::from(row) < place);
        let row = begun.checked_sub(1).map(|row| usize::from(rows[row]));
        if row.is_some_and(|row| text[row] == quote || text[..place].ends_with(&[quote])) {
            return Some(place);
        }
        odd &= odd - 1;
    }
    None
}
