//! The bytes a kernel reads.

use std::ops::Range;

/// Bytes that must be readable before the text, so that the sixteen bytes that end in its first one can be loaded.
pub const PAD_BEFORE: usize = 32;
/// Bytes that must be readable after the text, so that a block that begins in its last byte can be loaded.
pub const PAD_AFTER: usize = 64;

/// Whole lines inside a larger buffer. What surrounds them is read, and never means anything.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    buf: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Input<'a> {
    /// The text `buf[range]`. The last line may lack its line end. A cut between CR and LF
    /// would count one line too many: ranges end behind the LF.
    ///
    /// # Panics
    /// When fewer than [`PAD_BEFORE`] bytes lie before the text or fewer than [`PAD_AFTER`] behind it.
    #[must_use]
    pub fn new(buf: &'a [u8], range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end,
            "a range of text ends before it starts"
        );
        assert!(
            range.start >= PAD_BEFORE,
            "text needs {PAD_BEFORE} readable bytes before it"
        );
        assert!(
            buf.len()
                .checked_sub(PAD_AFTER)
                .is_some_and(|most| range.end <= most),
            "text needs {PAD_AFTER} readable bytes after it"
        );
        Input {
            buf,
            start: range.start,
            end: range.end,
        }
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        &self.buf[self.start..self.end]
    }

    /// The whole buffer, and where the text starts in it.
    pub(crate) fn buf(&self) -> &'a [u8] {
        self.buf
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// A smaller text of the same buffer: from `offset` to the end.
    #[must_use]
    pub fn from(&self, offset: usize) -> Self {
        Input {
            buf: self.buf,
            start: (self.start + offset).min(self.end),
            end: self.end,
        }
    }
}
