//! Looking up what begins alike.

use crate::plane::{Limits, hash};

pub(crate) fn hashes(bytes: &[u8], to: &mut [u16]) {
    for (four, to) in bytes.windows(4).zip(to) {
        *to = hash(four.try_into().expect("four bytes"));
    }
}

pub(crate) fn worth(distances: &[u16], lengths: &[u8], limits: &Limits, masks: &mut Vec<u64>) {
    for (distances, lengths) in distances.chunks(64).zip(lengths.chunks(64)) {
        let mut mask = 0;
        for (i, (&distance, &length)) in distances.iter().zip(lengths).enumerate() {
            let limit = limits[usize::from(length) & 15];
            mask |= u64::from(distance.wrapping_sub(1) < limit) << i;
        }
        masks.push(mask);
    }
}
