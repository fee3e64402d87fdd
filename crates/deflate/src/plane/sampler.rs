//! Whether bytes repeat what was before them, from a sample.

use super::match_cost;
use crate::stream::{common, word};

/// One of so many places is looked at, chosen by the four bytes there: two places that begin alike are chosen both or neither.
const EACH: u32 = 128;
/// One of so many, where few beginnings occur.
const EACH_OF_FEW: u32 = 16;
const SLOTS: usize = 1024;
/// Few are so many times fewer places than are to be expected.
const FEWER: u32 = 4;
/// How far a repeat is followed to either side.
const REACH: usize = 48;
/// A repeat of so many bytes is a long one.
const LONG: usize = 12;
/// The farthest match.
const WINDOW: usize = 1 << 15;

/// The last place of each of some beginnings.
pub(crate) struct Sampler {
    /// Places plus one; 0 is none.
    places: Box<[u32; SLOTS]>,
    /// One of so many places is looked at.
    each: u32,
    /// How many were, since it was asked.
    looked: u32,
    /// Repeats that were met since it was asked, and how many of them were long.
    repeats: u32,
    long: u32,
}

impl Sampler {
    /// What a word is multiplied by.
    pub(crate) const FACTOR: u32 = 0x9e37_79b1;

    pub(crate) fn new() -> Sampler {
        Sampler {
            places: Box::new([0; SLOTS]),
            each: EACH,
            looked: 0,
            repeats: 0,
            long: 0,
        }
    }

    /// Forgets all places.
    pub(crate) fn clear(&mut self) {
        self.places.fill(0);
    }

    /// Whether few of so many places were looked at since this was asked: where few beginnings occur, it may be that none of them is chosen.
    pub(crate) fn missed(&mut self, places: usize) -> bool {
        std::mem::take(&mut self.looked) < places as u32 / (FEWER * EACH)
    }

    /// Has more places chosen for as long as `show` runs, which shows a range again.
    pub(crate) fn with_more(&mut self, show: impl FnOnce(&mut Sampler) -> u64) -> u64 {
        (self.repeats, self.long) = (0, 0);
        self.each = EACH_OF_FEW;
        let saved = show(self);
        self.each = EACH;
        self.looked = 0;
        saved
    }

    /// Which hashes are chosen: as signed numbers, those below this. So four zeros, whose hash is 0, are not.
    pub(crate) fn bound(&self) -> i32 {
        i32::MIN + (u32::MAX / self.each) as i32
    }

    /// Whether many of the repeats were long that were met since this was asked.
    pub(crate) fn long_ones(&mut self) -> bool {
        let long = 4 * self.long > self.repeats;
        (self.long, self.repeats) = (0, 0);
        long
    }

    /// What a multiplication leaves of four bytes.
    #[inline(always)]
    pub(crate) fn hash(word: u32) -> u32 {
        word.wrapping_mul(Sampler::FACTOR)
    }

    /// Looks at a chosen place: what matches save there, if the rest of the range is like it.
    #[inline(always)]
    pub(crate) fn look(
        &mut self,
        bytes: &[u8],
        at: usize,
        end: usize,
        hash: u32,
        costs: &[u16; 256],
    ) -> u64 {
        self.looked += 1;
        let word = word(bytes, at);
        if word == word.rotate_left(8) {
            return 0;
        }
        let slot = &mut self.places[(hash >> 15) as usize % SLOTS];
        let before = *slot as usize;
        *slot = at as u32 + 1;
        // A range that is shown again has its own places there.
        if before == 0 || before > at || at + 1 - before > WINDOW {
            return 0;
        }
        let before = before - 1;
        if crate::stream::word(bytes, before) != word {
            return 0;
        }
        let forward = common(bytes, before, at, (end - at).min(REACH));
        let most = REACH.min(before);
        let backward = (1..=most)
            .take_while(|&i| bytes[before - i] == bytes[at - i])
            .count();
        let repeat = &bytes[at - backward..at + forward];
        let mut literals = u32::from(costs[usize::from(repeat[0])]);
        for pair in repeat.windows(2) {
            // Runs of one byte are cheap without this match, too.
            let run = if pair[0] == pair[1] { 3 } else { 0 };
            literals += u32::from(costs[usize::from(pair[1])]) >> run;
        }
        let saved = literals.saturating_sub(match_cost(repeat.len() as u32, (at - before) as u32));
        self.repeats += u32::from(saved > 0);
        self.long += u32::from(saved > 0 && repeat.len() >= LONG);
        // A repeat of n bytes is met n / each times.
        u64::from(saved * self.each) / repeat.len() as u64
    }
}
