//! Python's `repr` of bytes and texts.

use std::fmt::Write;

use super::refusal::Refusal;

/// Double quotes only where they spare an escape.
fn quote(codes: impl Iterator<Item = u32> + Clone) -> char {
    let has = |quote: char| codes.clone().any(|code| code == u32::from(quote));
    if has('\'') && !has('"') { '"' } else { '\'' }
}

fn escaped(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a String takes all text");
}

/// What bytes and texts have in common; false for a code that is left to the caller.
fn plain(out: &mut String, code: u32, quote: char) -> bool {
    match code {
        0x09 => out.push_str("\\t"),
        0x0a => out.push_str("\\n"),
        0x0d => out.push_str("\\r"),
        0x00..0x20 | 0x7f => escaped(out, format_args!("\\x{code:02x}")),
        0x20..0x7f => {
            let character = code as u8 as char;
            if character == '\\' || character == quote {
                out.push('\\');
            }
            out.push(character);
        }
        _ => return false,
    }
    true
}

/// Appends `b'...'`.
pub(super) fn bytes(out: &mut String, bytes: &[u8]) {
    let quote = quote(bytes.iter().map(|&byte| u32::from(byte)));
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        if !plain(out, u32::from(byte), quote) {
            escaped(out, format_args!("\\x{byte:02x}"));
        }
    }
    out.push(quote);
}

/// Appends `b'\x..'` with every byte escaped, as NumPy shows bytes without a meaning.
pub(super) fn void(out: &mut String, bytes: &[u8]) {
    out.push_str("b'");
    for byte in bytes {
        escaped(out, format_args!("\\x{byte:02X}"));
    }
    out.push('\'');
}

/// Appends `'...'`; in `ascii`, what is not ASCII escaped.
pub(super) fn text(
    out: &mut String,
    codes: impl Iterator<Item = u32> + Clone,
    ascii: bool,
) -> Result<(), Refusal> {
    let quote = quote(codes.clone());
    out.push(quote);
    for code in codes {
        if plain(out, code, quote) {
            continue;
        }
        let surrogate = (0xd800..0xe000).contains(&code);
        match char::from_u32(code) {
            _ if code > 0x0010_ffff => return Err(no_character(code)),
            Some(character) if !ascii && matches!(code, 0xa1..=0xac | 0xae..=0xff) => {
                out.push(character);
            }
            // Which of those Python shows depends on its version's tables of Unicode.
            Some(character) if !ascii && code >= 0x100 => {
                return Err(Refusal::unsupported(format!(
                    "{character:?} in %r; %s prints the text itself, %a with such characters escaped"
                )));
            }
            _ if code < 0x100 => escaped(out, format_args!("\\x{code:02x}")),
            _ if surrogate || code < 0x1_0000 => escaped(out, format_args!("\\u{code:04x}")),
            _ => escaped(out, format_args!("\\U{code:08x}")),
        }
    }
    out.push(quote);
    Ok(())
}

/// For codes that no encoding can write.
pub(super) fn no_character(code: u32) -> Refusal {
    Refusal::value(format!(
        "the text has the code {code:#x}, which is no character of Unicode"
    ))
}
