//! The bytes of a block, eight at a time in a machine word.

use crate::fast::block::BLOCK;
use crate::fast::words::{HIGHS, LOWS, fill, zero_bytes};

/// A block as words.
pub(crate) struct Bytes([u64; BLOCK / 8]);

impl Bytes {
    #[inline(always)]
    pub fn new(block: &[u8; BLOCK]) -> Bytes {
        let (words, _) = block.as_chunks::<8>();
        Bytes(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
    }

    /// Where a byte is.
    #[inline(always)]
    pub fn find(&self, byte: u8) -> u64 {
        self.places(|word| zero_bytes(word ^ fill(byte)))
    }

    /// The same of a byte that is seldom there: whether a block has one costs less than where.
    #[inline(always)]
    pub fn find_rare(&self, byte: u8) -> u64 {
        self.rare(|word| zero_bytes(word ^ fill(byte)))
    }

    /// Where white space of ASCII is, with line ends.
    #[inline(always)]
    pub fn white(&self) -> u64 {
        self.places(|word| {
            let low = word & LOWS;
            let first = at_least(low, 9) & !at_least(low, 14);
            let second = at_least(low, 28) & !at_least(low, 33);
            (first | second) & !word
        })
    }

    /// Whether a byte is there, or with `HIGH` one beyond ASCII.
    #[inline(always)]
    pub fn has<const HIGH: bool>(&self, byte: u8) -> bool {
        let found = |word| zero_bytes(word ^ fill(byte)) | if HIGH { word & HIGHS } else { 0 };
        self.0.into_iter().fold(0, |all, word| all | found(word)) != 0
    }

    /// Where bytes beyond ASCII are.
    #[inline(always)]
    pub fn high(&self) -> u64 {
        self.rare(|word| word & HIGHS)
    }

    /// Where `found` sets high bits.
    #[inline(always)]
    fn places(&self, found: impl Fn(u64) -> u64) -> u64 {
        let words = self.0.into_iter().rev();
        words.fold(0, |places, word| places << 8 | gather(found(word)))
    }

    #[inline(always)]
    fn rare(&self, found: impl Fn(u64) -> u64) -> u64 {
        if self.0.into_iter().fold(0, |all, word| all | found(word)) == 0 {
            return 0;
        }
        self.cold_places(found)
    }

    #[cold]
    fn cold_places(&self, found: impl Fn(u64) -> u64) -> u64 {
        self.places(found)
    }
}

/// The high bit of each byte of `low` (bytes below 128) that is at least `least`.
const fn at_least(low: u64, least: u8) -> u64 {
    (low + fill(0x80 - least)) & HIGHS
}

/// High bits of bytes, gathered: bit i is byte i's.
const fn gather(highs: u64) -> u64 {
    ((highs >> 7).wrapping_mul(0x0102_0408_1020_4080)) >> 56
}
