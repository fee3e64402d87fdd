//! Signs, widths and what fills them.

use super::format::Spec;

/// Appends a number: sign, prefix (`0x`), digits. A width counts all of them.
pub(super) fn number(out: &mut String, spec: &Spec, negative: bool, prefix: &str, digits: &str) {
    let sign = match (negative, spec.plus, spec.blank) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let fill = spec
        .width
        .saturating_sub(sign.len() + prefix.len() + digits.len());
    let zeros = spec.zeros && !spec.left;
    if !spec.left && !zeros {
        repeat(out, ' ', fill);
    }
    out.push_str(sign);
    out.push_str(prefix);
    if zeros {
        repeat(out, '0', fill);
    }
    out.push_str(digits);
    if spec.left {
        repeat(out, ' ', fill);
    }
}

/// Appends a text, whose width counts characters. Neither signs nor zeros have a meaning here.
pub(super) fn text(out: &mut String, spec: &Spec, text: &str) {
    let fill = if spec.width == 0 {
        0
    } else {
        spec.width.saturating_sub(text.chars().count())
    };
    if !spec.left {
        repeat(out, ' ', fill);
    }
    out.push_str(text);
    if spec.left {
        repeat(out, ' ', fill);
    }
}

pub(super) fn repeat(out: &mut String, character: char, count: usize) {
    out.extend(std::iter::repeat_n(character, count));
}
