//! A block with codes of its own: the literals and matches of some of the chunk's bytes.

use super::{
    Bits, Coder, LONGEST_MATCH, Sequence, distance_bits, distance_symbol, length_of, length_symbol,
};
use crate::huffman::{DISTANCES, END, Head, LITLENS, LONGEST, lengths};
use crate::machine::Machine;
use crate::plane::{BIT, MOST_SYMBOLS, entropy, whole_matches};

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
    /// What it costs, about, in parts of a bit; not told yet of one of constant pieces.
    pub cost: u64,
    /// Whether it is of constant pieces alone.
    is_constant: bool,
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
            is_constant: false,
        }
    }

    /// Makes it one of nothing.
    pub(crate) fn clear(&mut self, at: usize) {
        (self.start, self.end) = (at, at);
        self.sequences.clear();
        self.is_constant = false;
    }

    /// Makes it one of a constant piece.
    pub(crate) fn set_constant(&mut self, bytes: &[u8], start: usize, end: usize) {
        self.begin(start, start);
        self.sequences.clear();
        self.sequences.push(Sequence::new(0, 0, 0));
        self.is_constant = true;
        self.extend(bytes, end);
    }

    /// Takes a constant piece that stands behind it, if all that it has are such pieces; one more costs less with them than alone.
    pub(crate) fn join_constant(&mut self, bytes: &[u8], start: usize, end: usize) -> bool {
        let joins = self.is_constant && self.end == start && self.symbols < MOST_SYMBOLS / 2;
        if joins {
            self.extend(bytes, end);
        }
        joins
    }

    /// Adds the same byte again and again.
    fn extend(&mut self, bytes: &[u8], end: usize) {
        let (start, byte) = (self.end, usize::from(bytes[self.end]));
        let is_new = start == 0 || bytes[start - 1] != bytes[start];
        let left = end - start - usize::from(is_new);
        let length = whole_matches(left);
        let (before, behind) = (u32::from(is_new), (left - length) as u32);
        let open = self.sequences.pop().expect("a last sequence");
        let literals = open.literals + before;
        self.sequences.push(Sequence::new(literals, length, 1));
        self.sequences.push(Sequence::new(behind, 0, 0));
        self.litlens[byte] += before + behind;
        self.symbols += before + behind + self.count(length as u16, 1);
        self.end = end;
    }

    /// Counts the symbols of a sequence's matches, and how many matches these are.
    #[inline(always)]
    fn count(&mut self, length: u16, distance: u16) -> u32 {
        let (mut matches, mut last) = (0, length);
        if length > LONGEST_MATCH as u16 {
            matches = u32::from(length) / LONGEST_MATCH as u32;
            last = length % LONGEST_MATCH as u16;
            self.litlens[LITLENS - 1] += matches;
        }
        if last > 0 {
            self.litlens[length_symbol(last)] += 1;
            matches += 1;
        }
        self.distances[distance_symbol(distance).0] += matches;
        matches
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
        for i in 0..self.sequences.len() {
            let sequence = self.sequences[i];
            let behind = at + sequence.literals as usize;
            if count_literals {
                match bytes[at..].first_chunk::<2>() {
                    Some(&[first, second]) if behind - at <= 2 => {
                        self.litlens[usize::from(first)] += u32::from(behind > at);
                        self.litlens[usize::from(second)] += u32::from(behind > at + 1);
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
                if !count_literals && sequence.distance == 1 {
                    self.litlens[usize::from(bytes[behind])] -= u32::from(sequence.length);
                } else if !count_literals {
                    for &byte in &bytes[behind..at] {
                        self.litlens[usize::from(byte)] -= 1;
                    }
                }
                self.symbols += self.count(sequence.length, sequence.distance);
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
        self.symbols = 0;
        self.is_constant = false;
    }

    fn appraise(&mut self) {
        let lengths = (END + 1..LITLENS).map(|symbol| (self.litlens[symbol], length_of(symbol).1));
        let distances = (0..).zip(&self.distances);
        let distances = distances.map(|(symbol, &used)| (used, distance_bits(symbol)));
        self.extra = lengths
            .chain(distances)
            .map(|(used, bits)| u64::from(used) * u64::from(bits))
            .sum();
        self.cost = entropy(&self.litlens)
            + entropy(&self.distances)
            + self.extra * u64::from(BIT)
            + AROUND;
    }

    /// Takes `next`, which stands behind it, into this block if they cost less together.
    pub(crate) fn join(&mut self, next: &mut Block) -> bool {
        if self.end != next.start
            || self.start == self.end
            || self.symbols + next.symbols > MOST_SYMBOLS
        {
            return false;
        }
        for block in [&mut *self, next] {
            if block.is_constant {
                block.appraise();
            }
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
        self.is_constant &= next.is_constant;
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
