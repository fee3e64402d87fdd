//! The best match of a chain of places that begin alike.

use super::matches::{Effort, LEAST, Search, WINDOW};
use super::{BIT, match_cost};
use crate::stream::{LONGEST_MATCH, Sequence, common, word};

const HASH_BITS: u32 = 15;
/// What a match must save.
const LEAST_SAVED: i32 = BIT as i32;

/// The places of a chunk by what begins there.
pub(super) struct Chains {
    /// The last place plus one of each hash; 0 is none.
    heads: Box<[u32; 1 << HASH_BITS]>,
    /// How far it is from each place to the one before of the same hash; 0: there is none.
    steps: Box<[u16; WINDOW]>,
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

const NONE: Match = Match {
    length: 0,
    distance: 0,
    saved: LEAST_SAVED,
};

impl Chains {
    pub(super) fn new() -> Chains {
        Chains {
            heads: Box::new([0; 1 << HASH_BITS]),
            steps: Box::new([0; WINDOW]),
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
            costs,
            effort,
            ..
        } = search;
        let from = from.max(start.saturating_sub(WINDOW)).max(self.known);
        self.learn(bytes, from, start);
        let (mut at, mut done, mut last) = (start, start, 0);
        while at + LEAST <= end {
            let mut found = self.search(bytes, at, end, costs, effort, last);
            if found.length == 0 {
                at += 1;
                continue;
            }
            while effort.lazy && found.length < effort.enough && at + 1 + LEAST <= end {
                let next = self.search(bytes, at + 1, end, costs, effort, last);
                if next.length == 0 || next.saved <= found.saved {
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
            last = found.distance;
            let behind = at + found.length;
            // All that a long match holds is held by what it repeats, too.
            let learned = if found.length > 64 && !effort.lazy {
                behind - 16
            } else {
                at + 1
            };
            self.learn(bytes, learned, behind);
            at = behind;
            done = behind;
        }
        to.push(Sequence::new((end - done) as u32, 0, 0));
        self.known = self.known.max(end);
    }

    /// Puts places into the lists, those that are not there yet.
    fn learn(&mut self, bytes: &[u8], from: usize, until: usize) {
        for at in from.max(self.known)..until {
            if at + LEAST > bytes.len() {
                break;
            }
            self.insert(at, hash(word(bytes, at)));
        }
    }

    /// Puts a place into the lists; the last place before it of the same hash.
    #[inline(always)]
    fn insert(&mut self, at: usize, hash: usize) -> usize {
        let before = self.heads[hash] as usize;
        let step = (at + 1).wrapping_sub(before);
        let near = before > 0 && step < WINDOW;
        self.steps[at % WINDOW] = if near { step as u16 } else { 0 };
        self.heads[hash] = at as u32 + 1;
        self.known = at + 1;
        if near { step } else { 0 }
    }

    #[inline(always)]
    fn search(
        &mut self,
        bytes: &[u8],
        at: usize,
        end: usize,
        costs: &[u16; 256],
        effort: Effort,
        last: usize,
    ) -> Match {
        let first = word(bytes, at);
        let mut step = if at < self.known {
            usize::from(self.steps[at % WINDOW])
        } else {
            self.insert(at, hash(first))
        };
        let most = (end - at).min(LONGEST_MATCH);
        let mut best = NONE;
        let mut literals = Literals { cost: 0, length: 0 };
        if last > 0 && last <= at && word(bytes, at - last) == first {
            let length = common(bytes, at - last, at, most);
            best.try_better(
                bytes,
                at,
                length,
                last,
                &mut literals,
                costs,
                2 * BIT as i32,
            );
        }
        let mut distance = 0;
        for _ in 0..effort.depth {
            if step == 0 || best.length >= effort.enough.min(most) {
                break;
            }
            distance += step;
            if distance > WINDOW {
                break;
            }
            let before = at - distance;
            if word(bytes, before) == first
                && (best.length < LEAST
                    || best.length < most && bytes[before + best.length] == bytes[at + best.length])
            {
                let length = common(bytes, before, at, most);
                if length > best.length {
                    best.try_better(bytes, at, length, distance, &mut literals, costs, 0);
                }
            }
            step = usize::from(self.steps[before % WINDOW]);
        }
        best
    }
}

/// What the bytes from a place on cost as literals.
struct Literals {
    cost: u32,
    length: usize,
}

impl Literals {
    /// The cost of so many, no fewer than before. Many are worth a match at any price, so not all need to be added.
    #[inline(always)]
    fn up_to(&mut self, bytes: &[u8], at: usize, length: usize, costs: &[u16; 256]) -> i32 {
        let added = length.min(32);
        if self.length < added {
            for &byte in &bytes[at + self.length..at + added] {
                self.cost += u32::from(costs[usize::from(byte)]);
            }
            self.length = added;
        }
        (self.cost + (length - added) as u32 * BIT) as i32
    }
}

impl Match {
    /// Takes another match if it saves more; `less` is what its distance is cheaper for being the last one.
    #[allow(clippy::too_many_arguments)]
    #[inline(always)]
    fn try_better(
        &mut self,
        bytes: &[u8],
        at: usize,
        length: usize,
        distance: usize,
        literals: &mut Literals,
        costs: &[u16; 256],
        less: i32,
    ) {
        let cost = match_cost(length as u32, distance as u32) as i32 - less;
        let saved = literals.up_to(bytes, at, length, costs) - cost;
        if saved > self.saved {
            *self = Match {
                length,
                distance,
                saved,
            };
        }
    }
}

#[inline(always)]
fn hash(word: u32) -> usize {
    (word.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}
