//! Floats: `%e`, `%f` and `%g`, and the shortest text that leads back to a number.

use std::fmt::Write;

use super::decimal;
use super::format::Spec;
use super::kind::{Float, half};
use super::pad::{number, repeat};

/// No double has more digits than this, before or after its point; what is asked for beyond are zeros.
const DIGITS: usize = 1100;

/// Appends a float by a spec of `e`, `f` or `g`; `scratch` is overwritten.
pub(super) fn float(out: &mut String, spec: &Spec, value: f64, scratch: &mut String) {
    scratch.clear();
    let precision = spec.precision.unwrap_or(6);
    let magnitude = value.abs();
    if !value.is_finite() {
        scratch.push_str(if value.is_nan() { "nan" } else { "inf" });
    } else {
        match spec.letter {
            'e' | 'E' => scientific(scratch, magnitude, precision, spec.alternate),
            'f' | 'F' => fixed(scratch, magnitude, precision, spec.alternate),
            _ => general(scratch, magnitude, precision.max(1), spec.alternate),
        }
    }
    if spec.letter.is_ascii_uppercase() {
        scratch.make_ascii_uppercase();
    }
    let negative = value.is_sign_negative() && !value.is_nan();
    number(out, spec, negative, "", scratch);
}

fn write(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a String takes all text");
}

/// As C writes exponents: a sign, and two digits or more.
fn exponent(out: &mut String, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    write(out, format_args!("e{sign}{:02}", exponent.unsigned_abs()));
}

/// Cuts the exponent off that Rust writes behind an `e`.
fn take_exponent(text: &mut String) -> i32 {
    let at = text.rfind('e').unwrap_or(text.len());
    let found = text.get(at + 1..).and_then(|digits| digits.parse().ok());
    text.truncate(at);
    found.unwrap_or(0)
}

/// Appends so many digits.
fn append(out: &mut String, mut digits: u64, count: usize) {
    let mut text = [b'0'; decimal::MOST];
    for place in text[..count].iter_mut().rev() {
        *place = b'0' + (digits % 10) as u8;
        digits /= 10;
    }
    out.extend(text[..count].iter().map(|&byte| char::from(byte)));
}

/// Writes the first digit, a point and so many digits more; gives the power of ten that the first one counts.
fn mantissa(out: &mut String, value: f64, precision: usize) -> i32 {
    if let Some((digits, tens)) = decimal::digits(value, precision + 1) {
        append(out, digits, precision + 1);
        if precision > 0 {
            out.insert(1, '.');
        }
        return tens;
    }
    let exact = precision.min(DIGITS);
    write(out, format_args!("{value:.exact$e}"));
    let tens = take_exponent(out);
    repeat(out, '0', precision - exact);
    tens
}

fn scientific(out: &mut String, value: f64, precision: usize, alternate: bool) {
    let tens = mantissa(out, value, precision);
    if alternate && precision == 0 {
        out.push('.');
    }
    exponent(out, tens);
}

fn fixed(out: &mut String, value: f64, precision: usize, alternate: bool) {
    if let Some((digits, count, tens)) = fixed_digits(value, precision) {
        let mut text = String::with_capacity(decimal::MOST);
        append(&mut text, digits, count);
        return lay(out, &text, tens, false, alternate);
    }
    let exact = precision.min(DIGITS);
    write(out, format_args!("{value:.exact$}"));
    repeat(out, '0', precision - exact);
    if alternate && precision == 0 {
        out.push('.');
    }
}

/// The digits up to so many behind the point, how many they are, and the power of ten that the first counts.
fn fixed_digits(value: f64, precision: usize) -> Option<(u64, usize, i32)> {
    let (_, tens) = decimal::digits(value, 17)?;
    let count = usize::try_from(i64::from(tens) + 1 + precision as i64).ok()?;
    let (digits, found) = decimal::digits(value, count)?;
    // Rounding has made it a power of ten otherwise, with another number of digits.
    (found == tens).then_some((digits, count, tens))
}

/// As `e` where the exponent is below -4 or not below the precision, which counts all digits; else as `f`.
fn general(out: &mut String, value: f64, precision: usize, alternate: bool) {
    let tens = mantissa(out, value, precision - 1);
    out.retain(|c| c != '.');
    let mut digits = std::mem::take(out);
    let is_scientific = tens < -4 || tens as i64 >= precision as i64;
    if !alternate {
        let kept = digits.trim_end_matches('0').len();
        // Zeros before the point are no fraction.
        let whole = if is_scientific { 1 } else { (tens + 1).max(1) };
        digits.truncate(kept.max(whole as usize));
    }
    lay(out, &digits, tens, is_scientific, alternate);
}

