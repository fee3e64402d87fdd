//! The best match of a chain of places that begin alike.

use super::matches::{LEAST, Search, WINDOW, eight, least_lengths};
use super::{BIT, match_cost};
use crate::stream::{LONGEST_MATCH, Sequence, common};

const HASH_BITS: u32 = 15;
const KEPT: usize = 2 * WINDOW;
/// Bytes that are added up to tell what literals cost; a longer match is worth its price.
const ADDED: usize = 24;

/// What a match must save more that begins one place later.
const LEAST_MORE: i32 = 3 * BIT as i32;

/// How hard it is tried.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// The most places that are compared; 1: the last one, found for all places at once; 0: that only where long matches are to be expected.
    pub depth: u32,
    /// A match of so many bytes is taken at once.
    pub enough: usize,
    /// Whether the next place may have a better match.
    pub lazy: bool,
}

/// The places of a chunk by what begins there.
pub(super) struct Chains {
    /// The last place of each hash; the first place of the chunk, where there is none, is as good.
    heads: Box<[u32; 1 << HASH_BITS]>,
    /// How far it is from each place to the one before of the same hash; 0: there is none in the window.
    /// Twice the window, for places ahead are in the lists, too.
    steps: Box<[u16; KEPT]>,
    /// Places before it are in the lists.
    known: usize,
}

/// A match and what it saves.
#[derive(Clone, Copy)]
struct Match {
    length: usize,
    distance: usize,
    saved: i32,
}

impl Chains {
    pub(super) fn new() -> Chains {
        Chains {
            heads: Box::new([0; 1 << HASH_BITS]),
            steps: Box::new([0; KEPT]),
            known: 0,
        }
    }

    /// Forgets all places.
    pub(super) fn clear(&mut self) {
        if self.known > 0 {
            self.heads.fill(0);
            self.known = 0;
        }
    }

    /// The literals and matches of a range.
    #[inline(always)]
    pub(super) fn find(&mut self, search: &Search<'_>, to: &mut Vec<Sequence>) {
        let &Search {
            bytes,
            from,
            start,
            end,
            effort,
            ..
        } = search;
        // The last eight bytes of a chunk have no match.
        let until = end.min(bytes.len().saturating_sub(7));
        self.learn(
            bytes,
            from.max(start.saturating_sub(WINDOW)).max(self.known),
            until,
        );
        let least = least_lengths(search);
        let (mut at, mut done) = (start, start);
        while at < until {
            let mut found = self.search(search, at, &least);
            if found.length == 0 {
                at += 1;
                continue;
            }
            while effort.lazy && found.length < effort.enough && at + 1 < until {
                let next = self.search(search, at + 1, &least);
                if next.saved <= found.saved + LEAST_MORE {
                    break;
                }
                found = next;
                at += 1;
            }
            to.push(Sequence::new(
                (at - done) as u32,
                found.length,
                found.distance,
            ));
            at += found.length;
            done = at;
        }
        to.push(Sequence::new((end - done) as u32, 0, 0));
    }

    /// Puts places into the lists.
    #[inline(always)]
    fn learn(&mut self, bytes: &[u8], from: usize, until: usize) {
        for at in from..until {
            let word = eight(bytes, at) as u32;
            let hash = (word.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize;
            let step = at as u32 - self.heads[hash];
            self.heads[hash] = at as u32;
            let step = if step < WINDOW as u32 { step } else { 0 };
            self.steps[at % KEPT] = step as u16;
        }
        self.known = self.known.max(until);
    }

    #[inline(always)]
    fn search(&self, search: &Search<'_>, at: usize, least: &[u32; 33]) -> Match {
        let &Search {
            bytes, end, effort, ..
        } = search;
        let now = eight(bytes, at);
        let most = (end - at).min(LONGEST_MATCH);
        let mut best = Match {
            length: 0,
            distance: 0,
            saved: 0,
        };
        let mut before = at;
        for _ in 0..effort.depth {
            let step = usize::from(self.steps[before % KEPT]);
            // The first place need not be in the lists.
            if step == 0 || before == 0 || at - before + step >= WINDOW {
                break;
            }
            before -= step;
            let mut length = ((now ^ eight(bytes, before)).trailing_zeros() / 8) as usize;
            if length == 8 && most > 8 {
                let last = best.length.max(8);
                if last < most && bytes[before + last] != bytes[at + last] && best.length > 8 {
                    continue;
                }
                length += common(bytes, before + 8, at + 8, most - 8);
            }
            let length = length.min(most);
            let distance = at - before;
            if length <= best.length
                || (length as u32) < least[(distance as u32).leading_zeros() as usize]
            {
                continue;
            }
            let saved = self.saved(search, at, length, distance);
            if saved > best.saved {
                best = Match {
                    length,
                    distance,
                    saved,
                };
                if length >= effort.enough.min(most) {
                    break;
                }
            }
        }
        best
    }

    /// What a match saves.
    #[inline(always)]
    fn saved(&self, search: &Search<'_>, at: usize, length: usize, distance: usize) -> i32 {
        let added = length.min(ADDED);
        let literals = search.bytes[at..at + added].iter();
        let literals: u32 = literals
            .map(|&byte| u32::from(search.costs[usize::from(byte)]))
            .sum();
        let more = (length - added) as u32 * BIT;
        (literals + more) as i32 - match_cost(length as u32, distance as u32) as i32
    }
}

const _: () = assert!(LEAST >= crate::stream::SHORTEST_MATCH);
