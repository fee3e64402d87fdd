//! The places that a sampler looks at.

use crate::plane::Sampler;
use crate::stream::word;

pub(crate) fn sample(
    sampler: &mut Sampler,
    bytes: &[u8],
    start: usize,
    end: usize,
    costs: &[u16; 256],
) -> u64 {
    let (mut saved, mut at) = (0, start);
    let bound = sampler.bound();
    let is_chosen = |hash: u32| (hash as i32) < bound;
    // Five words begin in eight bytes; four at a time, for seldom is one of them chosen.
    while let Some(&eight) = bytes[at..end].first_chunk() {
        let eight = u64::from_le_bytes(eight);
        let hash = |bits: u32| Sampler::hash((eight >> bits) as u32);
        let lowest = [8, 16, 24].map(|bits| hash(bits) as i32);
        let lowest = lowest.into_iter().fold(hash(0) as i32, i32::min);
        if lowest < bound {
            for i in 0..4 {
                let hash = hash(8 * i);
                if is_chosen(hash) {
                    saved += sampler.look(bytes, at + i as usize, end, hash, costs);
                }
            }
        }
        at += 4;
    }
    for at in at..end.saturating_sub(3) {
        let hash = Sampler::hash(word(bytes, at));
        if is_chosen(hash) {
            saved += sampler.look(bytes, at, end, hash, costs);
        }
    }
    saved
}
