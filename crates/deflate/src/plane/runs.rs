//! Matches of one distance, found by comparing all bytes with those before them.

use super::BIT;
use crate::machine::Machine;
use crate::stream::{LONGEST_MATCH, SHORTEST_MATCH, Sequence};

/// What a match costs whose distance is the only one, about: a bit for that, and its length.
const COST: u32 = 7 * BIT;

/// The longest run that is looked for as such; longer ones are of several.
const MOST_ERODED: u32 = 16;

/// Where bytes equal those before them.
#[derive(Default)]
pub(crate) struct Runs {
    masks: Vec<u64>,
    /// The range that was looked at.
    start: usize,
    end: usize,
    distance: usize,
}

impl Runs {
    /// Looks at a range; how many bytes equal the one `distance` before.
    pub(crate) fn look(
        &mut self,
        machine: &Machine,
        bytes: &[u8],
        start: usize,
        end: usize,
        distance: usize,
    ) -> u32 {
        // A first byte without a byte before it is a literal.
        let first = start.max(distance);
        (self.start, self.end, self.distance) = (first, end, distance);
        (machine.equal)(bytes, first, end, distance, &mut self.masks);
        self.masks.iter().map(|mask| mask.count_ones()).sum()
    }

    /// The sequences of the range from `start`: a match wherever a run of equal bytes costs more as literals.
    #[inline(always)]
    pub(crate) fn sequences(
        &self,
        bytes: &[u8],
        start: usize,
        costs: &[u16; 256],
        to: &mut Vec<Sequence>,
    ) {
        to.clear();
        // Runs are of common bytes, mostly; those that would not pay for the commonest are passed over.
        let cheapest = costs.iter().copied().min().map_or(BIT, u32::from);
        let least = (COST / cheapest + 1).clamp(SHORTEST_MATCH as u32, MOST_ERODED);
        let mut done = start;
        let mut at = 0;
        while let Some((from, until)) = self.next(at, least) {
            at = until;
            let (mut from, until) = (self.start + from, self.start + until);
            if !self.pays(&bytes[from..until], costs) {
                continue;
            }
            let mut literals = (from - done) as u32;
            while until - from >= SHORTEST_MATCH {
                let left = until - from;
                // What remains must not be too short to be a match.
                let length = if left > LONGEST_MATCH && left < LONGEST_MATCH + SHORTEST_MATCH {
                    left - SHORTEST_MATCH
                } else {
                    left.min(LONGEST_MATCH)
                };
                to.push(Sequence::new(literals, length, self.distance));
                literals = 0;
                from += length;
            }
            done = from;
        }
        to.push(Sequence::new((self.end - done) as u32, 0, 0));
    }

    fn pays(&self, run: &[u8], costs: &[u16; 256]) -> bool {
        let cost = |byte: &u8| u32::from(costs[usize::from(*byte)]);
        let saved = if self.distance == 1 {
            run.len() as u32 * cost(&run[0])
        } else {
            run.iter().take(MOST_ERODED as usize).map(cost).sum()
        };
        saved > COST
    }

    /// The next run of at least `least` ones from bit `at` on, as its first bit and the one behind.
    #[inline(always)]
    fn next(&self, mut at: usize, least: u32) -> Option<(usize, usize)> {
        let mut index = at / 64;
        let mut mask = self.eroded(index, least)? & (!0 << (at % 64));
        while mask == 0 {
            index += 1;
            mask = self.eroded(index, least)?;
        }
        at = index * 64 + mask.trailing_zeros() as usize;
        let mut zeros = !self.masks[index] & (!0 << (at % 64));
        while zeros == 0 {
            index += 1;
            zeros = !self.masks.get(index).copied().unwrap_or(0);
        }
        Some((at, index * 64 + zeros.trailing_zeros() as usize))
    }

    /// The bits of a mask that have ones in the next `least` - 1 places too.
    #[inline(always)]
    fn eroded(&self, index: usize, least: u32) -> Option<u64> {
        let mask = *self.masks.get(index)?;
        let next = self.masks.get(index + 1).copied().unwrap_or(0);
        let mut ones = u128::from(mask) | u128::from(next) << 64;
        let mut held = 1;
        while held * 2 <= least {
            ones &= ones >> held;
            held *= 2;
        }
        Some((ones & (ones >> (least - held))) as u64)
    }
}
