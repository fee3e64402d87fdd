//! Integers: an optional sign and ASCII digits, nothing else; blanks around are ignored.

use super::space::trim;
use crate::{Kind, Reason};

/// The value's two's complement, if the text is an integer that `size` bytes of `kind` hold.
pub(crate) fn parse(text: &[u8], kind: Kind, size: usize) -> Result<u64, Reason> {
    let text = trim(text);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Reason::NotANumber);
    }
    let most = match (kind, negative) {
        // NumPy takes no minus sign here, not even that of "-0".
        (Kind::Uint, true) => return Err(Reason::OutOfRange),
        (Kind::Uint, false) => u64::MAX >> (64 - 8 * size),
        (_, negative) => (u64::MAX >> (65 - 8 * size)) + u64::from(negative),
    };
    let mut value = 0u64;
    for digit in digits {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u64::from(digit - b'0')))
            .filter(|&v| v <= most)
            .ok_or(Reason::OutOfRange)?;
    }
    Ok(if negative {
        value.wrapping_neg()
    } else {
        value
    })
}
