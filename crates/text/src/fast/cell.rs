//! One field into one item, eight bytes at a time; what that cannot take goes the exact way.

use super::columns::{Cells, Source};
use super::words::{HIGHS, digit_value, fill, zero_bytes};
use crate::Kind;
use crate::scalar::row;

/// One column; the rows before the first that is refused.
pub(crate) fn decode(cells: &mut Cells<'_>) -> usize {
    match cells.column.kind {
        Kind::Int => each::<Integer<true>>(cells),
        Kind::Uint => each::<Integer<false>>(cells),
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
        Kind::Float if cells.column.size == 2 => one::<Exact>(cells, row),
        Kind::Float => one::<Decimal>(cells, row),
        Kind::Bytes => one::<Ascii>(cells, row),
        Kind::Str => one::<AsciiWide>(cells, row),
        Kind::Skip => true,
        _ => one::<Exact>(cells, row),
    }
}

/// A quick way to convert one kind of field.
trait Quick {
    /// `false`: it declines, and the item may hold anything.
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool;
}

/// Each row in turn.
#[inline(always)]
fn each<Q: Quick>(cells: &mut Cells<'_>) -> usize {
    (0..cells.rows)
        .find(|&row| !one::<Q>(cells, row))
        .unwrap_or(cells.rows)
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

/// Where a value goes.
struct Item<'a> {
    size: usize,
    swap: bool,
    bytes: &'a mut [u8],
}

impl Item<'_> {
    #[inline(always)]
    fn put(&mut self, bits: u64) {
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
    fn put_text(&mut self, text: u128) {
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

/// The last `length` bytes of the sixteen that end at the source's end, minus '0'; the others are zero.
#[inline(always)]
fn tail(source: Source<'_>, length: usize) -> (u64, u64) {
    let (high, low) = source.last_sixteen();
    let (high, low) = (high ^ fill(0x30), low ^ fill(0x30));
    if length >= 8 {
        let keep = u64::MAX.checked_shl(128 - 8 * length as u32).unwrap_or(0);
        (high & keep, low)
    } else {
        (
            0,
            low & u64::MAX.checked_shl(64 - 8 * length as u32).unwrap_or(0),
        )
    }
}

/// The source's sign, and the length of what follows it.
#[inline(always)]
fn sign(source: Source<'_>) -> (bool, usize) {
    let first = source.first();
    let signed = source.length() > 0 && (first == b'-' || first == b'+');
    (
        signed && first == b'-',
        source.length() - usize::from(signed),
    )
}

/// No quick way: the exact one takes each field.
struct Exact;

impl Quick for Exact {
    #[inline(always)]
    fn convert(_source: Source<'_>, _item: &mut Item<'_>) -> bool {
        false
    }
}

/// Up to sixteen digits, signed or not.
struct Integer<const SIGNED: bool>;

impl<const SIGNED: bool> Quick for Integer<SIGNED> {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let (negative, length) = sign(source);
        if !(1..=16).contains(&length) || (negative && !SIGNED) {
            return false;
        }
        let (high, low) = tail(source, length);
        let Some(value) = digit_value(high, low) else {
            return false;
        };
        let most = (u64::MAX >> (64 - 8 * item.size + usize::from(SIGNED))) + u64::from(negative);
        if value > most {
            return false;
        }
        item.put(if negative {
            value.wrapping_neg()
        } else {
            value
        });
        true
    }
}

/// Powers of ten that a double holds exactly.
pub(crate) const TENS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A decimal whose digits, read as an integer, are exact in a double, as is the power of ten that divides them: one
/// division then rounds once, and correctly.
struct Decimal;

impl Quick for Decimal {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let (negative, length) = sign(source);
        if !(1..=16).contains(&length) {
            return false;
        }
        let (high, low) = tail(source, length);
        let dots = [zero_bytes(high ^ fill(0x1E)), zero_bytes(low ^ fill(0x1E))];
        let mut digits = u128::from(low) << 64 | u128::from(high);
        let mut behind = 0;
        if dots != [0, 0] {
            let dot = match dots {
                [0, low] => 8 + low.trailing_zeros() / 8,
                [high, _] => high.trailing_zeros() / 8,
            };
            if length == 1 {
                return false;
            }
            // The digits before the dot move over it.
            behind = 15 - dot as usize;
            let before = digits & ((1 << (8 * dot)) - 1);
            let after = digits.checked_shr(8 * (dot + 1)).unwrap_or(0);
            digits = after.checked_shl(8 * (dot + 1)).unwrap_or(0) | before << 8;
        }
        let Some(value) = digit_value(digits as u64, (digits >> 64) as u64) else {
            return false;
        };
        if value >= 1 << 53 {
            return false;
        }
        let value = value as f64 / TENS[behind];
        let value = if negative { -value } else { value };
        item.put(if item.size == 4 {
            u64::from((value as f32).to_bits())
        } else {
            value.to_bits()
        });
        true
    }
}

/// A text of ASCII as far as the item takes it.
struct Ascii;

impl Quick for Ascii {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        if item.size <= 16 {
            let kept = source.length().min(item.size) as u32;
            let bytes = source.first_sixteen() & u128::MAX.checked_shr(128 - 8 * kept).unwrap_or(0);
            if bytes & (u128::from(HIGHS) << 64 | u128::from(HIGHS)) != 0 {
                return false;
            }
            item.put_text(bytes);
            return true;
        }
        let text = source.text();
        let kept = text.len().min(item.size);
        if !text[..kept].is_ascii() {
            return false;
        }
        item.bytes[..kept].copy_from_slice(&text[..kept]);
        item.bytes[kept..].fill(0);
        true
    }
}

/// The same, four bytes a character.
struct AsciiWide;

impl Quick for AsciiWide {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let text = source.text();
        let kept = text.len().min(item.size / 4);
        if !text[..kept].is_ascii() {
            return false;
        }
        let low = if item.swap { 3 } else { 0 };
        item.bytes.fill(0);
        for (place, &byte) in item.bytes.chunks_exact_mut(4).zip(text) {
            place[low] = byte;
        }
        true
    }
}
