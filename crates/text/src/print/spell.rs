//! `%s`, `%r` and `%a`: what NumPy's scalars say of themselves.

use super::float::shortest;
use super::format::Spec;
use super::kind::{Float, Kind, Value, codes};
use super::refusal::Refusal;
use super::{pad, quote, time};

/// Appends a value by a spec of `s`, `r` or `a`; `scratch` is overwritten.
pub(super) fn spell(
    out: &mut String,
    spec: &Spec,
    kind: Kind,
    value: Value<'_>,
    scratch: &mut String,
) -> Result<(), Refusal> {
    scratch.clear();
    match (spec.letter, value) {
        // Only what is printed must be characters.
        ('s', Value::Text(bytes, swapped)) => {
            for code in codes(bytes, swapped).take(spec.precision.unwrap_or(usize::MAX)) {
                scratch.push(char::from_u32(code).ok_or_else(|| quote::no_character(code))?);
            }
        }
        ('s', _) => string(scratch, value),
        (letter, _) => repr(scratch, kind, value, letter == 'a')?,
    }
    let end = spec
        .precision
        .and_then(|most| scratch.char_indices().nth(most));
    let end = end.map_or(scratch.len(), |(at, _)| at);
    pad::text(out, spec, &scratch[..end]);
    Ok(())
}

/// Python's `str` of a scalar that is no text.
fn string(out: &mut String, value: Value<'_>) {
    match value {
        Value::Bool(value) => out.push_str(if value { "True" } else { "False" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Float(value) => shortest(out, value, ".0"),
        Value::Complex(re, im) => complex(out, re, im, ["(", ")"]),
        Value::Bytes(bytes) => quote::bytes(out, bytes),
        Value::Void(bytes) => quote::void(out, bytes),
        Value::Date(value, span) => time::date(out, value, span),
        Value::Duration(value, span) => time::duration(out, value, span),
        Value::Text(..) => {}
    }
}

/// NumPy's `repr`: the scalar's name and what is in it.
fn repr(out: &mut String, kind: Kind, value: Value<'_>, ascii: bool) -> Result<(), Refusal> {
    if let Value::Bool(value) = value {
        out.push_str(if value { "np.True_" } else { "np.False_" });
        return Ok(());
    }
    out.push_str("np.");
    out.push_str(&kind.name());
    out.push('(');
    match value {
        Value::Text(bytes, swapped) => quote::text(out, codes(bytes, swapped), ascii)?,
        Value::Complex(re, im) => complex(out, re, im, ["", ""]),
        Value::Date(value, span) => time::date_repr(out, value, span),
        Value::Duration(value, span) => time::duration_repr(out, value, span),
        value => string(out, value),
    }
    out.push(')');
    Ok(())
}

/// A complex number, between brackets unless it is imaginary alone.
fn complex(out: &mut String, re: Float, im: Float, [open, close]: [&str; 2]) {
    if re.value == 0.0 && re.value.is_sign_positive() {
        shortest(out, im, "");
        out.push('j');
        return;
    }
    out.push_str(open);
    shortest(out, re, "");
    if im.value.is_nan() || im.value.is_sign_positive() {
        out.push('+');
    }
    shortest(out, im, "");
    out.push('j');
    out.push_str(close);
}
