//! Texts of ASCII, as far as their items take them.

use super::cell::{Item, Quick};
use super::columns::Source;
use super::words::HIGHS;

/// One byte a character.
pub(crate) struct Ascii;

impl Quick for Ascii {
    #[inline(always)]
    fn convert(source: Source<'_>, item: &mut Item<'_>) -> bool {
        if item.size <= 16 {
            let kept = source.length().min(item.size) as u32;
            let bytes = source.first_sixteen() & u128::MAX.checked_shr(128 - 8 * kept).unwrap_or(0);
            if bytes & (u128::from(HIGHS) << 64 | u128::from(HIGHS)) != 0 {
                return false;
            }
            item.put_text(bytes);
            return true;
        }
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
