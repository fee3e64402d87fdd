//! Bits into bytes, the first one lowest.

/// Writes bits to a buffer.
pub(crate) struct Bits<'a> {
    out: &'a mut [u8],
    /// Whole bytes that are written.
    at: usize,
    /// The bits that are not, and how many: fewer than 8 between calls.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(out: &'a mut [u8]) -> Bits<'a> {
        Bits {
            out,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    /// The writer itself; what is left behind has no room.
    pub(crate) fn take(&mut self) -> Bits<'a> {
        std::mem::replace(self, Bits::new(&mut []))
    }

    /// The low `count` bits of `bits`, at most 56; those above are 0.
    #[inline(always)]
    pub(crate) fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= 56 && bits >> count == 0);
        self.held |= bits << self.count;
        self.count += count;
        let whole = (self.count / 8) as usize;
        if let Some(room) = self.out.get_mut(self.at..self.at + 8) {
            room.copy_from_slice(&self.held.to_le_bytes());
        } else {
            self.out[self.at..self.at + whole].copy_from_slice(&self.held.to_le_bytes()[..whole]);
        }
        self.at += whole;
        self.held >>= self.count & 56;
        self.count &= 7;
    }

    /// For who writes 64 bytes at once: where, and the bits that are held for the first of them, and how many. None near the buffer's end.
    #[inline(always)]
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn room(&mut self) -> Option<(&mut [u8; 64], u64, u32)> {
        let room = self.out.get_mut(self.at..self.at + 64)?;
        Some((room.try_into().expect("64 bytes"), self.held, self.count))
    }

    /// What was written there: up to bit `end`, the last ones of which, in `held`, are not a whole byte.
    #[inline(always)]
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn advance(&mut self, end: u64, held: u64) {
        self.at += (end / 8) as usize;
        (self.held, self.count) = (held, (end & 7) as u32);
    }

    /// Zeros up to the next byte.
    pub(crate) fn align(&mut self) {
        self.put(0, self.count.wrapping_neg() & 7);
    }

    /// Whole bytes, behind [`align`](Bits::align).
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        debug_assert_eq!(self.count, 0);
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// How many bytes are written, behind [`align`](Bits::align).
    pub(crate) fn len(&self) -> usize {
        debug_assert_eq!(self.count, 0);
        self.at
    }
}
