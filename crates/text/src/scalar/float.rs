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

/// The number that a text begins with, and its length: digits, a dot and an exponent, `inf`, `infinity` or `nan`, with a sign
/// or without. No blanks.
pub(crate) fn prefix(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(text, [b'+' | b'-', ..]));
    let body = &text[sign..];
    let word = ["infinity", "inf", "nan"].into_iter().find(|word| {
        body.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    });
    let length = sign + word.map_or_else(|| decimal(body), str::len);
    let value = parse(&text[..length]).ok()?;
    Some((value, length))
}

/// Length of the longest decimal that a text begins with; 0: of none.
fn decimal(body: &[u8]) -> usize {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(body);
    let mut any = length;
    if body.get(length) == Some(&b'.') {
        let fraction = digits(&body[length + 1..]);
        any += fraction;
        length += 1 + fraction;
    }
    if any == 0 {
        return 0;
    }
    if let [b'e' | b'E', rest @ ..] = &body[length..] {
        let sign = usize::from(matches!(rest, [b'+' | b'-', ..]));
        let power = digits(&rest[sign..]);
        if power > 0 {
            length += 1 + sign + power;
        }
    }
    length
}

/// Python's `float(text)`: also digits of other scripts, and underscores between digits. NumPy reads `f2` that way.
pub(crate) fn python(text: &[u8]) -> Result<f64, Reason> {
    // White space to `str.isspace`, but not to `float`.
    if text.iter().any(|byte| matches!(byte, 28..=31)) {
        return Err(Reason::NotANumber);
    }
    let text = std::str::from_utf8(trim(text)).map_err(|_| Reason::NotUtf8)?;
    let mut plain = Vec::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '_' {
            let behind_digit = plain.last().is_some_and(u8::is_ascii_digit);
            let before_digit = characters.peek().is_some_and(|&next| digit(next).is_some());
            if behind_digit && before_digit {
                continue;
            }
            return Err(Reason::NotANumber);
        }
        match digit(character) {
            Some(digit) => plain.push(digit),
            None if character.is_ascii() => plain.push(character as u8),
            None => return Err(Reason::NotANumber),
        }
    }
    parse(&plain)
}

/// The zeros of all scripts with decimal digits (general category Nd of Unicode 14, Python 3.11's); nine more digits follow each.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The ASCII digit of the same value.
fn digit(character: char) -> Option<u8> {
    let point = u32::from(character);
    let zero = ZEROS[..ZEROS.partition_point(|&zero| zero <= point)].last()?;
    (point - zero < 10).then(|| b'0' + (point - zero) as u8)
}

/// The nearest value of two bytes, to even where two are as near; too large a number is infinite.
pub(crate) fn half(value: f64) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    if value.is_nan() {
        return sign | 0x7E00;
    }
    let magnitude = value.abs();
    // Half way between the largest value and the one that would follow it.
    if magnitude >= 65520.0 {
        return sign | 0x7C00;
    }
    // Values below 2^-14 lie 2^-24 apart, like the smallest of those above.
    let exponent = ((bits >> 52 & 0x7FF) as i32 - 1023).max(-14);
    let ulp = 2f64.powi(exponent - 10);
    // Exact: the division is by a power of two, and the result is far from the limits.
    let steps = (magnitude / ulp).round_ties_even() as u16;
    // A mantissa that was rounded up to the next power of two carries into the exponent by itself.
    sign | (((exponent + 14) as u16) << 10).wrapping_add(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_its_own_nearest_and_the_middle_goes_to_even() {
        let value = |bits: u16| {
            let (exponent, mantissa) = (i32::from(bits >> 10), f64::from(bits & 0x3FF));
            match exponent {
                0 => mantissa * 2f64.powi(-24),
                _ => (1024.0 + mantissa) * 2f64.powi(exponent - 25),
            }
        };
        for bits in 0..0x7BFF {
            assert_eq!(half(value(bits)), bits);
            let middle = f64::midpoint(value(bits), value(bits + 1));
            assert_eq!(half(middle), bits + (bits & 1), "{middle}");
            assert_eq!(half(-middle), (bits + (bits & 1)) | 0x8000);
            assert_eq!(half(middle.next_down()), bits);
            assert_eq!(half(middle.next_up()), bits + 1);
        }
        assert_eq!([half(65519.99), half(65520.0)], [0x7BFF, 0x7C00]);
        assert_eq!(half(f64::NEG_INFINITY), 0xFC00);
    }

    #[test]
    fn digits_of_all_scripts_and_underscores_between_digits() {
        assert_eq!(python("\u{661}\u{0660}.\u{ff15}".as_bytes()), Ok(10.5));
        assert_eq!(python(b" 1_000.2_5e1_0 "), Ok(1000.25e10));
        for wrong in [
            "_1",
            "1_",
            "1__0",
            "1_.0",
            "1._0",
            "1e_5",
            "\u{2160}",
            "",
            "_",
            "\x1c1",
            "\u{661}\x1f",
        ] {
            assert_eq!(python(wrong.as_bytes()), Err(Reason::NotANumber), "{wrong}");
        }
    }
}
