//! Matches of any distance: of the last place that begins alike, or of the best of a chain of them.

use std::hint::select_unpredictable;

use super::BIT;
use super::chains::{Chains, Effort};
use crate::stream::{LONGEST_MATCH, Sequence, common};

/// The fewest bytes that are looked for.
pub(super) const LEAST: usize = 4;
/// The farthest match.
pub(super) const WINDOW: usize = 1 << 15;
const HASH_BITS: u32 = 15;
/// Behind this the lists are emptied after all.
const MOST_BASE: u32 = 1 << 30;

/// What is searched.
pub(crate) struct Search<'a> {
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
    /// What is added to the places of this chunk: those of chunks before are below it, so that the lists need not be emptied for each.
    base: u32,
    /// The last place of each hash; the first place of the chunk, where there is none, is as good.
    heads: Box<[u32; 1 << HASH_BITS]>,
    /// The same of eight bytes.
    long_heads: Box<[u32; 1 << HASH_BITS]>,
    /// Places before it are in the lists.
    known: usize,
    /// Of each place of a range: how far it is to the last one that begins alike, and how long the match is, up to eight; 0 if it is not worth it.
    distances: Vec<u16>,
    lengths: Vec<u8>,
}

impl Matches {
    pub(crate) fn new() -> Matches {
        Matches {
            chains: Chains::new(),
            base: 0,
            heads: Box::new([0; 1 << HASH_BITS]),
            long_heads: Box::new([0; 1 << HASH_BITS]),
            known: 0,
            distances: Vec::new(),
            lengths: Vec::new(),
        }
    }

    /// Forgets all places.
    pub(crate) fn clear(&mut self) {
        self.chains.clear();
        self.base += self.known as u32;
        self.known = 0;
        if self.base > MOST_BASE {
            self.heads.fill(0);
            self.long_heads.fill(0);
            self.base = 0;
        }
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
            ..
        } = search;
        let least = least_lengths(search);
        self.distances.clear();
        self.lengths.clear();
        // The last eight bytes of a chunk have no match.
        let until = end.min(bytes.len().saturating_sub(7));
        for at in from.max(self.known).max(start.saturating_sub(WINDOW))..start.min(until) {
            self.heads[hash(eight(bytes, at))] = self.base + at as u32;
            self.long_heads[long_hash(eight(bytes, at))] = self.base + at as u32;
        }
        if start < until {
            self.distances.resize(until - start, 0);
            self.lengths.resize(until - start, 0);
            if search.long {
                self.fill::<true>(bytes, start, &least);
            } else {
                self.fill::<false>(bytes, start, &least);
            }
        }
        self.known = self.known.max(end);
    }

    /// Looks at the places from `start` on. `LONG`: eight bytes that occurred before are looked up, too.
    #[inline(always)]
    fn fill<const LONG: bool>(&mut self, bytes: &[u8], start: usize, least: &[u32; 33]) {
        let base = self.base;
        let words = bytes[start..start + self.lengths.len() + 7].windows(8);
        let found = self.distances.iter_mut().zip(&mut self.lengths);
        for ((at, word), (distance, length)) in (start..).zip(words).zip(found) {
            let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
            let head = &mut self.heads[hash(word)];
            let mut before = (*head).max(base) - base;
            *head = base + at as u32;
            if LONG {
                let head = &mut self.long_heads[long_hash(word)];
                let other = (*head).max(base) - base;
                *head = base + at as u32;
                let same = other < at as u32 && eight(bytes, other as usize) == word;
                before = select_unpredictable(same, other, before);
            }
            let far = at as u32 - before;
            let equal = (word ^ eight(bytes, before as usize)).trailing_zeros() / 8;
            let least = least[far.leading_zeros() as usize];
            *distance = far as u16;
            *length = select_unpredictable(equal >= least, equal, 0) as u8;
        }
    }

    /// Takes each match that comes next.
    #[inline(always)]
    fn walk(&mut self, search: &Search<'_>, to: &mut Vec<Sequence>) {
        let &Search {
            bytes, start, end, ..
        } = search;
        // One more than there can be: the next is always written, and counts once it has a match.
        to.resize(self.lengths.len() / LEAST + 2, Sequence::new(0, 0, 0));
        let (mut at, mut literals, mut count) = (0, 0, 0);
        while let Some(&short) = self.lengths.get(at) {
            let distance = usize::from(self.distances[at]);
            let mut length = usize::from(short);
            if length >= 8 {
                let most = (end - start - at).min(LONGEST_MATCH);
                let now = start + at;
                length = 8 + common(bytes, now - distance + 8, now + 8, most.saturating_sub(8));
            }
            let found = usize::from(length > 0);
            to[count] = Sequence::new(literals, length, distance);
            count += found;
            literals = select_unpredictable(found > 0, 0, literals + 1);
            at += length.max(1);
        }
        to.truncate(count);
        // The last match may reach into the next range.
        let over = at.saturating_sub(end - start);
        if let Some(last) = to.last_mut().filter(|_| over > 0) {
            let length = usize::from(last.length) - over;
            if length < crate::stream::SHORTEST_MATCH {
                literals = last.literals + length as u32;
                to.pop();
            } else {
                last.length = length as u16;
            }
        }
        literals += (end - start).saturating_sub(at) as u32;
        to.push(Sequence::new(literals, 0, 0));
    }
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

#[inline(always)]
fn hash(word: u64) -> usize {
    ((word as u32).wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

#[inline(always)]
fn long_hash(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASH_BITS)) as usize
}
