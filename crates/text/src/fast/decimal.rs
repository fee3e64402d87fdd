//! Decimals, with or without an exponent.

use super::cell::{Item, Quick};
use super::nearest::nearest;
use super::source::Source;
use super::words::{TENS, eight, fill, find, first_digits, not_digits, zero_bytes};

/// Into four or eight bytes.
pub(crate) struct Decimal;

impl Quick for Decimal {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let (negative, from) = source.sign();
        let Some(number) = Number::read(source, from) else {
            return false;
        };
        let Some(value) = number.value() else {
            return false;
        };
        let value = if negative { -value } else { value };
        item.put(if item.size == 4 {
            u64::from((value as f32).to_bits())
        } else {
            value.to_bits()
        });
        true
    }
}

/// Digits that 64 bits hold whatever they are.
const SURE: usize = 19;

/// Bytes of a field of which all can be looked at.
const LONGEST: usize = 40;

/// `digits * 10^power`, or a little more.
struct Number {
    digits: u64,
    power: i32,
    /// There are digits behind these, not all of them zeros.
    more: bool,
}

impl Number {
    /// What a source holds behind its first `from` bytes.
    #[inline(always)]
    fn read(source: Source<'_>, from: usize) -> Option<Number> {
        if source.length() > LONGEST {
            return None;
        }
        let (end, exponent) = exponent(source, from)?;
        let mantissa = end.checked_sub(from).filter(|&length| length > 0)?;
        let dot = dot(source, from, mantissa);
        let whole = dot.min(mantissa);
        let behind = mantissa - whole - usize::from(dot < mantissa);
        if whole + behind > SURE || (dot == 16 && mantissa > 16) {
            return long(source, from, end, exponent);
        }
        let mut sum = Sum::default();
        sum.add_all(source, from, whole);
        if behind > 0 {
            sum.add_all(source, from + whole + 1, behind);
        }
        // A dot alone is no number.
        if sum.wrong != 0 || whole + behind == 0 {
            return None;
        }
        Some(Number {
            digits: sum.value,
            power: exponent - behind as i32,
            more: false,
        })
    }

    #[inline(always)]
    fn value(&self) -> Option<f64> {
        if self.digits < 1 << 53 && !self.more {
            // Both are exact in a double, so that one operation rounds once, and correctly.
            let size = self.power.unsigned_abs() as usize;
            if let Some(ten) = TENS.get(size) {
                let whole = self.digits as f64;
                return Some(if self.power < 0 {
                    whole / ten
                } else {
                    whole * ten
                });
            }
        }
        let bits = nearest(self.digits, self.power)?;
        if self.more && nearest(self.digits + 1, self.power) != Some(bits) {
            return None;
        }
        Some(f64::from_bits(bits))
    }
}

/// Digits read so far.
#[derive(Default)]
struct Sum {
    value: u64,
    /// Not zero if there was another character.
    wrong: u64,
}

impl Sum {
    /// Up to eight digits.
    #[inline(always)]
    fn add(&mut self, source: Source<'_>, from: usize, count: usize) {
        let digits = first_digits(source.word(from), count);
        self.wrong |= not_digits(digits);
        self.value = self
            .value
            .wrapping_mul(WHOLE_TENS[count])
            .wrapping_add(eight(digits));
    }

    #[inline(always)]
    fn add_all(&mut self, source: Source<'_>, mut from: usize, mut count: usize) {
        while count > 8 {
            self.add(source, from, 8);
            from += 8;
            count -= 8;
        }
        self.add(source, from, count);
    }
}

static WHOLE_TENS: [u64; 9] = [
    1,
    10,
    100,
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// Where the exponent of a source begins, and what it is; its end and 0 if there is none.
#[inline(always)]
fn exponent(source: Source<'_>, from: usize) -> Option<(usize, i32)> {
    let (length, last) = (source.length(), source.last_word());
    // Digits, dots and signs lack a bit that both letters have.
    if last & fill(0x40) == 0 {
        return Some((length, 0));
    }
    let marks = zero_bytes((last | fill(0x20)) ^ fill(b'e'));
    let behind = marks.leading_zeros() as usize / 8;
    if behind >= (length - from).min(8) {
        return None;
    }
    let sign = (last >> (8 * (8 - behind) % 64)) as u8;
    let figures = behind.checked_sub(usize::from(sign == b'-' || sign == b'+'))?;
    if figures == 0 {
        return None;
    }
    let digits = (last ^ fill(b'0')) & (u64::MAX << (64 - 8 * figures));
    if not_digits(digits) != 0 {
        return None;
    }
    let size = eight(digits) as i32;
    let mark = length - behind - 1;
    Some((mark, if sign == b'-' { -size } else { size }))
}

/// Where the first dot is, if it is among the first sixteen bytes behind the sign; else 16, or the place behind a short number.
#[inline(always)]
fn dot(source: Source<'_>, from: usize, length: usize) -> usize {
    let dot = find(source.word(from), b'.');
    if dot < 8 || length <= 8 {
        return dot;
    }
    8 + find(source.word(from + 8), b'.')
}

/// A number of more digits than [`SURE`], or with its dot far behind; byte by byte.
#[inline(never)]
fn long(source: Source<'_>, from: usize, end: usize, exponent: i32) -> Option<Number> {
    let mut number = Number {
        digits: 0,
        power: exponent,
        more: false,
    };
    let (mut significant, mut dotted) = (0, false);
    for &byte in &source.text()[from..end] {
        let digit = byte.wrapping_sub(b'0');
        if byte == b'.' && !dotted {
            dotted = true;
            continue;
        }
        if digit > 9 {
            return None;
        }
        if significant < SURE {
            number.digits = 10 * number.digits + u64::from(digit);
            significant += usize::from(number.digits > 0);
            number.power -= i32::from(dotted);
        } else {
            number.more |= digit > 0;
            number.power += i32::from(!dotted);
        }
    }
    Some(number)
}
