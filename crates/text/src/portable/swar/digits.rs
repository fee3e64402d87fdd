//! The digits of four fields, in machine words.

use crate::fast::words::{HIGHS, ONES, eight, fill, not_digits};
use crate::portable::cells::{Field, LAST};

/// Four fields of one to eight bytes, less '0', and zeros before them.
#[derive(Clone, Copy)]
pub(crate) struct Eights([u64; 4]);

impl Eights {
    /// # Safety
    /// They are fields of a text with padding, and have one to eight bytes.
    #[inline(always)]
    pub unsafe fn new(fields: &[Field; 4]) -> Eights {
        Eights(fields.each_ref().map(|field| {
            // SAFETY: eight bytes before any place of the text are readable; the length is at most 8.
            let (bytes, keep) = unsafe { (word(field.end.sub(8)), word(last(field.extra).add(8))) };
            (bytes ^ fill(b'0')) & keep
        }))
    }

    /// Whether all bytes are digits.
    #[inline(always)]
    pub fn are_digits(self) -> bool {
        let wrong = self.0.map(not_digits);
        wrong[0] | wrong[1] | wrong[2] | wrong[3] == 0
    }

    /// The four numbers.
    #[inline(always)]
    pub fn numbers(self) -> [u64; 4] {
        self.0.map(eight)
    }
}

/// Four fields of one to sixteen bytes, less '0', and zeros before them.
#[derive(Clone, Copy)]
pub(crate) struct Sixteens([[u64; 2]; 4]);

impl Sixteens {
    /// # Safety
    /// They are fields of a text with padding, and have one to sixteen bytes.
    #[inline(always)]
    pub unsafe fn new(fields: &[Field; 4]) -> Sixteens {
        Sixteens(fields.each_ref().map(|field| {
            // SAFETY: sixteen bytes before any place of the text are readable; the length is at most 16.
            unsafe {
                let (from, keep) = (field.end.sub(16), last(field.extra));
                [0, 8].map(|i| (word(from.add(i)) ^ fill(b'0')) & word(keep.add(i)))
            }
        }))
    }

    /// The digits of each with those before its dot moved over that, and how many are behind it (16: there is none).
    #[inline(always)]
    pub fn without_dots(self) -> (Sixteens, [usize; 4]) {
        let mut behind = [16; 4];
        let mut digits = self.0;
        for (digits, behind) in digits.iter_mut().zip(&mut behind) {
            let all = u128::from(digits[0]) | u128::from(digits[1]) << 64;
            let other = all ^ both(fill(b'.' ^ b'0'));
            // A borrow may reach bytes behind the first that is zero, but not before it.
            let zeros = other.wrapping_sub(both(ONES)) & !other & both(HIGHS);
            if zeros != 0 {
                let upto = zeros ^ (zeros - 1);
                let moved = (all & !upto) | (all << 8 & upto);
                *behind = 15 - zeros.trailing_zeros() as usize / 8;
                *digits = [moved as u64, (moved >> 64) as u64];
            }
        }
        (Sixteens(digits), behind)
    }

    /// Whether all bytes are digits.
    #[inline(always)]
    pub fn are_digits(self) -> bool {
        let wrong = self
            .0
            .map(|[first, second]| not_digits(first) | not_digits(second));
        wrong[0] | wrong[1] | wrong[2] | wrong[3] == 0
    }

    /// The four numbers.
    #[inline(always)]
    pub fn numbers(self) -> [u64; 4] {
        self.0
            .map(|[first, second]| eight(first) * 100_000_000 + eight(second))
    }
}

const fn both(word: u64) -> u128 {
    (word as u128) << 64 | word as u128
}

/// Sixteen bytes, of which the last ones of a field of so many, less one, are ones.
#[inline(always)]
fn last(extra: usize) -> *const u8 {
    LAST[1..].as_ptr().wrapping_add(extra)
}

/// # Safety
/// Eight bytes are readable.
#[inline(always)]
unsafe fn word(at: *const u8) -> u64 {
    // SAFETY: the caller's.
    u64::from_le_bytes(unsafe { at.cast::<[u8; 8]>().read_unaligned() })
}
