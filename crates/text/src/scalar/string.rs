//! `S` and `U`: the field's text as it stands, cut to the item as NumPy does it, which is told.

use crate::Reason;

/// Latin1, one byte a character. What is cut off is not looked at. Whether something was.
pub(crate) fn latin1(text: &[u8], item: &mut [u8]) -> Result<bool, Reason> {
    item.fill(0);
    let mut rest = text;
    for place in item {
        let Some(point) = next_char(&mut rest)? else {
            break;
        };
        *place = u8::try_from(point).map_err(|_| Reason::NotLatin1)?;
    }
    Ok(characters(rest) > 0)
}

/// UTF-32. Whether something was cut off.
pub(crate) fn utf32(text: &[u8], swap: bool, item: &mut [u8]) -> Result<bool, Reason> {
    item.fill(0);
    let mut rest = text;
    for place in item.chunks_exact_mut(4) {
        let Some(point) = next_char(&mut rest)? else {
            break;
        };
        place.copy_from_slice(&if swap {
            point.to_be_bytes()
        } else {
            point.to_le_bytes()
        });
    }
    Ok(characters(rest) > 0)
}

/// Characters of a text: its bytes that continue none.
pub(crate) fn characters(text: &[u8]) -> usize {
    text.iter()
        .filter(|byte| !matches!(byte, 0x80..=0xBF))
        .count()
}

/// The next code point of UTF-8 text.
fn next_char(rest: &mut &[u8]) -> Result<Option<u32>, Reason> {
    let Some(&first) = rest.first() else {
        return Ok(None);
    };
    let length = match first {
        0x00..=0x7F => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Err(Reason::NotUtf8),
    };
    let bytes = rest.get(..length).ok_or(Reason::NotUtf8)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)?;
    *rest = &rest[length..];
    Ok(text.chars().next().map(u32::from))
}
