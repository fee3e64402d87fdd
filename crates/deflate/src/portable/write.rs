//! Literals and matches to bits.

use crate::stream::{Bits, CODE, Coder, LONGEST_MATCH, Sequence};

/// Bits that can be put at once.
const MOST: u32 = 56;

/// Writes the sequences.
#[inline(always)]
pub(crate) fn write(coder: &Coder, bytes: &[u8], sequences: &[Sequence], out: &mut Bits<'_>) {
    write_with(coder, bytes, sequences, out, |coder, bytes, out| {
        literals(coder, bytes, out);
    });
}

/// Writes the sequences, literals that are more than a few by the function given.
#[inline(always)]
pub(crate) fn write_with(
    coder: &Coder,
    bytes: &[u8],
    sequences: &[Sequence],
    out: &mut Bits<'_>,
    literals: impl Fn(&Coder, &[u8], &mut Bits<'_>),
) {
    // Held here, the writer's fields stay in registers.
    let mut bits = out.take();
    let mut rest = bytes;
    for sequence in sequences {
        let count = sequence.literals as usize;
        let (mut word, mut length) = match rest.first_chunk() {
            Some(&two) if count <= 2 => few(coder, two, count),
            _ => {
                literals(coder, &rest[..count], &mut bits);
                (0, 0)
            }
        };
        let mut left = sequence.length;
        if left > LONGEST_MATCH as u16 {
            bits.put(word, length);
            (word, length) = (0, 0);
            longest(coder, sequence, &mut bits);
            left %= LONGEST_MATCH as u16;
        }
        if left > 0 {
            let (behind, more) = coder.of_match(left, sequence.distance);
            if length + more > MOST {
                bits.put(word, length);
                (word, length) = (0, 0);
            }
            word |= behind << length;
            length += more;
        }
        bits.put(word, length);
        rest = &rest[count + usize::from(sequence.length)..];
    }
    *out = bits;
}

/// Writes all but the last match of several, as many as fit at once.
fn longest(coder: &Coder, sequence: &Sequence, out: &mut Bits<'_>) {
    let (each, length) = coder.of_match(LONGEST_MATCH as u16, sequence.distance);
    let mut left = sequence.length / LONGEST_MATCH as u16;
    while left > 0 {
        let (mut word, mut count) = (0, 0);
        while left > 0 && count + length <= MOST {
            word |= each << count;
            count += length;
            left -= 1;
        }
        out.put(word, count);
    }
}

/// The first `count` of two literals in bits, and how many; without branches, for between matches their number cannot be foreseen.
#[inline(always)]
fn few(coder: &Coder, [first, second]: [u8; 2], count: usize) -> (u64, u32) {
    const MASKS: [[u32; 2]; 3] = [[0, 0], [!0, 0], [!0, !0]];
    let first = coder.litlens[usize::from(first)] & MASKS[count][0];
    let second = coder.litlens[usize::from(second)] & MASKS[count][1];
    let word = u64::from(first & CODE) | u64::from(second & CODE) << (first >> 24);
    (word, (first >> 24) + (second >> 24))
}

/// Writes literals, four at a time.
#[inline(always)]
pub(crate) fn literals(coder: &Coder, bytes: &[u8], out: &mut Bits<'_>) {
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        let (word, count) = together(coder, four);
        out.put(word, count);
    }
    let (word, count) = together(coder, rest);
    out.put(word, count);
}

/// Up to four literals in bits, and how many.
#[inline(always)]
fn together(coder: &Coder, literals: &[u8]) -> (u64, u32) {
    let (mut word, mut count) = (0, 0);
    for &byte in literals {
        let code = coder.litlens[usize::from(byte)];
        word |= u64::from(code & CODE) << count;
        count += code >> 24;
    }
    (word, count)
}
