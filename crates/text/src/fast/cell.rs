//! One field into one item, eight bytes at a time; what that cannot take goes the exact way.

use std::ops::Range;

use super::columns::Cells;
use super::day::Day;
use super::decimal::Decimal;
use super::integer::{Integer, Truth};
use super::source::Source;
use super::text::{Ascii, AsciiWide, ShortAscii};
use crate::scalar::row;
use crate::{Kind, Unit};

/// Rows of a column, one by one; the first that is refused, or the one behind the last.
pub(crate) fn decode(cells: &mut Cells<'_>, rows: Range<usize>) -> usize {
    match cells.column.kind {
        Kind::Int => by_size::<Integer<true>>(cells, rows),
        Kind::Uint => by_size::<Integer<false>>(cells, rows),
        Kind::Bool => each::<Truth, 1>(cells, rows),
        Kind::Float if cells.column.size == 2 => each::<Exact, ANY>(cells, rows),
        Kind::Float => by_size::<Decimal>(cells, rows),
        Kind::Bytes if cells.column.size <= 16 => each::<ShortAscii, ANY>(cells, rows),
        Kind::Bytes => each::<Ascii, ANY>(cells, rows),
        Kind::Str => each::<AsciiWide, ANY>(cells, rows),
        Kind::Datetime(Unit::Day, 0..=1) => by_size::<Day>(cells, rows),
        Kind::Skip => rows.end,
        _ => each::<Exact, ANY>(cells, rows),
    }
}

/// The usual items apart, so that storing one is one instruction.
fn by_size<Q: Quick>(cells: &mut Cells<'_>, rows: Range<usize>) -> usize {
    match (cells.column.size, cells.column.swap) {
        (4, false) => each::<Q, 4>(cells, rows),
        (8, false) => each::<Q, 8>(cells, rows),
        _ => each::<Q, ANY>(cells, rows),
    }
}

/// As many bytes as the column says, in its order; else so many, in the machine's.
const ANY: usize = 0;

/// A quick way to convert one kind of field.
pub(crate) trait Quick {
    /// `false`: it declines, and the item may hold anything.
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool;
}

/// Each row in turn. Not inlined: one loop needs all registers.
#[inline(never)]
fn each<Q: Quick, const SIZE: usize>(cells: &mut Cells<'_>, rows: Range<usize>) -> usize {
    let (plan, field, offset) = (cells.plan, cells.field, cells.column.offset);
    let (size, swap) = match SIZE {
        ANY => (cells.column.size, cells.column.swap),
        size => (size, false),
    };
    let (places, base) = (cells.places, cells.base);
    let (starts, start_step, shift) = (places.starts, places.start_step, places.start_shift);
    let (ends, end_step, buf) = (places.ends, places.end_step, cells.buf);
    let (mut start_at, mut end_at) = (rows.start * start_step, rows.start * end_step);
    let records = &mut cells.out[rows.start * cells.itemsize..rows.end * cells.itemsize];
    let records = records.chunks_exact_mut(cells.itemsize);
    for (row, record) in (rows.start..).zip(records) {
        let start = base + usize::from(starts[start_at]) + shift;
        let source = Source::new(buf, start, base + usize::from(ends[end_at]));
        start_at += start_step;
        end_at += end_step;
        let mut item = Item {
            size,
            swap,
            bytes: &mut record[offset..offset + size],
        };
        if !Q::convert(source, &mut item)
            && row::convert(plan, field, source.text(), item.bytes).is_err()
        {
            return row;
        }
    }
    rows.end
}

/// No quick way: the exact one takes each field.
struct Exact;

impl Quick for Exact {
    #[inline(always)]
    fn convert(_source: Source<'_>, _item: &mut Item<'_>) -> bool {
        false
    }
}

/// Where a value goes.
pub(crate) struct Item<'a> {
    pub size: usize,
    pub swap: bool,
    pub bytes: &'a mut [u8],
}

impl Item<'_> {
    /// Stores the low bytes.
    #[inline(always)]
    pub fn put(&mut self, bits: u64) {
        let bits = if self.swap {
            bits.swap_bytes() >> (64 - 8 * self.size)
        } else {
            bits
        };
        let bytes = bits.to_le_bytes();
        match self.size {
            4 => self.bytes.copy_from_slice(&bytes[..4]),
            8 => self.bytes.copy_from_slice(&bytes),
            size => self.bytes.copy_from_slice(&bytes[..size]),
        }
    }

    /// Up to sixteen bytes, as two words: stores that overlap cost less than a copy of any length.
    #[inline(always)]
    pub fn put_text(&mut self, first: u64, second: u64) {
        match self.size {
            ..8 => {
                let size = self.size;
                self.bytes.copy_from_slice(&first.to_le_bytes()[..size]);
            }
            8 => self.bytes.copy_from_slice(&first.to_le_bytes()),
            size => {
                let last = match size {
                    16 => second,
                    _ => first >> (8 * (size - 8)) | second << (8 * (16 - size)),
                };
                if let Some(start) = self.bytes.first_chunk_mut() {
                    *start = first.to_le_bytes();
                }
                if let Some(end) = self.bytes.last_chunk_mut() {
                    *end = last.to_le_bytes();
                }
            }
        }
    }
}
