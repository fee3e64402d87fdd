//! A block with codes of its own: the literals and matches of some of the chunk's bytes.

use super::{Bits, Sequence, distance_symbol, first_length, length_symbol};
use crate::huffman::{DISTANCES, END, Head, LITLENS, LONGEST, codes, lengths};
use crate::machine::Machine;
use crate::plane::{BIT, MOST_SYMBOLS, entropy};
use crate::portable::MASKS;

/// What a block costs besides its symbols and their lengths in its head, about.
const AROUND: u64 = 60 * BIT as u64;
/// Some of the chunk's bytes as literals and matches, and how often each symbol occurs.
pub(crate) struct Block {
    pub start: usize,
    pub end: usize,
    /// The last one has no match.
    sequences: Vec<Sequence>,
    litlens: [u32; LITLENS],
    distances: [u32; DISTANCES],
    /// Bits behind symbols.
    extra: u64,
    symbols: u32,
    /// What it costs, about, in parts of a bit.
    pub cost: u64,
}

impl Block {
    pub(crate) fn new() -> Block {
        Block {
            start: 0,
            end: 0,
            sequences: Vec::new(),
            litlens: [0; LITLENS],
            distances: [0; DISTANCES],
            extra: 0,
            symbols: 0,
            cost: 0,
        }
    }

    /// Makes it one of nothing.
    pub(crate) fn clear(&mut self, at: usize) {
        (self.start, self.end) = (at, at);
        self.sequences.clear();
    }

    /// Makes it one of literals alone, with these frequencies.
    pub(crate) fn set_literals(&mut self, start: usize, end: usize, frequencies: &[u32; 256]) {
        self.begin(start, end);
        self.sequences.clear();
        self.sequences
            .push(Sequence::new((end - start) as u32, 0, 0));
        self.litlens[..256].copy_from_slice(frequencies);
        self.symbols = (end - start) as u32;
        self.appraise();
    }

    /// Makes it one of these sequences, of bytes with these frequencies; takes the list, and leaves one to be used again.
    pub(crate) fn set_sequences(
        &mut self,
        bytes: &[u8],
        start: usize,
        end: usize,
        frequencies: &[u32; 256],
        sequences: &mut Vec<Sequence>,
    ) {
        self.begin(start, end);
        std::mem::swap(&mut self.sequences, sequences);
        let literals: u32 = self
            .sequences
            .iter()
            .map(|sequence| sequence.literals)
            .sum();
        // What is less is counted: the literals, or the bytes that are none.
        let count_literals = literals as usize <= (end - start) / 2;
        if !count_literals {
            self.litlens[..256].copy_from_slice(frequencies);
        }
        let mut at = start;
        for sequence in &self.sequences {
            let behind = at + sequence.literals as usize;
            if count_literals {
                match bytes[at..].first_chunk::<4>() {
                    Some(four) if behind - at <= 4 => {
                        for (&byte, mask) in four.iter().zip(MASKS[behind - at]) {
                            self.litlens[usize::from(byte)] += mask & 1;
                        }
                    }
                    _ => {
                        for &byte in &bytes[at..behind] {
                            self.litlens[usize::from(byte)] += 1;
                        }
                    }
                }
            }
            at = behind + usize::from(sequence.length);
            if sequence.length > 0 {
                self.symbols += 1;
                if !count_literals {
                    for &byte in &bytes[behind..at] {
                        self.litlens[usize::from(byte)] -= 1;
                    }
                }
                let (symbol, behind) = length_symbol(u32::from(sequence.length));
                self.litlens[symbol] += 1;
                self.extra += u64::from(behind);
                let (symbol, behind) = distance_symbol(u32::from(sequence.distance));
                self.distances[symbol] += 1;
                self.extra += u64::from(behind);
            }
        }
        debug_assert_eq!(at, end);
        self.symbols += literals;
        self.appraise();
    }

    fn begin(&mut self, start: usize, end: usize) {
        (self.start, self.end) = (start, end);
        self.litlens = [0; LITLENS];
        self.litlens[END] = 1;
        self.distances = [0; DISTANCES];
        (self.extra, self.symbols) = (0, 0);
    }

    fn appraise(&mut self) {
        self.cost = entropy(&self.litlens)
            + entropy(&self.distances)
            + self.extra * u64::from(BIT)
            + AROUND;
    }

