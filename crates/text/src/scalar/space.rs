//! White space as Python's `str.isspace` has it, which is NumPy's too.

/// ASCII white space: tab, LF, VT, FF, CR, the four separators 0x1C to 0x1F, and the blank.
#[inline]
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, 9..=13 | 28..=32)
}

/// Bytes of the white-space character beyond ASCII that `text` starts with, else 0.
#[inline]
pub(crate) fn space_at_start(text: &[u8]) -> usize {
    match text {
        // U+0085, U+00A0
        [0xC2, 0x85 | 0xA0, ..] => 2,
        // U+1680
        [0xE1, 0x9A, 0x80, ..] => 3,
        // U+2000 to U+200A, U+2028, U+2029, U+202F
        [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..] => 3,
        // U+205F
        [0xE2, 0x81, 0x9F, ..] => 3,
        // U+3000
        [0xE3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// Bytes of the white-space character, of any kind, that `text` ends with, else 0.
fn space_at_end(text: &[u8]) -> usize {
    match text {
        [.., last] if is_space(*last) => 1,
        [.., a, b] if space_at_start(&[*a, *b]) == 2 => 2,
        [.., a, b, c] if space_at_start(&[*a, *b, *c]) == 3 => 3,
        _ => 0,
    }
}

/// The text without white space, of any kind, at both ends.
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    loop {
        let skip = match text {
            [first, ..] if is_space(*first) => 1,
            _ => space_at_start(text),
        };
        if skip == 0 {
            break;
        }
        text = &text[skip..];
    }
    loop {
        let skip = space_at_end(text);
        if skip == 0 {
            return text;
        }
        text = &text[..text.len() - skip];
    }
}

/// Bytes of the white-space character of any kind that `text` starts with, else 0.
#[inline]
pub(crate) fn space_of(text: &[u8]) -> usize {
    match text {
        [] => 0,
        [first, ..] if is_space(*first) => 1,
        [first, ..] if first.is_ascii() => 0,
        _ => space_at_start(text),
    }
}

/// Whether white space beyond ASCII occurs anywhere.
pub(crate) fn has_unicode_space(text: &[u8]) -> bool {
    !text.is_ascii() && (0..text.len()).any(|i| space_at_start(&text[i..]) != 0)
}
