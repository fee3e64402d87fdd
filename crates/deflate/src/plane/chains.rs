//! Places by what begins there: each knows how far it is to the one before that begins alike.

use super::BIT;
use super::matches::{Search, WINDOW};
use super::places::Places;
use crate::stream::Sequence;

const HASH_BITS: u32 = 15;
const NEAREST_HASH_BITS: u32 = 14;
/// Twice the window, for places ahead are in the lists, too.
pub(super) const KEPT: usize = 2 * WINDOW;
/// The most places of a range.
pub(super) const RANGE: usize = 1 << 14;
/// The fewest places to which a match of three bytes must be worth it, or none is looked for.
const LEAST_NEAR: u32 = 1 << 8;
const MOST_NEAR: u32 = 1 << 12;

/// How hard it is tried.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// The most places that are compared, and half of them for the place behind, which may have a better match; 1: the last one, found for all places
    /// at once; 0: that only where long matches are to be expected.
    pub depth: u32,
    /// A match of so many bytes is taken at once.
    pub enough: usize,
    /// Whether the bytes are no plane of longer elements: a literal costs about as much as any other, and matches are the rule.
    pub plain: bool,
}

/// The places of a chunk, in two lists: chains by four bytes and the nearest by three, or, where matches are long, by eight and by four.
pub(super) struct Chains {
    long: bool,
    /// The lower 16 bits of the last place of each hash; 0 where there is none. A wrong one costs a comparison, and nothing else.
    heads: Box<[u16; 1 << HASH_BITS]>,
    /// How far it is from each place to the one before of the same hash.
    steps: Box<[u16; KEPT]>,
    /// Places before it are in the lists.
    known: usize,
    /// The same of the other list, for the places of a range.
    nearest_heads: Box<[u16; 1 << NEAREST_HASH_BITS]>,
    nearest: Box<[u16; RANGE]>,
    nearest_known: usize,
    /// What the literals cost before each place of a range.
    sums: Vec<u32>,
}

impl Chains {
    pub(super) fn new() -> Chains {
        Chains {
            long: false,
            heads: Box::new([0; 1 << HASH_BITS]),
            steps: Box::new([0; KEPT]),
            known: 0,
            nearest_heads: Box::new([0; 1 << NEAREST_HASH_BITS]),
            nearest: Box::new([0; RANGE]),
            nearest_known: 0,
            sums: Vec::new(),
        }
    }

    /// Forgets all places.
    pub(super) fn clear(&mut self) {
        if self.known > 0 {
            self.heads.fill(0);
            self.nearest_heads.fill(0);
            // The only place to which heads lead that may not be in the lists.
            self.steps[0] = 0;
            (self.known, self.nearest_known) = (0, 0);
        }
    }

    /// The literals and matches of a range.
    #[inline(always)]
    pub(super) fn find(&mut self, search: &Search<'_>, to: &mut Vec<Sequence>) {
        let &Search {
            bytes,
            start,
            end,
            cost,
            effort,
            ..
        } = search;
        // Plain bytes need chains of short beginnings, too, unless nearly all of them are in long matches.
        let long = search.long && (!effort.plain || search.saved > cost / 5 * 2);
        if self.long != long {
            self.clear();
            self.long = long;
        }
        // The last eight bytes of a chunk have no match.
        let until = end.min(bytes.len().saturating_sub(7));
        let literal = (cost / (end - start).max(1) as u64) as u32;
        let near = if long { WINDOW as u32 } else { near(literal) };
        let from = search.from.max(start.saturating_sub(WINDOW));
        match (long, near) {
            (true, _) => self.learn_all::<8, 4>(bytes, from, start, until, near),
            (false, 0) => self.learn_all::<4, 0>(bytes, from, start, until, near),
            (false, _) => self.learn_all::<4, 3>(bytes, from, start, until, near),
        }
        self.sums.clear();
        if !effort.plain {
            let mut sum = 0;
            self.sums.push(sum);
            self.sums.extend(bytes[start..end].iter().map(|&byte| {
                sum += u32::from(search.costs[usize::from(byte)]);
                sum
            }));
        }
        let places = Places {
            bytes,
            start: start as u32,
            end: end as u32,
            steps: &self.steps,
            nearest: &self.nearest,
            near,
            depth: effort.depth,
            enough: effort.enough as u32,
            literal,
            sums: &self.sums,
        };
        if long {
            places.walk::<true>(until as u32, to);
        } else {
            places.walk::<false>(until as u32, to);
        }
    }

    /// Puts the places of a range into the lists, and those before it that are not there.
    #[inline(always)]
    fn learn_all<const CHAINED: u32, const NEAREST: u32>(
        &mut self,
        bytes: &[u8],
        from: usize,
        start: usize,
        until: usize,
        near: u32,
    ) {
        self.learn::<CHAINED, 0>(bytes, from.max(self.known), start.min(until));
        let nearest_from = from
            .max(self.nearest_known)
            .max(start.saturating_sub(near as usize));
        self.learn::<0, NEAREST>(bytes, nearest_from, start.min(until));
        self.learn::<CHAINED, NEAREST>(bytes, start, until);
        self.known = until;
        if NEAREST > 0 {
            self.nearest_known = until;
        }
    }

    /// Puts places into the chains of those that begin with the same so many bytes, and into the other list; 0 bytes: not.
    #[inline(always)]
    fn learn<const CHAINED: u32, const NEAREST: u32>(
        &mut self,
        bytes: &[u8],
        from: usize,
        until: usize,
    ) {
        if from >= until {
            return;
        }
        let (heads, steps) = (&mut *self.heads, &mut *self.steps);
        let (nearest_heads, nearest) = (&mut *self.nearest_heads, &mut *self.nearest);
        for (i, word) in bytes[from..until + 7].windows(8).enumerate() {
            let at = from + i;
            if CHAINED > 0 {
                let head = &mut heads[hash::<CHAINED, HASH_BITS>(word)];
                steps[at % KEPT] = (at as u16).wrapping_sub(*head);
                *head = at as u16;
            }
            if NEAREST > 0 {
                let head = &mut nearest_heads[hash::<NEAREST, NEAREST_HASH_BITS>(word)];
                nearest[at % RANGE] = (at as u16).wrapping_sub(*head);
                *head = at as u16;
            }
        }
    }
}

/// Up to which distance a match of three literals of such a cost is worth it; 0 where that is not worth looking for.
fn near(literal: u32) -> u32 {
    let bits = (3 * literal / BIT).saturating_sub(7).min(MOST_NEAR.ilog2());
    let near = 1 << bits;
    if near < LEAST_NEAR { 0 } else { near }
}

/// The hash of the first of eight bytes.
#[inline(always)]
fn hash<const BYTES: u32, const BITS: u32>(eight: &[u8]) -> usize {
    let word = u64::from_le_bytes(eight.try_into().expect("eight bytes")) << (64 - 8 * BYTES);
    if BYTES > 4 {
        (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS)) as usize
    } else {
        (((word >> 32) as u32).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
    }
}
