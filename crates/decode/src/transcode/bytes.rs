//! Encodings whose unit is the byte.

use super::Bad;

/// So many bytes are looked at in one go for being ASCII.
const BLOCK: usize = 64;

pub(super) fn utf8(input: &[u8], out: &mut Vec<u8>) -> Result<usize, Bad> {
    let error = match std::str::from_utf8(input) {
        Ok(_) => {
            out.extend_from_slice(input);
            return Ok(input.len());
        }
        Err(error) => error,
    };
    let at = error.valid_up_to();
    out.extend_from_slice(&input[..at]);
    error.error_len().map_or(Ok(at), |len| Err(Bad { at, len }))
}

pub(super) fn ascii(input: &[u8], out: &mut Vec<u8>) -> Result<usize, Bad> {
    if input.is_ascii() {
        out.extend_from_slice(input);
        return Ok(input.len());
    }
    let at = input
        .iter()
        .position(|byte| !byte.is_ascii())
        .unwrap_or(input.len());
    out.extend_from_slice(&input[..at]);
    Err(Bad { at, len: 1 })
}

pub(super) fn latin1(input: &[u8], out: &mut Vec<u8>) -> usize {
    out.reserve(2 * input.len());
    for block in input.chunks(BLOCK) {
        if block.is_ascii() {
            out.extend_from_slice(block);
            continue;
        }
        for byte in block {
            if byte.is_ascii() {
                out.push(*byte);
            } else {
                out.extend_from_slice(&[0xc0 | (byte >> 6), 0x80 | (byte & 0x3f)]);
            }
        }
    }
    input.len()
}
