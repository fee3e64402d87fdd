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
    while at + 8 <= end {
        let eight: [u8; 8] = bytes[at..at + 8].try_into().expect("eight bytes");
        let eight = u64::from_le_bytes(eight);
        let hashes = [0, 8, 16, 24].map(|bits| Sampler::hash((eight >> bits) as u32));
        if hashes
            .iter()
            .fold(false, |any, &hash| any | is_chosen(hash))
        {
            for (i, &hash) in hashes.iter().enumerate() {
                if is_chosen(hash) {
                    saved += sampler.look(bytes, at + i, end, hash, costs);
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
