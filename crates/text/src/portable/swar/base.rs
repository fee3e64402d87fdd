//! What is added to eight places at a time.

/// The place of a byte of a block.
pub(crate) struct Base(u16);

impl Base {
    #[inline(always)]
    pub fn new(base: u16) -> Base {
        Base(base)
    }

    /// Writes the sums of it and eight places, and goes on to the next byte of the mask.
    #[inline(always)]
    pub fn add(&mut self, places: &[u8; 8], to: &mut [u16; 8]) {
        *to = places.map(|place| self.0.wrapping_add(u16::from(place)));
        self.0 = self.0.wrapping_add(8);
    }
}
