//! What symbols cost, before there is a code: in parts of a bit, by integers alone, so that no machine differs.

use crate::stream::{distance_symbol, length_symbol};

/// One bit.
pub(crate) const BIT: u32 = 256;

/// Binary logarithms of 1 to 2 in steps of 1/128.
const FRACTIONS: [u8; 128] = fractions();

const fn fractions() -> [u8; 128] {
    let mut table = [0; 128];
    let mut step = 0;
    while step < 128 {
        // The middle of the step; each squaring gives one more binary digit.
        let mut square = ((128 + step as u64) * 2 + 1) << 22;
        let mut digit = 0;
        while digit < 8 {
            square = (square * square) >> 30;
            table[step] <<= 1;
            if square >= 2 << 30 {
                square >>= 1;
                table[step] |= 1;
            }
            digit += 1;
        }
        step += 1;
    }
    table
}

/// The binary logarithm in parts of a bit; of 0 it is 0.
#[inline(always)]
fn log2(value: u32) -> u32 {
    let zeros = (value | 1).leading_zeros();
    let step = ((value | 1) << zeros) >> 24 & 127;
    (31 - zeros) * BIT + u32::from(FRACTIONS[step as usize])
}

/// What each byte costs with these frequencies, of `total` bytes. No code is shorter than a bit; bytes that do not occur cost as one that does once.
pub(crate) fn costs(frequencies: &[u32; 256], total: u32, costs: &mut [u16; 256]) {
    let all = log2(total);
    for (cost, &frequency) in costs.iter_mut().zip(frequencies) {
        *cost = all.saturating_sub(log2(frequency)).max(BIT) as u16;
    }
}

/// What symbols of these frequencies cost together, their code's place in a block's head too.
pub(crate) fn entropy(frequencies: &[u32]) -> u64 {
    let total: u32 = frequencies.iter().sum();
    let all = log2(total);
    let (mut cost, mut used) = (0, 0);
    for &frequency in frequencies {
        let each = all.saturating_sub(log2(frequency)).max(BIT);
        cost += u64::from(frequency) * u64::from(each);
        used += u64::from(frequency > 0);
    }
    cost + used * u64::from(BIT) * 7 / 2
}

/// What a match costs, about: its length and distance have no code yet.
#[inline(always)]
pub(crate) fn match_cost(length: u32, distance: u32) -> u32 {
    let (_, length) = length_symbol(length);
    let (_, distance) = distance_symbol(distance);
    10 * BIT + (length + distance) * BIT
}
