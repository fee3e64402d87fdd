//! Matches of any distance: of the last place that begins alike, or of the best of a chain of them.

use std::hint::select_unpredictable;

use super::BIT;
use super::chains::{Chains, Effort};
use crate::machine::Machine;
use crate::stream::{LONGEST_MATCH, SHORTEST_MATCH, Sequence, common};

/// The fewest bytes that are looked for.
pub(super) const LEAST: usize = 4;
/// The farthest match.
pub(super) const WINDOW: usize = 1 << 15;
pub(crate) const HASH_BITS: u32 = 15;
pub(crate) const FACTORS: [u16; 2] = [0x9e37, 0x79b1];
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

/// The last place of each hash, modulo 2^16; what is no place is as good as any, for its bytes are compared.
struct Heads {
    places: Box<[u16; 1 << HASH_BITS]>,
    /// Whether they are those of a chunk before.
    of_before: bool,
}

impl Heads {
    fn new() -> Heads {
        Heads {
            places: Box::new([0; 1 << HASH_BITS]),
            of_before: false,
        }
    }

    /// The places of this chunk alone.
    fn of_now(&mut self) -> &mut [u16; 1 << HASH_BITS] {
        if std::mem::take(&mut self.of_before) {
            self.places.fill(0);
        }
        &mut self.places
    }
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
        self.heads.of_before = true;
        self.long_heads.of_before = true;
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
        let heads = self.heads.of_now();
        let mut long_heads = search.long.then(|| self.long_heads.of_now());
        for at in from.max(self.known).max(start.saturating_sub(WINDOW))..start.min(until) {
            let word = eight(bytes, at);
            let [a, b, c, d, ..] = word.to_le_bytes();
            heads[usize::from(hash([a, b, c, d]))] = at as u16;
            if let Some(heads) = &mut long_heads {
                heads[long_hash(word)] = at as u16;
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
            back(heads, hashes, at, distances);
            if let Some(heads) = &mut long_heads {
                long_back(heads, bytes, at, distances);
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

/// How far it is from each place from `at` on to the last of the same hash.
#[inline(always)]
fn back(heads: &mut [u16; 1 << HASH_BITS], hashes: &[u16], at: usize, to: &mut [u16]) {
    for ((i, &hash), to) in hashes.iter().enumerate().zip(&mut *to) {
        let head = &mut heads[usize::from(hash) % (1 << HASH_BITS)];
        *to = *head;
        *head = (at + i) as u16;
    }
    // No farther than to the first place.
    let most = |here: u16| {
        if at <= usize::from(u16::MAX) {
            here
        } else {
            u16::MAX
        }
    };
    for (i, to) in to.iter_mut().enumerate() {
        let here = (at as u16).wrapping_add(i as u16);
        *to = here.wrapping_sub(*to).min(most(here));
    }
}

/// The same of eight bytes, where these did occur.
#[inline(always)]
fn long_back(heads: &mut [u16; 1 << HASH_BITS], bytes: &[u8], at: usize, to: &mut [u16]) {
    for (at, to) in (at..).zip(to) {
        let word = eight(bytes, at);
        let head = &mut heads[long_hash(word)];
        let far = usize::from((at as u16).wrapping_sub(*head)).min(at);
        *head = at as u16;
        let same = far > 0 && eight(bytes, at - far) == word;
        *to = select_unpredictable(same, far as u16, *to);
    }
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

fn limits(search: &Search<'_>) -> Limits {
    let least = least_lengths(search);
    let mut limits = [0; 16];
    for (length, limit) in limits.iter_mut().enumerate().take(9).skip(LEAST) {
        // Distances of a number of digits have one price.
        let digits = (1..=15)
            .rev()
            .find(|&digits| least[32 - digits] <= length as u32);
        *limit = digits.map_or(0, |digits| ((1u32 << digits) - 1) as u16);
    }
    limits
}

/// The fewest bytes that a match must have to be worth it, by the leading zeros of its distance.
#[inline(always)]
pub(super) fn least_lengths(search: &Search<'_>) -> [u32; 33] {
    let each = (search.cost / (search.end - search.start).max(1) as u64).max(1) as u32;
    let mut least = [u32::MAX; 33];
    for (zeros, least) in least.iter_mut().enumerate().skip(17).take(15) {
        let distance = 1 << (31 - zeros);
        let cost = super::match_cost(LEAST as u32, distance) + BIT;
        *least = cost.div_ceil(each).clamp(LEAST as u32, 8);
    }
    least
}

#[inline(always)]
pub(super) fn eight(bytes: &[u8], at: usize) -> u64 {
    let eight: [u8; 8] = bytes[at..at + 8].try_into().expect("eight bytes");
    u64::from_le_bytes(eight)
}

/// What four bytes are looked up by. Multiplied in 16 bits, which every processor does many of at once.
#[inline(always)]
pub(crate) fn hash(bytes: [u8; 4]) -> u16 {
    let [a, b, c, d] = bytes.map(u16::from);
    let (low, high) = (a | b << 8, c | d << 8);
    low.wrapping_mul(FACTORS[0])
        .wrapping_add(high.wrapping_mul(FACTORS[1]))
        >> (16 - HASH_BITS)
}

#[inline(always)]
fn long_hash(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASH_BITS)) as usize
}
