//! Literals and matches.

/// The shortest and the longest match that DEFLATE has.
pub(crate) const SHORTEST_MATCH: usize = 3;
pub(crate) const LONGEST_MATCH: usize = 258;

/// Some literals, and a match behind them; the last of a block has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub literals: u32,
    /// 0: no match. More than the longest match: several, all but the last of them that long.
    pub length: u16,
    /// 1 to 32,768.
    pub distance: u16,
}

impl Sequence {
    #[inline(always)]
    pub(crate) fn new(literals: u32, length: usize, distance: usize) -> Sequence {
        Sequence {
            literals,
            length: length as u16,
            distance: distance as u16,
        }
    }
}

/// The four bytes at a place.
#[inline(always)]
pub(crate) fn word(bytes: &[u8], at: usize) -> u32 {
    let four: [u8; 4] = bytes[at..at + 4].try_into().expect("four bytes");
    u32::from_le_bytes(four)
}

/// How many bytes from two places on are equal, at most `most`; `b` is the later place, and `most` bytes are there.
#[inline(always)]
pub(crate) fn common(bytes: &[u8], a: usize, b: usize, most: usize) -> usize {
    let (a, b) = (&bytes[a..a + most], &bytes[b..b + most]);
    let mut equal = 0;
    while let (Some(x), Some(y)) = (a.get(equal..equal + 8), b.get(equal..equal + 8)) {
        let x = u64::from_le_bytes(x.try_into().expect("eight bytes"));
        let y = u64::from_le_bytes(y.try_into().expect("eight bytes"));
        if x != y {
            return equal + (x ^ y).trailing_zeros() as usize / 8;
        }
        equal += 8;
    }
    while equal < most && a[equal] == b[equal] {
        equal += 1;
    }
    equal
}

/// Lengths to symbols less 257; index 0 is the shortest match.
const SYMBOLS: [u8; 256] = symbols();
/// The first length of each symbol from 257 on, and the bits behind it.
const LENGTHS: [(u16, u8); 29] = lengths();

const fn lengths() -> [(u16, u8); 29] {
    let mut table = [(0, 0); 29];
    let mut first = 3;
    let mut symbol = 0;
    while symbol < 28 {
        let bits = if symbol < 8 { 0 } else { symbol as u8 / 4 - 1 };
        table[symbol] = (first, bits);
        first += 1 << bits;
        symbol += 1;
    }
    table[28] = (258, 0);
    table
}

const fn symbols() -> [u8; 256] {
    let lengths = lengths();
    let mut table = [0; 256];
    let mut symbol = 0;
    while symbol < 29 {
        let mut length = lengths[symbol].0 as usize;
        while length < 259 {
            table[length - 3] = symbol as u8;
            length += 1;
        }
        symbol += 1;
    }
    table
}

/// The symbol of a length.
#[inline(always)]
pub(crate) fn length_symbol(length: u16) -> usize {
    257 + usize::from(SYMBOLS[usize::from(length.wrapping_sub(SHORTEST_MATCH as u16)) & 255])
}

/// The first length of a symbol from 257 on, and how many bits stand behind it: the length less the first one.
#[inline(always)]
pub(crate) fn length_of(symbol: usize) -> (u16, u32) {
    let (first, bits) = LENGTHS[symbol - 257];
    (first, u32::from(bits))
}

/// The symbol of a distance, and how many bits stand behind it: the low ones of the distance less one.
#[inline(always)]
pub(crate) fn distance_symbol(distance: u16) -> (usize, u32) {
    let less = u32::from(distance) - 1;
    // How many are below the two highest bits.
    let below = 30 - (less | 2).leading_zeros();
    ((2 * below + (less >> below)) as usize, below)
}

/// How many bits stand behind the symbol of a distance.
pub(crate) fn distance_bits(symbol: usize) -> u32 {
    (symbol as u32 / 2).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_have_the_symbols_of_the_specification() {
        let first = [
            1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769,
        ];
        for (symbol, pair) in first.windows(2).enumerate() {
            for distance in pair[0]..pair[1] {
                let (found, bits) = distance_symbol(distance);
                assert_eq!((found, bits), (symbol, distance_bits(symbol)));
                assert_eq!((distance - 1) & ((1 << bits) - 1), distance - pair[0]);
            }
        }
        assert_eq!(distance_symbol(1 << 15), (29, 13));
        assert_eq!(distance_symbol(24_577), (29, 13));
        assert_eq!(distance_symbol(24_576), (28, 13));
    }
}
