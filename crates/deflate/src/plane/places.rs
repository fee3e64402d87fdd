//! The best match of a chain of places that begin alike.

use super::chains::{KEPT, RANGE};
use super::matches::{LEAST, WINDOW, eight};
use super::{BIT, match_cost};
use crate::stream::{LONGEST_MATCH, SHORTEST_MATCH, Sequence, word};

/// What a match must save more that begins one place later.
const LEAST_MORE: i32 = 3 * BIT as i32;
/// A match of so many bytes is good enough not to look at the next place.
const GOOD: u32 = 32;

/// A range whose places are in the lists.
pub(super) struct Places<'a> {
    pub bytes: &'a [u8],
    pub start: u32,
    pub end: u32,
    /// How far it is from each place to the next of its chain; any number where none is known.
    pub steps: &'a [u16; KEPT],
    /// How far it is to the nearest place of the other list, and from where on that is too far.
    pub nearest: &'a [u16; RANGE],
    pub near: u32,
    pub depth: u32,
    pub enough: u32,
    /// What a literal costs, about, and what they cost before each place, if that is known.
    pub literal: u32,
    pub sums: &'a [u32],
}

/// A match; its distance is 0 if there is none.
#[derive(Clone, Copy)]
struct Match {
    length: u32,
    distance: u32,
}

impl Places<'_> {
    /// The literals and matches of the range; matches begin before `until`. `LONG`: the chains are of eight bytes.
    #[inline(always)]
    pub(super) fn walk<const LONG: bool>(&self, until: u32, to: &mut Vec<Sequence>) {
        let good = self.enough.min(GOOD);
        let (mut at, mut done) = (self.start, self.start);
        while at < until {
            let mut found = self.longest::<LONG>(at, SHORTEST_MATCH as u32 - 1, self.depth);
            if found.distance == 0 || !self.pays(at, found) {
                at += 1;
                continue;
            }
            while found.length < good && at + 1 < until {
                let next = self.longest::<LONG>(at + 1, found.length, self.depth / 2);
                if next.distance == 0
                    || self.saved(at + 1, next) <= self.saved(at, found) + LEAST_MORE
                {
                    break;
                }
                found = next;
                at += 1;
            }
            let (length, distance) = (found.length as usize, found.distance as usize);
            to.push(Sequence::new(at - done, length, distance));
            at += found.length;
            done = at;
        }
        to.push(Sequence::new(self.end - done, 0, 0));
    }

    /// The longest match of more than `length` bytes.
    #[inline(always)]
    fn longest<const LONG: bool>(&self, at: u32, length: u32, depth: u32) -> Match {
        let most = (self.end - at).min(LONGEST_MATCH as u32);
        let mut best = Match {
            length,
            distance: 0,
        };
        if most < LEAST as u32 {
            return best;
        }
        let now = word(self.bytes, at as usize);
        if LONG || (self.near > 0 && length < SHORTEST_MATCH as u32) {
            let distance = u32::from(self.nearest[at as usize % RANGE]);
            let differ = word(self.bytes, (at - distance) as usize) ^ now;
            if distance.wrapping_sub(1) < self.near - 1 && differ << (if LONG { 0 } else { 8 }) == 0
            {
                let length = if LONG {
                    self.extend(at, distance, most)
                } else {
                    SHORTEST_MATCH as u32
                };
                if length > best.length {
                    best = Match { length, distance };
                }
            }
        }
        let enough = self.enough.min(most);
        let far = at.min(WINDOW as u32 - 1);
        let mut distance = u32::from(self.steps[at as usize % KEPT]);
        // The four bytes behind which the match would be longer: they differ, mostly.
        let (mut last, mut tail) = (0, now);
        for _ in 0..depth {
            if best.length >= LEAST as u32 {
                if best.length >= enough {
                    break;
                }
                last = best.length - 3;
                tail = word(self.bytes, (at + last) as usize);
            }
            // Not 0, and not too far.
            if distance.wrapping_sub(1) >= far {
                break;
            }
            let before = at - distance;
            if word(self.bytes, (before + last) as usize) == tail
                && word(self.bytes, before as usize) == now
            {
                let longer = Match {
                    length: self.extend(at, distance, most),
                    distance,
                };
                if longer.length > best.length
                    && (best.distance == 0 || self.saved(at, longer) > self.saved(at, best))
                {
                    best = longer;
                }
            }
            distance += u32::from(self.steps[before as usize % KEPT]);
        }
        best
    }

    /// How many bytes agree, of which the first four do.
    #[inline(always)]
    fn extend(&self, at: u32, distance: u32, most: u32) -> u32 {
        let mut length = LEAST as u32;
        while length < most {
            let place = (at + length) as usize;
            let before = place - distance as usize;
            // A chunk may end there.
            if place + 8 > self.bytes.len() {
                if self.bytes[place] != self.bytes[before] {
                    return length;
                }
                length += 1;
                continue;
            }
            let differ = eight(self.bytes, place) ^ eight(self.bytes, before);
            if differ != 0 {
                return most.min(length + differ.trailing_zeros() / 8);
            }
            length += 8;
        }
        most
    }

    /// Whether a match is worth it; that of plain bytes always is.
    #[inline(always)]
    fn pays(&self, at: u32, found: Match) -> bool {
        self.sums.is_empty() || self.saved(at, found) > 0
    }

    /// What a match saves.
    #[inline(always)]
    fn saved(&self, at: u32, found: Match) -> i32 {
        let literals = if self.sums.is_empty() {
            found.length * self.literal
        } else {
            let at = (at - self.start) as usize;
            self.sums[at + found.length as usize] - self.sums[at]
        };
        literals as i32 - match_cost(found.length, found.distance) as i32
    }
}
