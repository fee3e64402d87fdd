//! Matches of any distance: of the last place that begins alike, or of the best of a chain of them.

use super::chains::{Chains, Effort};
use super::heads::{Heads, hash, long_hash};
use super::{BIT, match_cost};
use crate::machine::Machine;
use crate::stream::{LONGEST_MATCH, SHORTEST_MATCH, Sequence, common};

/// The fewest bytes that are looked for.
pub(super) const LEAST: usize = 4;
/// The farthest match.
pub(super) const WINDOW: usize = 1 << 15;
/// Places that are looked at together.
const BLOCK: usize = 1024;

/// The farthest distance that is worth it, by a match's length; eight bytes and more are one.
pub(crate) type Limits = [u16; 16];

/// What is searched.
pub(crate) struct Search<'a> {
    pub machine: &'static Machine,
    pub bytes: &'a [u8],
    /// Where matches begin at the earliest, and the range.
    pub from: usize,
    pub start: usize,
    pub end: usize,
    pub costs: &'a [u16; 256],
    /// What all bytes of the range cost as literals.
    pub cost: u64,
    /// What matches save, as the sample has it.
    pub saved: u64,
    pub effort: Effort,
    /// Whether long matches are to be expected.
    pub long: bool,
}

/// Finds matches; the places of a chunk by what begins there.
pub(crate) struct Matches {
    chains: Chains,
    heads: Heads,
    /// The same of eight bytes.
    long_heads: Heads,
    /// Places before it are in the lists.
    known: usize,
    /// Of each place of a range: how far it is to the last one that begins alike, how long the match is, up to eight, and, a bit each, whether it is
    /// worth it.
    distances: Vec<u16>,
    lengths: Vec<u8>,
    worth: Vec<u64>,
    /// The hashes of a block of places.
    hashes: Box<[u16; BLOCK]>,
}

impl Matches {
    pub(crate) fn new() -> Matches {
        Matches {
            chains: Chains::new(),
            heads: Heads::new(),
            long_heads: Heads::new(),
            known: 0,
            distances: Vec::new(),
            lengths: Vec::new(),
            worth: Vec::new(),
            hashes: Box::new([0; BLOCK]),
        }
    }

    /// Forgets all places.
    pub(crate) fn clear(&mut self) {
        self.chains.clear();
        self.heads.clear();
        self.long_heads.clear();
        self.known = 0;
    }

    /// The literals and matches of a range.
    #[inline(always)]
    pub(crate) fn find(&mut self, search: &Search<'_>, to: &mut Vec<Sequence>) {
        to.clear();
        if search.effort.depth > 1 {
            return self.chains.find(search, to);
        }
        self.look(search);
        self.walk(search, to);
    }

    /// Finds each place's match; without branches, for which places have one cannot be foreseen.
    #[inline(always)]
    fn look(&mut self, search: &Search<'_>) {
        let &Search {
            bytes,
            from,
            start,
            end,
            machine,
            ..
        } = search;
        let limits = limits(search);
        // The last eight bytes of a chunk have no match.
        let until = end.min(bytes.len().saturating_sub(7)).max(start);
        let heads = &mut self.heads;
        let mut long_heads = search.long.then_some(&mut self.long_heads);
        heads.begin();
        if let Some(heads) = &mut long_heads {
            heads.begin();
        }
        for at in from.max(self.known).max(start.saturating_sub(WINDOW))..start.min(until) {
            let word = eight(bytes, at);
            let [a, b, c, d, ..] = word.to_le_bytes();
            heads.put(hash([a, b, c, d]), at);
            if let Some(heads) = &mut long_heads {
                heads.put(long_hash(word), at);
            }
        }
        self.distances.resize(until - start, 0);
        self.lengths.resize(until - start, 0);
        self.worth.clear();
        let blocks = self.distances.chunks_mut(BLOCK);
        for (i, distances) in blocks.enumerate() {
            let at = start + i * BLOCK;
            let hashes = &mut self.hashes[..distances.len()];
            (machine.hashes)(&bytes[at..at + distances.len() + 3], hashes);
            heads.back(hashes, at, distances);
            if let Some(heads) = &mut long_heads {
                heads.long_back(bytes, at, distances);
            }
            let lengths = &mut self.lengths[i * BLOCK..][..distances.len()];
            compare(bytes, at, distances, lengths);
            (machine.worth)(distances, lengths, &limits, &mut self.worth);
        }
        self.known = self.known.max(end);
    }

    /// Takes each match that comes next.
    #[inline(always)]
    fn walk(&mut self, search: &Search<'_>, to: &mut Vec<Sequence>) {
        let &Search {
            bytes, start, end, ..
        } = search;
        let (mut at, mut done) = (0, 0);
        while let Some(next) = self.next(at) {
            let distance = usize::from(self.distances[next]);
            let mut length = usize::from(self.lengths[next]);
            let most = (end - start - next).min(LONGEST_MATCH);
            if length >= 8 {
                let now = start + next;
                length = 8 + common(bytes, now - distance + 8, now + 8, most.saturating_sub(8));
            }
            at = next + length;
            // It may not reach into the next range.
            let length = length.min(most);
            if length >= SHORTEST_MATCH {
                to.push(Sequence::new((next - done) as u32, length, distance));
                done = next + length;
            }
        }
        to.push(Sequence::new((end - start - done) as u32, 0, 0));
    }

    /// The next place from `at` on whose match is worth it.
    #[inline(always)]
    fn next(&self, at: usize) -> Option<usize> {
        let mut index = at / 64;
        let mut worth = self.worth.get(index)? & (!0 << (at % 64));
        while worth == 0 {
            index += 1;
            worth = *self.worth.get(index)?;
        }
        Some(64 * index + worth.trailing_zeros() as usize)
    }
}

fn limits(search: &Search<'_>) -> Limits {
    let literal = (search.cost / (search.end - search.start).max(1) as u64).max(1) as u32;
    // Distances of a number of digits have one price; so many bytes are worth it.
    let least = |digits: u32| {
        let cost = match_cost(LEAST as u32, 1 << (digits - 1)) + BIT;
        cost.div_ceil(literal).clamp(LEAST as u32, 8)
    };
    let mut limits = [0; 16];
    for (length, limit) in limits.iter_mut().enumerate().take(9).skip(LEAST) {
        let digits = (1..=15).rev().find(|&d| least(d) <= length as u32);
        *limit = digits.map_or(0, |digits| ((1u32 << digits) - 1) as u16);
    }
    limits
}

/// How many bytes are equal so far back, up to eight.
#[inline(always)]
fn compare(bytes: &[u8], at: usize, distances: &[u16], lengths: &mut [u8]) {
    let now = &bytes[at..at + distances.len() + 7];
    for (i, (&distance, length)) in distances.iter().zip(lengths).enumerate() {
        let differ = eight(now, i) ^ eight(bytes, at + i - usize::from(distance));
        *length = (differ.trailing_zeros() / 8) as u8;
    }
}

#[inline(always)]
pub(super) fn eight(bytes: &[u8], at: usize) -> u64 {
    let eight: [u8; 8] = bytes[at..at + 8].try_into().expect("eight bytes");
    u64::from_le_bytes(eight)
}
