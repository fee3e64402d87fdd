//! Complex numbers: `1.5`, `2j`, `1+2j`, `(1-2j)`; the imaginary unit is `j`.

use super::float;
use super::line::spaces;
use crate::Reason;

/// Real and imaginary part. As NumPy reads them: blanks around everything and inside the parentheses, none between the parts.
pub(crate) fn parse(text: &[u8]) -> Result<(f64, f64), Reason> {
    whole(text).ok_or(Reason::NotANumber)
}

fn whole(text: &[u8]) -> Option<(f64, f64)> {
    let mut at = spaces(text, 0);
    let open = text.get(at) == Some(&b'(');
    if open {
        at = spaces(text, at + 1);
    }
    let (first, length) = float::prefix(&text[at..])?;
    at += length;
    let value = match text.get(at) {
        None => return (!open).then_some((first, 0.0)),
        Some(b'j') => {
            at += 1;
            (0.0, first)
        }
        Some(sign @ (b'+' | b'-')) => {
            // A sign of the number's own may follow the plus: "1+-2j".
            at += usize::from(*sign == b'+');
            let (second, length) = float::prefix(&text[at..])?;
            at += length;
            if text.get(at) != Some(&b'j') {
                return None;
            }
            at += 1;
            (first, second)
        }
        Some(_) => (first, 0.0),
    };
    if open {
        at = spaces(text, at);
        if text.get(at) != Some(&b')') {
            return None;
        }
        at += 1;
    }
    (spaces(text, at) == text.len()).then_some(value)
}