    /// Takes `next`, which stands behind it, into this block if they cost less together.
    pub(crate) fn join(&mut self, next: &Block) -> bool {
        if self.end != next.start
            || self.start == self.end
            || self.symbols + next.symbols > MOST_SYMBOLS
        {
            return false;
        }
        let mut litlens = self.litlens;
        litlens
            .iter_mut()
            .zip(&next.litlens)
            .for_each(|(a, b)| *a += b);
        litlens[END] = 1;
        let mut distances = self.distances;
        distances
            .iter_mut()
            .zip(&next.distances)
            .for_each(|(a, b)| *a += b);
        let extra = self.extra + next.extra;
        let cost = entropy(&litlens) + entropy(&distances) + extra * u64::from(BIT) + AROUND;
        if cost >= self.cost + next.cost {
            return false;
        }
        (self.litlens, self.distances, self.extra, self.cost) = (litlens, distances, extra, cost);
        self.symbols += next.symbols;
        self.end = next.end;
        // Literals at the end and at the start are one run.
        let open = self.sequences.pop().expect("a last sequence");
        let first = self.sequences.len();
        self.sequences.extend_from_slice(&next.sequences);
        self.sequences[first].literals += open.literals;
        true
    }

    /// The codes that are best for it, and what it takes with them.
    pub(crate) fn code(&self, coder: &mut Coder) -> (Head, u64) {
        let (mut litlens, mut distances) = ([0; LITLENS], [0; DISTANCES]);
        lengths(&self.litlens, LONGEST, &mut litlens);
        if self.distances.iter().any(|&frequency| frequency > 0) {
            lengths(&self.distances, 15, &mut distances);
        }
        let head = Head::new(&litlens, &distances);
        let sum = |frequencies: &[u32], lengths: &[u8]| -> u64 {
            frequencies
                .iter()
                .zip(lengths)
                .map(|(&f, &l)| u64::from(f) * u64::from(l))
                .sum()
        };
        let symbols = sum(&self.litlens, &litlens) + sum(&self.distances, &distances);
        coder.set(&litlens, &distances);
        let bits = 3 + head.bits() + symbols + self.extra;
        (head, bits)
    }

    /// Writes the block with those codes.
    pub(crate) fn write(
        &self,
        machine: &Machine,
        bytes: &[u8],
        head: &Head,
        coder: &Coder,
        last: bool,
        out: &mut Bits<'_>,
    ) {
        out.put(4 + u64::from(last), 3);
        head.write(out);
        (machine.write)(coder, &bytes[self.start..self.end], &self.sequences, out);
        coder.put(END, out);
    }
}

/// The codes of a block, ready for writing: the code of each symbol, and its length 16 bits above.
pub(crate) struct Coder {
    pub litlens: [u32; LITLENS],
    distances: [u32; DISTANCES],
}

impl Coder {
    pub(crate) fn new() -> Coder {
        Coder {
            litlens: [0; LITLENS],
            distances: [0; DISTANCES],
        }
    }

    fn set(&mut self, litlens: &[u8; LITLENS], distances: &[u8; DISTANCES]) {
        set(litlens, &mut self.litlens);
        set(distances, &mut self.distances);
    }

    /// Writes the code of a symbol of literals, lengths and the end.
    #[inline(always)]
    pub(crate) fn put(&self, symbol: usize, out: &mut Bits<'_>) {
        let word = self.litlens[symbol];
        out.put(u64::from(word & 0xffff), word >> 16);
    }

    /// Writes a match.
    #[inline(always)]
    pub(crate) fn put_match(&self, length: u32, distance: u32, out: &mut Bits<'_>) {
        let (symbol, behind) = length_symbol(length);
        let code = self.litlens[symbol];
        let mut word = u64::from(code & 0xffff);
        let mut count = code >> 16;
        word |= u64::from(length - first_length(symbol)) << count;
        count += behind;
        let (symbol, behind) = distance_symbol(distance);
        let code = self.distances[symbol];
        word |= u64::from(code & 0xffff) << count;
        count += code >> 16;
        word |= (u64::from(distance - 1) & ((1 << behind) - 1)) << count;
        out.put(word, count + behind);
    }
}

fn set(lengths: &[u8], words: &mut [u32]) {
    let mut all = [0; LITLENS];
    codes(lengths, &mut all[..lengths.len()]);
    for ((word, &code), &length) in words.iter_mut().zip(&all).zip(lengths) {
        *word = u32::from(code) | u32::from(length) << 16;
    }
}
