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
    let mut saved = 0;
    for at in start..end.saturating_sub(3) {
        let hash = Sampler::hash(word(bytes, at));
        if Sampler::is_chosen(hash) {
            saved += sampler.look(bytes, at, end, hash, costs);
        }
    }
    saved
}
