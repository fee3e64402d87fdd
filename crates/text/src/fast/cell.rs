//! One field into one item, eight bytes at a time; what that cannot take goes the exact way.

use super::columns::{Cells, Source};
use super::decimal::Decimal;
use super::integer::{Integer, Truth};
use super::text::{Ascii, AsciiWide};
use crate::Kind;
use crate::scalar::row;

/// One column; the rows before the first that is refused.
pub(crate) fn decode(cells: &mut Cells<'_>) -> usize {
    match cells.column.kind {
        Kind::Int => each::<Integer<true>>(cells),
        Kind::Uint => each::<Integer<false>>(cells),
        Kind::Bool => each::<Truth>(cells),
        Kind::Float if cells.column.size == 2 => each::<Exact>(cells),
        Kind::Float => each::<Decimal>(cells),
        Kind::Bytes => each::<Ascii>(cells),
        Kind::Str => each::<AsciiWide>(cells),
        Kind::Skip => cells.rows,
        _ => each::<Exact>(cells),
    }
}

/// One row of a column; whether it is good.
pub(crate) fn convert(cells: &mut Cells<'_>, row: usize) -> bool {
    match cells.column.kind {
        Kind::Int => one::<Integer<true>>(cells, row),
        Kind::Uint => one::<Integer<false>>(cells, row),
        Kind::Bool => one::<Truth>(cells, row),
        Kind::Float if cells.column.size == 2 => one::<Exact>(cells, row),
        Kind::Float => one::<Decimal>(cells, row),
        Kind::Bytes => one::<Ascii>(cells, row),
        Kind::Str => one::<AsciiWide>(cells, row),
        Kind::Skip => true,
        _ => one::<Exact>(cells, row),
    }
}

/// A quick way to convert one kind of field.
pub(crate) trait Quick {
    /// `false`: it declines, and the item may hold anything.
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool;
}

/// Each row in turn.
#[inline(always)]
fn each<Q: Quick>(cells: &mut Cells<'_>) -> usize {
    let (plan, field, column) = (cells.plan, cells.field, *cells.column);
    let (places, base) = (cells.places, cells.base);
    // Steps of slices: an index into each would be checked for each row.
    let starts = places.starts.chunks(places.start_step);
    let ends = places.ends.chunks(places.end_step);
    let records = cells.out.chunks_exact_mut(cells.itemsize);
    let fields = starts.zip(ends).zip(records).take(cells.rows);
    for (row, ((start, end), record)) in fields.enumerate() {
        let start = base + usize::from(start[0]) + places.start_shift;
        let source = Source::new(cells.buf, start, base + usize::from(end[0]));
        let mut item = Item {
            size: column.size,
            swap: column.swap,
            bytes: &mut record[column.offset..column.offset + column.size],
        };
        if !Q::convert(source, &mut item)
            && row::convert(plan, field, source.text(), item.bytes).is_err()
        {
            return row;
        }
    }
    cells.rows
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

    /// Up to sixteen bytes: two words that overlap, which costs less than a copy of any length.
    #[inline(always)]
    pub fn put_text(&mut self, text: u128) {
        if let Some(first) = self.bytes.first_chunk_mut::<8>() {
            *first = (text as u64).to_le_bytes();
            let last = self.size - 8;
            if let Some(end) = self.bytes.last_chunk_mut::<8>() {
                *end = ((text >> (8 * last)) as u64).to_le_bytes();
            }
        } else {
            self.bytes.copy_from_slice(&text.to_le_bytes()[..self.size]);
        }
    }
}
