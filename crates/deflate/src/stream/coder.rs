//! The codes of a block, ready for writing.

use super::{Bits, SHORTEST_MATCH, distance_symbol, length_of};
use crate::huffman::{DISTANCES, END, LITLENS, codes};

/// Each symbol's code, and its length 24 bits above.
pub(crate) struct Coder {
    pub litlens: [u32; LITLENS],
    distances: [u32; DISTANCES],
    /// Of each length, from the shortest on, the code with the bits behind it.
    lengths: [u32; 256],
}

/// What is below a code's length.
pub(crate) const CODE: u32 = (1 << 24) - 1;

impl Coder {
    pub(crate) fn new() -> Coder {
        Coder {
            litlens: [0; LITLENS],
            distances: [0; DISTANCES],
            lengths: [0; 256],
        }
    }

    pub(super) fn set(&mut self, litlens: &[u8; LITLENS], distances: &[u8; DISTANCES]) {
        set(litlens, &mut self.litlens);
        set(distances, &mut self.distances);
        let symbols = litlens[END + 1..].iter().zip(END + 1..);
        for (_, symbol) in symbols.filter(|&(&length, _)| length > 0) {
            let (first, bits) = length_of(symbol);
            let code = self.litlens[symbol];
            let to = &mut self.lengths[usize::from(first) - SHORTEST_MATCH..];
            for (behind, to) in (0..1 << bits).zip(to) {
                *to = (code | behind << (code >> 24)) + (bits << 24);
            }
        }
    }

    /// Writes the code of a symbol of literals, lengths and the end.
    #[inline(always)]
    pub(crate) fn put(&self, symbol: usize, out: &mut Bits<'_>) {
        let word = self.litlens[symbol];
        out.put(u64::from(word & CODE), word >> 24);
    }

    /// A match in bits, and how many.
    #[inline(always)]
    pub(crate) fn of_match(&self, length: u16, distance: u16) -> (u64, u32) {
        let code = self.lengths[usize::from(length.wrapping_sub(SHORTEST_MATCH as u16)) & 255];
        let (mut word, mut count) = (u64::from(code & CODE), code >> 24);
        let (symbol, behind) = distance_symbol(distance);
        let code = self.distances[symbol];
        word |= u64::from(code & CODE) << count;
        count += code >> 24;
        let low = u64::from(distance.wrapping_sub(1)) & ((1 << behind) - 1);
        (word | low << count, count + behind)
    }
}

fn set(lengths: &[u8], words: &mut [u32]) {
    let mut all = [0; LITLENS];
    codes(lengths, &mut all[..lengths.len()]);
    for ((word, &code), &length) in words.iter_mut().zip(&all).zip(lengths) {
        *word = u32::from(code) | u32::from(length) << 24;
    }
}