/// Puts the point between digits, the first of which counts `10 ** tens`; with `dot` also where nothing follows it.
fn lay(out: &mut String, digits: &str, tens: i32, scientific: bool, dot: bool) {
    let whole = if scientific { 1 } else { tens + 1 };
    if whole <= 0 {
        out.push_str("0.");
        repeat(out, '0', (-whole) as usize);
        out.push_str(digits);
    } else {
        let (before, after) = digits.split_at(digits.len().min(whole as usize));
        out.push_str(before);
        repeat(out, '0', whole as usize - before.len());
        if dot || !after.is_empty() {
            out.push('.');
        }
        out.push_str(after);
    }
    if scientific {
        exponent(out, tens);
    }
}

/// From where on NumPy writes an exponent.
fn most(size: usize) -> f64 {
    match size {
        2 => 1e3,
        4 => 1e6,
        _ => 1e16,
    }
}

/// Appends what NumPy's `str` of a float is: the shortest digits that lead back to it. `whole` is what follows digits without a fraction.
pub(super) fn shortest(out: &mut String, float: Float, whole: &str) {
    let Float { value, size } = float;
    if !value.is_finite() {
        out.push_str(match (value.is_nan(), value > 0.0) {
            (true, _) => "nan",
            (_, true) => "inf",
            _ => "-inf",
        });
        return;
    }
    if value.is_sign_negative() {
        out.push('-');
    }
    let magnitude = value.abs();
    let mut digits = shortest_digits(magnitude, size);
    let tens = take_exponent(&mut digits);
    digits.retain(|c| c != '.');
    let is_scientific = magnitude != 0.0 && !(1e-4..most(size)).contains(&magnitude);
    lay(out, &digits, tens, is_scientific, false);
    if !is_scientific && digits.len() as i32 <= tens + 1 {
        out.push_str(whole);
    }
}

/// The fewest digits that lead back to a positive number; of as few, the nearest to it, and of two as near, the even one.
fn shortest_digits(magnitude: f64, size: usize) -> String {
    if size == 2 {
        return half_digits(magnitude);
    }
    let found = match size {
        4 => format!("{:e}", magnitude as f32),
        _ => format!("{magnitude:e}"),
    };
    // Of two as near Rust takes the greater one. The exact digits are rounded to even.
    let mut digits = found.clone();
    let tens = take_exponent(&mut digits);
    digits.retain(|c| c != '.');
    let last = digits.bytes().last().unwrap_or(b'0');
    let rounded = decimal::digits(magnitude, digits.len());
    if last % 2 == 0 || rounded.is_some() && rounded == digits.parse().ok().map(|all| (all, tens)) {
        return found;
    }
    let behind = digits.len().saturating_sub(1);
    let even = format!("{magnitude:.behind$e}");
    let leads_back = match size {
        4 => even.parse() == Ok(magnitude as f32),
        _ => even.parse() == Ok(magnitude),
    };
    if leads_back { even } else { found }
}

fn half_digits(magnitude: f64) -> String {
    for digits in 0..5 {
        let nearest = format!("{magnitude:.digits$e}");
        if to_half(&nearest) == Some(magnitude) {
            return nearest;
        }
        // At powers of two more numbers lead back from above than from below: the next ones may where the nearest does not.
        let mut text = nearest.clone();
        let tens = take_exponent(&mut text) - digits as i32;
        text.retain(|c| c != '.');
        let whole: i32 = text.parse().unwrap_or(0);
        for next in [whole - 1, whole + 1].map(|next| format!("{next}e{tens}")) {
            if to_half(&next) == Some(magnitude) {
                return next
                    .parse()
                    .map_or(nearest, |next: f64| format!("{next:e}"));
            }
        }
    }
    format!("{magnitude:e}")
}

/// The float of two bytes that lies next to a positive number; of two, the one with an even last bit.
fn to_half(text: &str) -> Option<f64> {
    let wanted: f64 = text.parse().ok()?;
    let (mut low, mut high) = (0u16, 0x7c00);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if half(middle) <= wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    let below = half(low);
    let above = if high == 0x7c00 { 65536.0 } else { half(high) };
    let nearer_above = match (wanted - below).partial_cmp(&(above - wanted))? {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => low % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    Some(if nearer_above { above } else { below })
}
