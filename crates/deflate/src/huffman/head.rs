//! The head of a block with codes of its own: the lengths of its two codes, by runs, in a third code.

use super::{DISTANCES, LITLENS, codes, lengths};
use crate::stream::Bits;

/// Symbols of the code of the lengths, in the order that its own lengths are written in.
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const COPY: u8 = 16;
const ZEROS: u8 = 17;
const MANY_ZEROS: u8 = 18;

/// The head of a block, ready to be written.
pub(crate) struct Head {
    litlens: usize,
    distances: usize,
    /// Symbols of the code of lengths and the bits behind each.
    items: [(u8, u8); LITLENS + DISTANCES],
    used: usize,
    lengths: [u8; 19],
    /// How many of `lengths` are written.
    written: usize,
    bits: u32,
}

impl Head {
    /// The head for these lengths of all symbols.
    pub(crate) fn new(litlens: &[u8; LITLENS], distances: &[u8; DISTANCES]) -> Head {
        let mut head = Head {
            litlens: used(litlens, 257),
            distances: used(distances, 1),
            items: [(0, 0); LITLENS + DISTANCES],
            used: 0,
            lengths: [0; 19],
            written: 0,
            bits: 0,
        };
        let mut all = [0; LITLENS + DISTANCES];
        let count = head.litlens + head.distances;
        all[..head.litlens].copy_from_slice(&litlens[..head.litlens]);
        all[head.litlens..count].copy_from_slice(&distances[..head.distances]);
        let frequencies = head.take(&all[..count]);
        lengths(&frequencies, 7, &mut head.lengths);
        head.written = ORDER
            .iter()
            .rposition(|&symbol| head.lengths[symbol] > 0)
            .map_or(4, |last| (last + 1).max(4));
        head.bits = 14 + 3 * head.written as u32;
        for (symbol, (&length, frequency)) in head.lengths.iter().zip(frequencies).enumerate() {
            head.bits += frequency * (u32::from(length) + extra(symbol as u8));
        }
        head
    }

    /// How many bits it takes.
    pub(crate) fn bits(&self) -> u64 {
        u64::from(self.bits)
    }

    pub(crate) fn write(&self, out: &mut Bits<'_>) {
        out.put(self.litlens as u64 - 257, 5);
        out.put(self.distances as u64 - 1, 5);
        out.put(self.written as u64 - 4, 4);
        for &symbol in &ORDER[..self.written] {
            out.put(u64::from(self.lengths[symbol]), 3);
        }
        let mut code = [0; 19];
        codes(&self.lengths, &mut code);
        for &(symbol, behind) in &self.items[..self.used] {
            let length = u32::from(self.lengths[usize::from(symbol)]);
            let word = u64::from(code[usize::from(symbol)]) | u64::from(behind) << length;
            out.put(word, length + extra(symbol));
        }
    }

    /// Cuts the lengths into runs; how often each symbol is used.
    fn take(&mut self, all: &[u8]) -> [u32; 19] {
        let mut frequencies = [0; 19];
        let mut at = 0;
        while at < all.len() {
            let length = all[at];
            let run = all[at..].iter().take_while(|&&l| l == length).count();
            at += run;
            let mut left = run;
            if length == 0 {
                while left >= 11 {
                    let taken = left.min(138);
                    self.push(MANY_ZEROS, taken - 11, &mut frequencies);
                    left -= taken;
                }
                if left >= 3 {
                    self.push(ZEROS, left - 3, &mut frequencies);
                    left = 0;
                }
            } else {
                self.push(length, 0, &mut frequencies);
                left -= 1;
                while left >= 3 {
                    let taken = left.min(6);
                    self.push(COPY, taken - 3, &mut frequencies);
                    left -= taken;
                }
            }
            for _ in 0..left {
                self.push(length, 0, &mut frequencies);
            }
        }
        frequencies
    }

    fn push(&mut self, symbol: u8, behind: usize, frequencies: &mut [u32; 19]) {
        self.items[self.used] = (symbol, behind as u8);
        self.used += 1;
        frequencies[usize::from(symbol)] += 1;
    }
}

/// How many lengths are written: up to the last that is not 0, at least `least`.
fn used(lengths: &[u8], least: usize) -> usize {
    let last = lengths.iter().rposition(|&length| length > 0);
    last.map_or(least, |last| (last + 1).max(least))
}

/// How many bits stand behind a symbol.
fn extra(symbol: u8) -> u32 {
    match symbol {
        COPY => 2,
        ZEROS => 3,
        MANY_ZEROS => 7,
        _ => 0,
    }
}
