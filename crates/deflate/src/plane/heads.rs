//! The last place of each beginning.

use std::hint::select_unpredictable;

use super::matches::eight;

/// Digits of a hash.
pub(crate) const HASH_BITS: u32 = 15;
/// What the two halves of four bytes are multiplied by.
pub(crate) const FACTORS: [u16; 2] = [0x9e37, 0x79b1];

/// The last place of each hash, modulo 2^16; what is no place is as good as any, for its bytes are compared.
pub(super) struct Heads {
    places: Box<[u16; 1 << HASH_BITS]>,
    /// Whether they are those of a chunk before.
    of_before: bool,
}

impl Heads {
    pub(super) fn new() -> Heads {
        Heads {
            places: Box::new([0; 1 << HASH_BITS]),
            of_before: false,
        }
    }

    /// Forgets all places once they are needed again: many chunks need none.
    pub(super) fn clear(&mut self) {
        self.of_before = true;
    }

    /// Makes sure that the places are of this chunk.
    pub(super) fn begin(&mut self) {
        if std::mem::take(&mut self.of_before) {
            self.places.fill(0);
        }
    }

    #[inline(always)]
    fn head(&mut self, hash: u16) -> &mut u16 {
        &mut self.places[usize::from(hash) % (1 << HASH_BITS)]
    }

    #[inline(always)]
    pub(super) fn put(&mut self, hash: u16, at: usize) {
        *self.head(hash) = at as u16;
    }

    /// How far it is from each place from `at` on to the last of the same hash, and any other where there is none. In two loops, of which the second is done for many at once.
    #[inline(always)]
    pub(super) fn back(&mut self, hashes: &[u16], at: usize, to: &mut [u16]) {
        for ((i, &hash), to) in hashes.iter().enumerate().zip(&mut *to) {
            let head = self.head(hash);
            *to = *head;
            *head = (at + i) as u16;
        }
        // No farther than to the first place.
        let is_near = at <= usize::from(u16::MAX);
        for (i, to) in to.iter_mut().enumerate() {
            let here = (at as u16).wrapping_add(i as u16);
            let most = if is_near { here } else { u16::MAX };
            *to = here.wrapping_sub(*to).min(most);
        }
    }

    /// The same of eight bytes, where these did occur.
    #[inline(always)]
    pub(super) fn long_back(&mut self, bytes: &[u8], at: usize, to: &mut [u16]) {
        for (at, to) in (at..).zip(to) {
            let word = eight(bytes, at);
            let head = self.head(long_hash(word));
            let far = usize::from((at as u16).wrapping_sub(*head)).min(at);
            *head = at as u16;
            let same = far > 0 && eight(bytes, at - far) == word;
            *to = select_unpredictable(same, far as u16, *to);
        }
    }
}

/// What four bytes are looked up by. Multiplied in 16 bits, which every processor does many of at once.
#[inline(always)]
pub(crate) fn hash(bytes: [u8; 4]) -> u16 {
    let [a, b, c, d] = bytes.map(u16::from);
    let low = (a | b << 8).wrapping_mul(FACTORS[0]);
    let high = (c | d << 8).wrapping_mul(FACTORS[1]);
    low.wrapping_add(high) >> (16 - HASH_BITS)
}

/// What eight bytes are looked up by.
#[inline(always)]
pub(super) fn long_hash(word: u64) -> u16 {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASH_BITS)) as u16
}
