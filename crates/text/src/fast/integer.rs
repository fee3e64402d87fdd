//! Integers of up to twenty digits.

use super::cell::{Item, Quick};
use super::source::Source;
use super::words::{eight, first_digits, not_digits};

/// Signed or not.
pub(crate) struct Integer<const SIGNED: bool>;

impl<const SIGNED: bool> Quick for Integer<SIGNED> {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let (negative, from) = source.sign();
        if negative && !SIGNED {
            return false;
        }
        let Some(value) = value(source, from) else {
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

/// Whether an integer of eight bytes is not 0.
pub(crate) struct Truth;

impl Quick for Truth {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let (_, from) = source.sign();
        match value(source, from) {
            Some(value) if value <= i64::MAX as u64 => item.bytes[0] = u8::from(value != 0),
            _ => return false,
        }
        true
    }
}

/// The digits of a source behind its first `from` bytes.
#[inline(always)]
fn value(source: Source<'_>, from: usize) -> Option<u64> {
    let length = source.length() - from;
    match length {
        1..=8 => {
            let digits = first_digits(source.word(from), length);
            (not_digits(digits) == 0).then(|| eight(digits))
        }
        9..=16 => {
            let (wrong, value) = sixteen(source, from, length - 8);
            (wrong == 0).then_some(value)
        }
        17..=20 => {
            let head = first_digits(source.word(from), length - 16);
            let (wrong, tail) = sixteen(source, from + length - 16, 8);
            let value = eight(head)
                .checked_mul(10_000_000_000_000_000)?
                .checked_add(tail)?;
            (not_digits(head) | wrong == 0).then_some(value)
        }
        _ => None,
    }
}

/// So many digits and eight more; the first of the two is not zero if there is another character.
#[inline(always)]
fn sixteen(source: Source<'_>, from: usize, first: usize) -> (u64, u64) {
    let head = first_digits(source.word(from), first);
    let tail = first_digits(source.word(from + first), 8);
    (
        not_digits(head) | not_digits(tail),
        eight(head) * 100_000_000 + eight(tail),
    )
}
