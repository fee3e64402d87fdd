//! Floating point: Python's `float` without underscores, correctly rounded; blanks around are ignored.

use super::space::trim;
use crate::Reason;

/// The nearest double; too large a number is infinite. `nan` keeps its sign, as NumPy's does.
pub(crate) fn parse(text: &[u8]) -> Result<f64, Reason> {
    let text = trim(text);
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let value = if is_decimal(body) && body.len() > LONG {
        long(body)
    } else if is_decimal(body) {
        fast_float2::parse::<f64, _>(body).map_err(|_| Reason::NotANumber)?
    } else if body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity") {
        f64::INFINITY
    } else if body.eq_ignore_ascii_case(b"nan") {
        f64::from_bits(QUIET_NAN)
    } else {
        return Err(Reason::NotANumber);
    };
    Ok(if negative { -value } else { value })
}

/// Above this length digits could shift the point by as much as the largest exponent that `fast_float2` looks at.
const LONG: usize = 60_000;
/// More digits than a double's rounding can depend on, but for whether any of those behind is not zero.
const ENOUGH: usize = 800;

/// A decimal of very many digits, by way of a short one that rounds to the same double.
#[cold]
fn long(body: &[u8]) -> f64 {
    let end = body
        .iter()
        .position(|b| matches!(b, b'e' | b'E'))
        .unwrap_or(body.len());
    let (mantissa, power) = body.split_at(end);
    let mut short = b".".to_vec();
    let mut scale = 0i64;
    let (mut dotted, mut more) = (false, false);
    for &byte in mantissa {
        let leading = short.len() == 1 && byte == b'0';
        match byte {
            b'.' => dotted = true,
            _ if leading => scale -= i64::from(dotted),
            _ => {
                scale += i64::from(!dotted);
                if short.len() <= ENOUGH {
                    short.push(byte)
                } else {
                    more |= byte != b'0'
                }
            }
        }
    }
    if short.len() == 1 {
        return 0.0;
    }
    if more {
        short.push(b'1');
    }
    let size = power
        .iter()
        .filter(|b| b.is_ascii_digit())
        .fold(0i64, |size, b| {
            size.saturating_mul(10).saturating_add(i64::from(b - b'0'))
        });
    let power = if power.get(1) == Some(&b'-') {
        -size
    } else {
        size
    };
    // A double's powers of ten end within three digits.
    let power = power.saturating_add(scale).clamp(-9999, 9999);
    short.extend_from_slice(format!("e{power}").as_bytes());
    fast_float2::parse(&short).unwrap_or(f64::NAN)
}

/// The quiet NaN whose cast to four bytes is the quiet NaN of four bytes.
const QUIET_NAN: u64 = 0x7FF8_0000_0000_0000;

/// The double as four bytes hold it. A NaN is built by hand: Rust does not promise the sign of a cast one.
pub(crate) fn narrow(value: f64) -> u32 {
    if value.is_nan() {
        0x7FC0_0000 | (u32::from(value.is_sign_negative()) << 31)
    } else {
        (value as f32).to_bits()
    }
}

/// Digits with at most one dot among or beside them, and an exponent if any.
fn is_decimal(body: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(body);
    let mut rest = &body[whole..];
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}
