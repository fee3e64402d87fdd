//! Encodings whose units are of two or four bytes.

use super::Bad;

/// The order of a unit's bytes.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Little,
    Big,
}

pub(super) fn utf16(input: &[u8], order: Order, out: &mut Vec<u8>) -> Result<usize, Bad> {
    let unit = |at: usize| {
        let bytes = [*input.get(at)?, *input.get(at + 1)?];
        Some(match order {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        })
    };
    out.reserve(input.len() + input.len() / 2);
    let mut at = 0;
    while let Some(first) = unit(at) {
        let (code, len) = match first {
            0xd800..0xdc00 => match unit(at + 2) {
                None => break,
                Some(second @ 0xdc00..0xe000) => {
                    let high = u32::from(first & 0x3ff) << 10;
                    (0x1_0000 + (high | u32::from(second & 0x3ff)), 4)
                }
                Some(_) => return Err(Bad { at, len: 2 }),
            },
            _ => (u32::from(first), 2),
        };
        append(code, out).ok_or(Bad { at, len })?;
        at += len;
    }
    Ok(at)
}

pub(super) fn utf32(input: &[u8], order: Order, out: &mut Vec<u8>) -> Result<usize, Bad> {
    out.reserve(input.len());
    let (units, _) = input.as_chunks::<4>();
    for (index, unit) in units.iter().enumerate() {
        let code = match order {
            Order::Little => u32::from_le_bytes(*unit),
            Order::Big => u32::from_be_bytes(*unit),
        };
        append(code, out).ok_or(Bad {
            at: 4 * index,
            len: 4,
        })?;
    }
    Ok(4 * units.len())
}

/// Appends a character; none when there is no such character.
fn append(code: u32, out: &mut Vec<u8>) -> Option<()> {
    if code < 0x80 {
        out.push(code as u8);
        return Some(());
    }
    let character = char::from_u32(code)?;
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Some(())
}
