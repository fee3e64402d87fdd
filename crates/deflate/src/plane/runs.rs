//! Runs: bytes that equal the one before.

use super::BIT;
use crate::machine::Machine;
use crate::stream::{LONGEST_MATCH, SHORTEST_MATCH, Sequence};

/// What a match costs whose distance is the only one, about: a bit for that, and its length.
const COST: u32 = 7 * BIT;

/// The longest run that is looked for as such; longer ones are of several.
const MOST_ERODED: u32 = 16;

/// Where bytes equal the one before them.
#[derive(Default)]
pub(crate) struct Runs {
    /// A bit for each byte from `start` on.
    masks: Vec<u64>,
    start: usize,
    end: usize,
}

impl Runs {
    /// Looks at a range; how many bytes equal the one before.
    pub(crate) fn look(
        &mut self,
        machine: &Machine,
        bytes: &[u8],
        start: usize,
        end: usize,
    ) -> usize {
        // The first byte of all has none before it.
        (self.start, self.end) = (start.max(1), end);
        (machine.equal)(bytes, self.start, end, &mut self.masks);
        self.masks
            .iter()
            .map(|mask| mask.count_ones() as usize)
            .sum()
    }

    /// How often each byte of the range from `start` occurs, run by run.
    pub(crate) fn frequencies(&self, bytes: &[u8], start: usize, counts: &mut [u32; 256]) {
        let mut at = start;
        for (mask, place) in self.masks.iter().zip((self.start..).step_by(64)) {
            let mut others = !mask;
            while others != 0 {
                let next = (place + others.trailing_zeros() as usize).min(self.end);
                counts[usize::from(bytes[at])] += (next - at) as u32;
                at = next;
                if at == self.end {
                    return;
                }
                others &= others - 1;
            }
        }
        counts[usize::from(bytes[at])] += (self.end - at) as u32;
    }

    /// The sequences of the range from `start`: a match wherever a run costs more as literals.
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
        let (mut done, mut past) = (start, 0);
        for index in 0..self.masks.len() {
            let first = 64 * index;
            let mut ones = self.eroded(index, least) & from_bit(past, first);
            while ones != 0 {
                let from = first + ones.trailing_zeros() as usize;
                past = self.behind(from);
                ones &= from_bit(past, first);
                let (from, until) = (self.start + from, self.start + past);
                let cost = u32::from(costs[usize::from(bytes[from])]);
                if (until - from) as u32 * cost > COST {
                    let length = whole_matches(until - from);
                    to.push(Sequence::new((from - done) as u32, length, 1));
                    done = from + length;
                }
            }
        }
        to.push(Sequence::new((self.end - done) as u32, 0, 0));
    }

    /// The first bit behind the run of ones that `from` is in.
    #[inline(always)]
    fn behind(&self, from: usize) -> usize {
        let mut index = from / 64;
        let mut zeros = !self.masks[index] & (!0 << (from % 64));
        while zeros == 0 {
            index += 1;
            zeros = !self.masks.get(index).copied().unwrap_or(0);
        }
        index * 64 + zeros.trailing_zeros() as usize
    }

    /// The bits of a mask that have ones in the next `least` - 1 places too.
    #[inline(always)]
    fn eroded(&self, index: usize, least: u32) -> u64 {
        let next = self.masks.get(index + 1).copied().unwrap_or(0);
        let mut ones = u128::from(self.masks[index]) | u128::from(next) << 64;
        let mut held = 1;
        while held * 2 <= least {
            ones &= ones >> held;
            held *= 2;
        }
        (ones & (ones >> (least - held))) as u64
    }
}

/// Of the bits from `first` on, those that are not before `from`.
#[inline(always)]
fn from_bit(from: usize, first: usize) -> u64 {
    let before = from.saturating_sub(first);
    if before < 64 { !0 << before } else { 0 }
}

/// As much of a run as can be matches of up to [`LONGEST_MATCH`].
#[inline(always)]
pub(crate) fn whole_matches(length: usize) -> usize {
    let last = length % LONGEST_MATCH;
    length - if last < SHORTEST_MATCH { last } else { 0 }
}
