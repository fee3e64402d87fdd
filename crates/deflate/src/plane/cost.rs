//! What symbols cost, before there is a code: in parts of a bit, by integers alone, so that no machine differs.

/// One bit.
pub(crate) const BIT: u32 = 256;
/// The most symbols whose cost together fits 32 bits.
pub(crate) const MOST_SYMBOLS: u32 = 1 << 19;

/// The binary logarithm in parts of a bit, one hundredth of a bit off at most; of 0 it is that of 1.
///
/// A float's exponent and the upper part of its fraction are the logarithm but for a parabola, near enough. Numbers below 2^24 are floats exactly.
#[inline(always)]
fn log2(value: u32) -> u32 {
    let float = (value.max(1) as i32 as f32).to_bits() >> 15;
    let fraction = float & 255;
    float - (127 << 8) + ((fraction * (256 - fraction) * 88) >> 16)
}

/// What each byte costs with these frequencies, of `total` bytes. No code is shorter than a bit; bytes that do not occur cost as one that does once.
#[inline(always)]
pub(crate) fn costs(frequencies: &[u32; 256], total: u32, costs: &mut [u16; 256]) {
    let all = log2(total);
    for (cost, &frequency) in costs.iter_mut().zip(frequencies) {
        *cost = all.saturating_sub(log2(frequency)).max(BIT) as u16;
    }
}

/// What symbols of these frequencies cost together, their code's place in a block's head too; [`MOST_SYMBOLS`] at most.
#[inline(always)]
pub(crate) fn entropy(frequencies: &[u32]) -> u64 {
    let total: u32 = frequencies.iter().sum();
    let all = log2(total) as i32;
    let (mut cost, mut used) = (0u32, 0u32);
    for &frequency in frequencies {
        let each = (all - log2(frequency) as i32).max(BIT as i32) as u32;
        cost = cost.wrapping_add(frequency.wrapping_mul(each));
        used += u32::from(frequency > 0);
    }
    u64::from(cost) + u64::from(used) * u64::from(BIT) * 7 / 2
}

/// What a match costs, about: its length and distance have no code yet.
#[inline(always)]
pub(crate) fn match_cost(length: u32, distance: u32) -> u32 {
    // One bit less stands behind a length or a distance than it has digits above three.
    let extra = (29 - (distance | 7).leading_zeros()) + (29 - ((length - 2) | 7).leading_zeros());
    10 * BIT + extra * BIT
}
