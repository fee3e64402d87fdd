//! Literals and matches.

/// The shortest and the longest match that DEFLATE has.
pub(crate) const SHORTEST_MATCH: usize = 3;
pub(crate) const LONGEST_MATCH: usize = 258;

/// Some literals, and a match behind them; the last of a block has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub literals: u32,
    /// 0: no match.
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

/// The symbol of a length, and how many bits stand behind it.
#[inline(always)]
pub(crate) fn length_symbol(length: u32) -> (usize, u32) {
    let symbol = SYMBOLS[(length.wrapping_sub(3) & 255) as usize];
    (
        257 + usize::from(symbol),
        u32::from(LENGTHS[usize::from(symbol)].1),
    )
}

/// The first length of a symbol.
#[inline(always)]
pub(crate) fn first_length(symbol: usize) -> u32 {
    u32::from(LENGTHS[symbol - 257].0)
}

/// The symbol of a distance, and how many bits stand behind it: the low ones of the distance less one.
#[inline(always)]
pub(crate) fn distance_symbol(distance: u32) -> (usize, u32) {
    let less = distance - 1;
    if less < 4 {
        return (less as usize, 0);
    }
    let top = 31 - less.leading_zeros();
    ((2 * top + (less >> (top - 1) & 1)) as usize, top - 1)
}
