//! Texts of ASCII, as far as their items take them.

use super::cell::{Item, Quick};
use super::source::Source;
use super::words::HIGHS;

/// One byte a character, up to sixteen.
pub(crate) struct ShortAscii;

impl Quick for ShortAscii {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let kept = source.length().min(item.size);
        let first = source.word(0) & FIRST[kept.min(8)];
        let second = source.word(8) & FIRST[kept.max(8) - 8];
        item.put_text(first, second);
        (first | second) & HIGHS == 0
    }
}

/// Ones in so many bytes from the lowest on.
static FIRST: [u64; 9] = {
    let mut first = [u64::MAX; 9];
    let mut count = 0;
    while count < 8 {
        first[count] = (1 << (8 * count)) - 1;
        count += 1;
    }
    first
};

/// One byte a character.
pub(crate) struct Ascii;

impl Quick for Ascii {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let text = source.text();
        let kept = text.len().min(item.size);
        if !text[..kept].is_ascii() {
            return false;
        }
        item.bytes[..kept].copy_from_slice(&text[..kept]);
        item.bytes[kept..].fill(0);
        true
    }
}

/// Four bytes a character.
pub(crate) struct AsciiWide;

impl Quick for AsciiWide {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        let text = source.text();
        let kept = text.len().min(item.size / 4);
        if !text[..kept].is_ascii() {
            return false;
        }
        let low = if item.swap { 3 } else { 0 };
        item.bytes.fill(0);
        for (place, &byte) in item.bytes.chunks_exact_mut(4).zip(text) {
            place[low] = byte;
        }
        true
    }
}
