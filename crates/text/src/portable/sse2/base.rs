//! What is added to eight places at a time.

use std::arch::x86_64::*;

/// The place of a byte of a block, eight times.
pub(crate) struct Base(__m128i);

impl Base {
    #[inline(always)]
    pub fn new(base: u16) -> Base {
        // SAFETY: every x86-64 has SSE2.
        Base(unsafe { _mm_set1_epi16(base as i16) })
    }

    /// Writes the sums of it and eight places, and goes on to the next byte of the mask.
    #[inline(always)]
    pub fn add(&mut self, places: &[u8; 8], to: &mut [u16; 8]) {
        // SAFETY: every x86-64 has SSE2; there are eight bytes, and room for eight places.
        unsafe {
            let places = _mm_loadl_epi64(places.as_ptr().cast());
            let places = _mm_unpacklo_epi8(places, _mm_setzero_si128());
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm_add_epi16(self.0, places));
            self.0 = _mm_add_epi16(self.0, _mm_set1_epi16(8));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::swar;

    #[test]
    fn vectors_and_words_add_the_same() {
        let places = [0, 1, 2, 3, 5, 7, 0, 0];
        let (mut vectors, mut words) = (Base::new(640), swar::Base::new(640));
        for step in 0..8 {
            let [mut first, mut second] = [[0; 8]; 2];
            vectors.add(&places, &mut first);
            words.add(&places, &mut second);
            assert_eq!(first, places.map(|place| 640 + 8 * step + u16::from(place)));
            assert_eq!(second, first);
        }
    }
}
