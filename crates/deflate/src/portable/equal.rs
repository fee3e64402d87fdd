//! Which bytes equal the one before them.

pub(super) fn equal(bytes: &[u8], start: usize, end: usize, masks: &mut Vec<u64>) {
    masks.clear();
    let (now, before) = (&bytes[start..end], &bytes[start - 1..end - 1]);
    for (now, before) in now.chunks(64).zip(before.chunks(64)) {
        masks.push(some_equal(now, before));
    }
}

/// One bit for each of up to 64 bytes.
pub(crate) fn some_equal(now: &[u8], before: &[u8]) -> u64 {
    let eights = now.chunks(8).zip(before.chunks(8)).enumerate();
    eights
        .map(|(i, (now, before))| eight(now, before) << (8 * i))
        .sum()
}

/// One bit for each of up to eight bytes.
fn eight(now: &[u8], before: &[u8]) -> u64 {
    if let (&[..], Ok(now), Ok(before)) = (now, now.try_into(), before.try_into()) {
        let differ = u64::from_le_bytes(now) ^ u64::from_le_bytes(before);
        const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
        // The top bit of each byte that is 0.
        let equal = !(((differ & LOW) + LOW) | differ | LOW);
        return (equal >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    }
    let bits = now.iter().zip(before).enumerate();
    bits.map(|(i, (now, before))| u64::from(now == before) << i)
        .sum()
}
