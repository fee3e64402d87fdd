//! Integers: `%d`, `%o`, `%x` and `%c`.

use std::fmt::Write;

use super::format::Spec;
use super::pad::{number, repeat, text};
use super::refusal::Refusal;

/// Appends an integer by a spec of `d`, `o` or `x`; `scratch` is overwritten.
pub(super) fn integer(out: &mut String, spec: &Spec, value: i128, scratch: &mut String) {
    scratch.clear();
    let magnitude = value.unsigned_abs();
    let (prefix, written) = match spec.letter {
        'o' => ("0o", write!(scratch, "{magnitude:o}")),
        'x' => ("0x", write!(scratch, "{magnitude:x}")),
        'X' => ("0X", write!(scratch, "{magnitude:X}")),
        // Twice as fast as with 128 bits.
        _ => match u64::try_from(magnitude) {
            Ok(small) => ("", write!(scratch, "{small}")),
            Err(_) => ("", write!(scratch, "{magnitude}")),
        },
    };
    written.expect("a String takes all text");
    let prefix = if spec.alternate { prefix } else { "" };
    digits(out, spec, value < 0, prefix, scratch);
}

/// Appends a float by a spec of `d`: all digits before its point.
pub(super) fn truncated(
    out: &mut String,
    spec: &Spec,
    value: f64,
    scratch: &mut String,
) -> Result<(), Refusal> {
    if !value.is_finite() {
        return Err(Refusal::value(format!(
            "{} is no integer, which %{} prints; %s, %e, %f and %g print it",
            if value.is_nan() { "nan" } else { "inf" },
            spec.letter
        )));
    }
    let whole = value.trunc();
    if whole.abs() < 2f64.powi(63) {
        integer(out, spec, whole as i128, scratch);
        return Ok(());
    }
    scratch.clear();
    write!(scratch, "{:.0}", whole.abs()).expect("a String takes all text");
    digits(out, spec, whole < 0.0, "", scratch);
    Ok(())
}

/// A precision is a least number of digits.
fn digits(out: &mut String, spec: &Spec, negative: bool, prefix: &str, digits: &mut String) {
    let missing = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    if missing > 0 {
        let mut longer = String::with_capacity(missing + digits.len());
        repeat(&mut longer, '0', missing);
        longer.push_str(digits);
        *digits = longer;
    }
    number(out, spec, negative, prefix, digits);
}

/// Appends the character of a code.
pub(super) fn character(out: &mut String, spec: &Spec, code: i128) -> Result<(), Refusal> {
    let found = u32::try_from(code).ok().and_then(char::from_u32);
    let found =
        found.ok_or_else(|| Refusal::value(format!("{code} is no character, which %c prints")))?;
    text(out, spec, found.encode_utf8(&mut [0; 4]));
    Ok(())
}
