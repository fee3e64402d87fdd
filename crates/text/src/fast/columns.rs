//! One column of a batch: where its fields are, and where its items go.

use std::ops::Range;

use super::batch::{Batch, Scratch};
use super::source::Source;
use super::unquote::Unquoted;
use super::{Machine, cell};
use crate::plan::Plan;
use crate::scalar::row::resolve;
use crate::scalar::{line, string};
use crate::{Column, Cuts, Input, Kind, PAD_BEFORE};

/// A batch and its index.
#[derive(Clone, Copy)]
pub(crate) struct Indexed<'a> {
    pub plan: &'a Plan,
    pub input: Input<'a>,
    /// Where the batch starts in the text.
    pub pos: usize,
    pub batch: Batch,
    pub scratch: &'a Scratch,
}

impl<'a> Indexed<'a> {
    /// Converts the first rows, `rows` of them, into `out`; how many rows are good, up to the first bad one, and whether a text may be longer
    /// than its item.
    pub fn convert<M: Machine>(
        &self,
        rows: usize,
        out: &mut [u8],
        own: &mut Unquoted,
    ) -> (usize, bool) {
        let (plan, mut long) = (self.plan, false);
        if plan.gaps {
            out.fill(0);
        }
        let mut good = rows;
        // In the order of the record, so that a store may spill over items that come later.
        for &field in &plan.order {
            if good == 0 {
                break;
            }
            let source = self.source(field);
            let mut from = 0;
            for &hard in self.hard(source) {
                let row = usize::from(hard as u16);
                if row >= good {
                    break;
                }
                let mut cells = self.cells(field, source, from..row, out);
                let done = M::decode(&mut cells);
                // The hard field itself is not in `cells`.
                long = true;
                if from + done < row || !self.unquoted(field, source, row, out, own) {
                    good = from + done;
                    break;
                }
                from = row + 1;
            }
            if from < good {
                let mut cells = self.cells(field, source, from..good, out);
                good = from + M::decode(&mut cells);
                long |= cells.long;
            }
        }
        (good, long)
    }

    /// Looks for texts that are longer than their items, and notes them. Where they are to be refused, the rows before the first.
    pub fn cut(&self, rows: usize, cuts: &mut Cuts, own: &mut Unquoted) -> usize {
        let mut good = rows;
        let text = self.input.text();
        if rows == 0 {
            return 0;
        }
        for &field in &self.plan.texts {
            // A batch without rows has no number of fields either.
            if good == 0 {
                break;
            }
            let column = &self.plan.schema.columns[field];
            let most = column.size / if column.kind == Kind::Str { 4 } else { 1 };
            let source = self.source(field);
            let (places, hard) = (self.places(source), self.hard(source));
            let mut characters = |row: usize| {
                let field = places.text(row, &text[self.pos..]);
                if hard.binary_search(&mark(source, row)).is_err() {
                    return string::characters(field);
                }
                own.read(self.plan, field);
                string::characters(own.text())
            };
            // A character is at least one byte.
            let long = places.longer(good, most);
            let found = long.filter(|&row| characters(row) > most);
            for row in found {
                if self.plan.dialect.strict {
                    good = row;
                    break;
                }
                let start = || line::line_start(text, self.pos + self.batch.row(row, self.scratch));
                cuts.add_with(field, start);
            }
        }
        good
    }

    fn source(&self, field: usize) -> usize {
        match &self.plan.schema.usecols {
            None => field,
            Some(cols) => resolve(cols[field], self.batch.fields).expect("checked with the index"),
        }
    }

    fn places(&self, source: usize) -> Places<'a> {
        Places::new(self.plan, self.batch.fields, source, self.scratch)
    }

    /// The marks of a column's hard fields.
    fn hard(&self, source: usize) -> &'a [u32] {
        let hard = &self.scratch.hard[..];
        if hard.is_empty() {
            return hard;
        }
        let from = |source| hard.partition_point(|&at| at < mark(source, 0));
        &hard[from(source)..from(source + 1)]
    }

    #[inline(always)]
    fn cells<'c>(
        &'c self,
        field: usize,
        source: usize,
        rows: Range<usize>,
        out: &'c mut [u8],
    ) -> Cells<'c> {
        let itemsize = self.plan.schema.itemsize;
        let column = &self.plan.schema.columns[field];
        Cells {
            plan: self.plan,
            field,
            column,
            buf: self.input.buf(),
            base: self.input.start() + self.pos,
            places: self.places(source).from(rows.start),
            rows: rows.len(),
            out: &mut out[rows.start * itemsize..],
            itemsize,
            long: matches!(column.kind, Kind::Bytes | Kind::Str),
        }
    }

    /// One hard field; whether it is good.
    fn unquoted(
        &self,
        field: usize,
        source: usize,
        row: usize,
        out: &mut [u8],
        own: &mut Unquoted,
    ) -> bool {
        own.read(self.plan, self.field(source, row));
        let end = [own.text().len() as u16];
        let places = Places {
            starts: &[0],
            start_step: 1,
            start_shift: 0,
            ends: &end,
            end_step: 1,
        };
        let mut cells = Cells {
            buf: own.buf(),
            base: PAD_BEFORE,
            places,
            ..self.cells(field, source, row..row + 1, out)
        };
        cell::decode(&mut cells, 0..1) == 1
    }

    /// A field as its places have it.
    fn field(&self, source: usize, row: usize) -> &'a [u8] {
        let text = &self.input.text()[self.pos..];
        self.places(source).text(row, text)
    }
}

/// A field of a batch: column and row.
pub(crate) fn mark(column: usize, row: usize) -> u32 {
    (column << 16 | row) as u32
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
    fn new(plan: &Plan, fields: usize, source: usize, scratch: &'a Scratch) -> Self {
        let (bounds, rows) = (&scratch.bounds[..], &scratch.rows[..]);
        if plan.quoted {
            return Places {
                starts: &scratch.starts[source..],
                start_step: fields,
                start_shift: 0,
                ends: &bounds[source..],
                end_step: fields,
            };
        }
        match (plan.white, source) {
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

    /// Without the rows before this one.
    fn from(self, row: usize) -> Self {
        Places {
            starts: &self.starts[row * self.start_step..],
            ends: &self.ends[row * self.end_step..],
            ..self
        }
    }

    fn start(&self, row: usize) -> usize {
        usize::from(self.starts[row * self.start_step]) + self.start_shift
    }

    /// The rows, so many, whose fields have more bytes than `most`.
    fn longer(&self, rows: usize, most: usize) -> impl Iterator<Item = usize> {
        let Places {
            starts,
            start_step,
            ends,
            end_step,
            ..
        } = *self;
        let most = most + self.start_shift;
        let length = move |row: usize| ends[row * end_step] - starts[row * start_step];
        (0..rows).filter(move |&row| usize::from(length(row)) > most)
    }

    /// A row's field; `text` begins where the batch does.
    fn text<'t>(&self, row: usize, text: &'t [u8]) -> &'t [u8] {
        &text[self.start(row)..usize::from(self.ends[row * self.end_step])]
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
    /// Whether a text may be longer than its item, once they are decoded.
    pub long: bool,
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
}
