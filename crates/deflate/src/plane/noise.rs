//! Whether bytes are noise.

/// Bytes that are looked at, and how many parts they are of.
const SAMPLE: usize = 1024;
const PARTS: usize = 4;
/// Bytes that are looked at before.
const FEW: usize = 128;

/// Whether a sample of the bytes looks like independent draws of all 256 values alike: pairs of equal bytes are then one of 256. A code would save
/// less than one per cent.
pub(crate) fn is_noise(bytes: &[u8]) -> bool {
    if bytes.len() < 2 * SAMPLE {
        return false;
    }
    // Most planes are far from noise, and a few bytes show it.
    let first = &bytes[bytes.len() / 2..][..FEW];
    let mut seen = [0u8; 256];
    let mut pairs = 0;
    for &byte in first {
        let count = &mut seen[usize::from(byte)];
        pairs += u32::from(*count);
        *count += 1;
    }
    if pairs > 3 * (FEW * FEW / 512) as u32 {
        return false;
    }
    let mut counts = [[0u16; 256]; PARTS];
    let step = (bytes.len() - SAMPLE / PARTS) / (PARTS - 1);
    for i in 0..SAMPLE / PARTS {
        for (part, counts) in counts.iter_mut().enumerate() {
            counts[usize::from(bytes[part * step + i])] += 1;
        }
    }
    let [a, b, c, d] = &counts;
    let mut pairs = 0;
    for value in 0..256 {
        let count = u32::from(a[value] + b[value] + c[value] + d[value]);
        pairs += count * count;
    }
    // Of n noise bytes n + n (n - 1) / 256 are expected; a tenth of the pairs more are allowed.
    let n = SAMPLE as u32;
    pairs - n < n * (n - 1) / 256 * 11 / 10
}
