//! The bytes of a block, sixteen at a time: every x86-64 has SSE2.

use std::arch::x86_64::*;

use crate::fast::block::BLOCK;

/// A block as vectors.
pub(crate) struct Bytes([__m128i; 4]);

impl Bytes {
    #[inline(always)]
    pub fn new(block: &[u8; BLOCK]) -> Bytes {
        // SAFETY: every x86-64 has SSE2; the four vectors lie in the block.
        unsafe {
            let at = block.as_ptr().cast::<__m128i>();
            let load = |i: usize| _mm_loadu_si128(at.add(i));
            Bytes([load(0), load(1), load(2), load(3)])
        }
    }

    /// Where a byte is.
    #[inline(always)]
    pub fn find(&self, byte: u8) -> u64 {
        // SAFETY: every x86-64 has SSE2.
        unsafe { find(self.0, byte) }
    }

    /// The same of a byte that is seldom there.
    #[inline(always)]
    pub fn find_rare(&self, byte: u8) -> u64 {
        self.find(byte)
    }

    /// Where white space of ASCII is, with line ends.
    #[inline(always)]
    pub fn white(&self) -> u64 {
        // SAFETY: as above.
        unsafe { white(self.0) }
    }

    /// Whether a byte is there, or with `HIGH` one beyond ASCII.
    #[inline(always)]
    pub fn has<const HIGH: bool>(&self, byte: u8) -> bool {
        // SAFETY: as above.
        unsafe { has::<HIGH>(self.0, byte) }
    }

    /// Where bytes beyond ASCII are.
    #[inline(always)]
    pub fn high(&self) -> u64 {
        // SAFETY: as above.
        unsafe { high_bits(self.0) }
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn find(block: [__m128i; 4], byte: u8) -> u64 {
    let byte = _mm_set1_epi8(byte as i8);
    let [a, b, c, d] = block;
    let same = |bytes| _mm_cmpeq_epi8(bytes, byte);
    high_bits([same(a), same(b), same(c), same(d)])
}

#[inline]
#[target_feature(enable = "sse2")]
fn has<const HIGH: bool>(block: [__m128i; 4], byte: u8) -> bool {
    let byte = _mm_set1_epi8(byte as i8);
    let any = |[a, b, c, d]: [__m128i; 4]| _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
    let same = any(block.map(|bytes| _mm_cmpeq_epi8(bytes, byte)));
    let found = if HIGH {
        _mm_or_si128(same, any(block))
    } else {
        same
    };
    _mm_movemask_epi8(found) != 0
}

#[inline]
#[target_feature(enable = "sse2")]
fn white(block: [__m128i; 4]) -> u64 {
    let four = _mm_set1_epi8(4);
    let over = |bytes, first| _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    let white = |bytes| {
        let over = _mm_min_epu8(over(bytes, 9), over(bytes, 28));
        _mm_cmpeq_epi8(_mm_min_epu8(over, four), over)
    };
    let [a, b, c, d] = block;
    high_bits([white(a), white(b), white(c), white(d)])
}

#[inline]
#[target_feature(enable = "sse2")]
fn high_bits(block: [__m128i; 4]) -> u64 {
    let [a, b, c, d] = block;
    let bits = |bytes| u64::from(_mm_movemask_epi8(bytes) as u16);
    bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::swar;

    #[test]
    fn vectors_and_words_find_the_same_bytes() {
        for byte in 0..=255 {
            for place in 0..BLOCK {
                let mut block = [b'x'; BLOCK];
                block[place] = byte;
                // A neighbour that a borrow or a carry could reach.
                block[(place + 1) % BLOCK] = byte ^ 1;
                let (vectors, words) = (Bytes::new(&block), swar::Bytes::new(&block));
                assert_eq!(vectors.white(), words.white(), "{byte}");
                assert_eq!(vectors.high(), words.high(), "{byte}");
                for wanted in [b'\n', b',', b'x', byte] {
                    let is = |found, &b: &u8| found << 1 | u64::from(b == wanted);
                    let found = block.iter().rev().fold(0, is);
                    assert_eq!(vectors.find(wanted), found, "{byte}");
                    assert_eq!(vectors.find_rare(wanted), found, "{byte}");
                    assert_eq!(words.find(wanted), found, "{byte}");
                    assert_eq!(words.find_rare(wanted), found, "{byte}");
                    for found in [vectors.has::<false>(wanted), words.has::<false>(wanted)] {
                        assert_eq!(found, block.contains(&wanted), "{byte}");
                    }
                    let high = block.iter().any(|&byte| byte == wanted || byte > 127);
                    assert_eq!(vectors.has::<true>(wanted), high, "{byte}");
                    assert_eq!(words.has::<true>(wanted), high, "{byte}");
                }
            }
        }
    }
}
