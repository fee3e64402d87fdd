//! Literals and matches to bits.

use crate::stream::{Bits, Coder, Sequence};

/// Writes the sequences, literals by the function given.
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
        let (before, behind) = rest.split_at(sequence.literals as usize);
        match rest.first_chunk() {
            Some(four) if before.len() <= 4 => few_literals(coder, four, before.len(), &mut bits),
            _ => literals(coder, before, &mut bits),
        }
        if sequence.length > 0 {
            let (length, distance) = (u32::from(sequence.length), u32::from(sequence.distance));
            coder.put_match(length, distance, &mut bits);
        }
        rest = &behind[usize::from(sequence.length)..];
    }
    *out = bits;
}

/// Writes the first `count` of four literals; without branches, for between matches their number cannot be foreseen.
#[inline(always)]
fn few_literals(coder: &Coder, four: &[u8; 4], count: usize, out: &mut Bits<'_>) {
    let (mut word, mut bits) = (0, 0);
    for (&byte, mask) in four.iter().zip(MASKS[count]) {
        let code = coder.litlens[usize::from(byte)] & mask;
        word |= u64::from(code & 0xffff) << bits;
        bits += code >> 16;
    }
    out.put(word, bits);
}

/// All ones for each of the first so many.
pub(crate) const MASKS: [[u32; 4]; 5] = [
    [0, 0, 0, 0],
    [!0, 0, 0, 0],
    [!0, !0, 0, 0],
    [!0, !0, !0, 0],
    [!0, !0, !0, !0],
];

/// Writes literals, four at a time.
#[inline(always)]
pub(crate) fn literals(coder: &Coder, bytes: &[u8], out: &mut Bits<'_>) {
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        let (mut word, mut count) = (0, 0);
        for &byte in four {
            let code = coder.litlens[usize::from(byte)];
            word |= u64::from(code & 0xffff) << count;
            count += code >> 16;
        }
        out.put(word, count);
    }
    for &byte in rest {
        coder.put(usize::from(byte), out);
    }
}
