//! One field into one item, eight bytes at a time; what that cannot take goes the exact way.

use super::columns::Cells;
use super::day::Day;
use super::decimal::Decimal;
use super::integer::{Integer, Truth};
use super::source::Source;
use super::text::{Ascii, AsciiWide, ShortAscii};
use crate::scalar::row;
use crate::{Kind, Unit};

/// One column; the rows before the first that is refused.
pub(crate) fn decode(cells: &mut Cells<'_>) -> usize {
    match cells.column.kind {
        Kind::Int => by_size::<Integer<true>>(cells),
        Kind::Uint => by_size::<Integer<false>>(cells),
        Kind::Bool => each::<Truth, 1>(cells),
        Kind::Float if cells.column.size == 2 => each::<Exact, ANY>(cells),
        Kind::Float => by_size::<Decimal>(cells),
        Kind::Bytes if cells.column.size <= 16 => each::<ShortAscii, ANY>(cells),
        Kind::Bytes => each::<Ascii, ANY>(cells),
        Kind::Str => each::<AsciiWide, ANY>(cells),
        Kind::Datetime(Unit::Day, 0..=1) => by_size::<Day>(cells),
        Kind::Skip => cells.rows,
        _ => each::<Exact, ANY>(cells),
    }
}

/// The usual items apart, so that storing one is one instruction.
fn by_size<Q: Quick>(cells: &mut Cells<'_>) -> usize {
    match (cells.column.size, cells.column.swap) {
        (4, false) => each::<Q, 4>(cells),
        (8, false) => each::<Q, 8>(cells),
        _ => each::<Q, ANY>(cells),
    }
}

/// As many bytes as the column says, in its order; else so many, in the machine's.
const ANY: usize = 0;

/// One row of a column; whether it is good.
pub(crate) fn convert(cells: &mut Cells<'_>, row: usize) -> bool {
    match cells.column.kind {
        Kind::Int => one::<Integer<true>>(cells, row),
        Kind::Uint => one::<Integer<false>>(cells, row),
        Kind::Bool => one::<Truth>(cells, row),
        Kind::Float if cells.column.size == 2 => one::<Exact>(cells, row),
        Kind::Float => one::<Decimal>(cells, row),
        Kind::Bytes if cells.column.size <= 16 => one::<ShortAscii>(cells, row),
        Kind::Bytes => one::<Ascii>(cells, row),
        Kind::Str => one::<AsciiWide>(cells, row),
        Kind::Datetime(Unit::Day, 0..=1) => one::<Day>(cells, row),
        Kind::Skip => true,
        _ => one::<Exact>(cells, row),
    }
}

/// A quick way to convert one kind of field.
pub(crate) trait Quick {
    /// `false`: it declines, and the item may hold anything.
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool;
}

/// Each row in turn. Not inlined: one loop needs all registers.
#[inline(never)]
fn each<Q: Quick, const SIZE: usize>(cells: &mut Cells<'_>) -> usize {
    let (plan, field, offset) = (cells.plan, cells.field, cells.column.offset);
    let (size, swap) = match SIZE {
        ANY => (cells.column.size, cells.column.swap),
        size => (size, false),
    };
    let (places, base, rows) = (cells.places, cells.base, cells.rows);
    let (starts, start_step, shift) = (places.starts, places.start_step, places.start_shift);
    let (ends, end_step, buf) = (places.ends, places.end_step, cells.buf);
    let (mut start_at, mut end_at) = (0, 0);
    let records = cells.out[..rows * cells.itemsize].chunks_exact_mut(cells.itemsize);
    for (row, record) in records.enumerate() {
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
    rows
}

/// One row the quick way, and the exact way where that declines.
#[inline(always)]
fn one<Q: Quick>(cells: &mut Cells<'_>, row: usize) -> bool {
    let (source, column) = (cells.source(row), *cells.column);
    let (plan, field) = (cells.plan, cells.field);
    let mut item = Item {
        size: column.size,
        swap: column.swap,
        bytes: cells.item(row),
    };
    Q::convert(source, &mut item) || row::convert(plan, field, source.text(), item.bytes).is_ok()
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
