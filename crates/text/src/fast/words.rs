//! Eight bytes in a machine word.

pub(crate) const ONES: u64 = 0x0101_0101_0101_0101;
pub(crate) const HIGHS: u64 = 0x8080_8080_8080_8080;
pub(crate) const LOWS: u64 = !HIGHS;

/// The byte, eight times.
pub(crate) const fn fill(byte: u8) -> u64 {
    ONES * byte as u64
}

/// The high bit of each byte that is zero.
pub(crate) const fn zero_bytes(word: u64) -> u64 {
    !(((word & LOWS) + LOWS) | word) & HIGHS
}

/// The first `count` bytes of a word, up to eight, less '0', as the last ones; those in front are zero.
#[inline(always)]
pub(crate) fn first_digits(word: u64, count: usize) -> u64 {
    // In two steps: a shift by all bits is none.
    (word ^ fill(b'0')) << (4 * (8 - count)) << (4 * (8 - count))
}

/// Not zero where a byte is above 9.
#[inline(always)]
pub(crate) fn not_digits(digits: u64) -> u64 {
    // Such bytes have a bit of 0xF0, or reach it by adding 6.
    (digits | digits.wrapping_add(fill(6))) & fill(0xF0)
}

/// The number whose eight digit values are the word's bytes, the first in the lowest byte.
#[inline(always)]
pub(crate) fn eight(digits: u64) -> u64 {
    // Each product has, above what is kept, the sum of two neighbours of which the first counts ten, a hundred, ten thousand times.
    let pairs = digits.wrapping_mul(1 + (10 << 8)) >> 8 & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_FFFF_0000_FFFF;
    fours.wrapping_mul(1 + (10_000 << 32)) >> 32
}

/// The first byte of a word that is this one; 8 if there is none.
#[inline(always)]
pub(crate) fn find(word: u64, byte: u8) -> usize {
    let other = word ^ fill(byte);
    // A borrow may reach bytes behind the first that is zero, but not before it.
    let zeros = other.wrapping_sub(ONES) & !other & HIGHS;
    zeros.trailing_zeros() as usize / 8
}

/// Powers of ten that a double holds exactly.
pub(crate) const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Zeros, and ones from a place on.
pub(crate) const fn ones_from<const SIZE: usize>(place: usize) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    let mut i = place;
    while i < SIZE {
        bytes[i] = 0xFF;
        i += 1;
    }
    bytes
}
