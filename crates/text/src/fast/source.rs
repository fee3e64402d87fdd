//! One field as the quick ways to convert it look at it.

use crate::PAD_AFTER;

/// One field, inside its buffer.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    buf: &'a [u8],
    start: usize,
    length: usize,
    /// What begins where the field does: one check for all that is read of it.
    window: &'a [u8; PAD_AFTER],
}

impl<'a> Source<'a> {
    #[inline(always)]
    pub fn new(buf: &'a [u8], start: usize, end: usize) -> Source<'a> {
        let window = buf[start..].first_chunk();
        Source {
            buf,
            start,
            length: end - start,
            window: window.expect("padding behind the text"),
        }
    }

    #[inline(always)]
    pub fn text(self) -> &'a [u8] {
        &self.buf[self.start..self.start + self.length]
    }

    #[inline(always)]
    pub fn length(self) -> usize {
        self.length
    }

    /// Whether it begins with a minus, and how many bytes a sign takes up.
    #[inline(always)]
    pub fn sign(self) -> (bool, usize) {
        // What follows an empty field may look like a sign.
        let first = if self.length > 0 { self.window[0] } else { 0 };
        let negative = first == b'-';
        (negative, usize::from(negative || first == b'+'))
    }

    /// The eight bytes from a place on, of the first fifty-six, the first of them lowest.
    #[inline(always)]
    pub fn word(self, from: usize) -> u64 {
        let bytes = self.window[from..].first_chunk();
        u64::from_le_bytes(*bytes.expect("a place in a short field"))
    }

    /// The last eight bytes of a field of up to sixty-four, or all of them with zeros in front.
    #[inline(always)]
    pub fn last_word(self) -> u64 {
        match self.length {
            0 => 0,
            1..=8 => self.word(0) << (8 * (8 - self.length)),
            _ => self.word(self.length - 8),
        }
    }
}
