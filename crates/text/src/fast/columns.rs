//! One column of a batch: where its fields are, and where its items go.

use super::Machine;
use super::batch::{Batch, Scratch};
use super::source::Source;
use crate::plan::Plan;
use crate::scalar::row::resolve;
use crate::scalar::{line, string};
use crate::{Column, Cuts, Input, Kind};

/// Converts `rows` rows of a batch that starts at `pos` into `out`; how many rows are good, up to the first bad one.
pub(crate) fn convert<M: Machine>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    batch: &Batch,
    scratch: &Scratch,
    rows: usize,
    out: &mut [u8],
) -> usize {
    if plan.gaps {
        out.fill(0);
    }
    let mut good = rows;
    // In the order of the record, so that a store may spill over items that come later.
    for &field in &plan.order {
        if good == 0 {
            break;
        }
        let column = &plan.schema.columns[field];
        let source = source_of(plan, field, batch.fields);
        let places = Places::new(plan.white, batch.fields, source, scratch);
        let itemsize = plan.schema.itemsize;
        let (buf, base) = (input.buf(), input.start() + pos);
        good = M::decode(&mut Cells {
            plan,
            field,
            column,
            buf,
            base,
            places,
            rows: good,
            out,
            itemsize,
        });
    }
    good
}

/// Looks for texts that are longer than their items, and notes them. Where they are to be refused, the rows before the first.
pub(crate) fn cut(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    batch: &Batch,
    scratch: &Scratch,
    rows: usize,
    cuts: &mut Cuts,
) -> usize {
    let mut good = rows;
    let text = input.text();
    if rows == 0 {
        return 0;
    }
    for &field in &plan.texts {
        // A batch without rows has no number of fields either.
        if good == 0 {
            break;
        }
        let column = &plan.schema.columns[field];
        let most = column.size / if column.kind == Kind::Str { 4 } else { 1 };
        let source = source_of(plan, field, batch.fields);
        let places = Places::new(plan.white, batch.fields, source, scratch);
        // A character is at least one byte.
        let long = (0..good).filter(|&row| places.length(row) > most);
        let found = long.filter(|&row| string::characters(places.text(row, &text[pos..])) > most);
        for row in found {
            if plan.dialect.strict {
                good = row;
                break;
            }
            cuts.add_with(field, || line::line_start(text, pos + scratch.row(row)));
        }
    }
    good
}

fn source_of(plan: &Plan, field: usize, fields: usize) -> usize {
    match &plan.schema.usecols {
        None => field,
        Some(cols) => resolve(cols[field], fields).expect("checked with the index"),
    }
}

/// Where a column's fields start and end: every so many places of two lists.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub starts: &'a [u16],
    pub start_step: usize,
    /// Bytes from the place in `starts` to the field: one if that is the delimiter before it.
    pub start_shift: usize,
    pub ends: &'a [u16],
    pub end_step: usize,
}

impl<'a> Places<'a> {
    fn new(white: bool, fields: usize, source: usize, scratch: &'a Scratch) -> Self {
        let (bounds, rows) = (&scratch.bounds[..], &scratch.rows[..]);
        match (white, source) {
            (true, _) => Places {
                starts: &bounds[2 * source..],
                start_step: 2 * fields,
                start_shift: 0,
                ends: &bounds[2 * source + 1..],
                end_step: 2 * fields,
            },
            (false, 0) => Places {
                starts: rows,
                start_step: 1,
                start_shift: 0,
                ends: bounds,
                end_step: fields,
            },
            (false, _) => Places {
                starts: &bounds[source - 1..],
                start_step: fields,
                start_shift: 1,
                ends: &bounds[source..],
                end_step: fields,
            },
        }
    }

    fn start(&self, row: usize) -> usize {
        usize::from(self.starts[row * self.start_step]) + self.start_shift
    }

    fn length(&self, row: usize) -> usize {
        usize::from(self.ends[row * self.end_step]) - self.start(row)
    }

    /// A row's field; `text` begins where the batch does.
    fn text<'t>(&self, row: usize, text: &'t [u8]) -> &'t [u8] {
        let start = self.start(row);
        &text[start..start + self.length(row)]
    }
}

/// The fields of one column, and its items.
pub(crate) struct Cells<'a> {
    pub plan: &'a Plan,
    /// The column's number in the schema.
    pub field: usize,
    pub column: &'a Column,
    pub buf: &'a [u8],
    /// Where the batch starts in `buf`.
    pub base: usize,
    pub places: Places<'a>,
    pub rows: usize,
    /// Room for `rows` records.
    pub out: &'a mut [u8],
    pub itemsize: usize,
}

impl<'a> Cells<'a> {
    /// A row's field.
    #[inline(always)]
    pub fn source(&self, row: usize) -> Source<'a> {
        let Places {
            starts,
            start_step,
            start_shift,
            ends,
            end_step,
        } = self.places;
        Source::new(
            self.buf,
            self.base + usize::from(starts[row * start_step]) + start_shift,
            self.base + usize::from(ends[row * end_step]),
        )
    }

    /// A row's item.
    #[inline(always)]
    pub fn item(&mut self, row: usize) -> &mut [u8] {
        let start = row * self.itemsize + self.column.offset;
        &mut self.out[start..start + self.column.size]
    }
}
