//! Where the set bits of a mask are.

use super::Base;
use crate::fast::block::SPILL;

/// The places of the set bits of each byte, the unused ones 0.
pub(crate) static PLACES: [[u8; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut next) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                places[byte][next] = bit as u8;
                next += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    places
};

/// How many bits of each byte are set.
static COUNTS: [u8; 256] = {
    let mut counts = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        counts[byte] = byte.count_ones() as u8;
        byte += 1;
    }
    counts
};

/// The places of each mask's bits, of which the first is at `base`; where the next one goes.
#[inline(always)]
pub(super) fn flatten(
    masks: impl Iterator<Item = u64>,
    base: u16,
    list: &mut [u16],
    mut at: usize,
) -> usize {
    let mut base = Base::new(base);
    for mask in masks {
        let room = list[at..].first_chunk_mut::<SPILL>().expect("a spill");
        let mut next = 0;
        for byte in mask.to_le_bytes() {
            // It is at most 56, which the compiler does not know.
            let to = room[next & 63..].first_chunk_mut().expect("a spill");
            base.add(&PLACES[usize::from(byte)], to);
            next += usize::from(COUNTS[usize::from(byte)]);
        }
        at += next;
    }
    at
}
