//! What operands lie in, and the proof that they do.

use std::marker::PhantomData;

use crate::Refusal;

/// A run of bytes that stays valid for `'a`. Others may read and write it at any time.
#[derive(Debug, Clone, Copy)]
pub struct Memory<'a> {
    base: *mut u8,
    length: usize,
    valid: PhantomData<&'a ()>,
}

// SAFETY: an address and a length; every access is made through raw pointers after a check of the bounds, and two operations on the
// same bytes at once give torn values, never anything else.
unsafe impl Send for Memory<'_> {}
// SAFETY: as above.
unsafe impl Sync for Memory<'_> {}

impl<'a> Memory<'a> {
    /// # Safety
    /// `base..base + length` can be read, and written by the operations that have it as their target, for all of `'a`; no Rust
    /// reference to these bytes exists meanwhile.
    pub unsafe fn new(base: *mut u8, length: usize) -> Memory<'a> {
        Memory {
            base,
            length,
            valid: PhantomData,
        }
    }

    /// Memory of the caller's own.
    pub fn of(bytes: &'a mut [u8]) -> Memory<'a> {
        Memory {
            base: bytes.as_mut_ptr(),
            length: bytes.len(),
            valid: PhantomData,
        }
    }

    /// The address of a byte, which a checked operand reaches.
    pub(crate) fn at(&self, offset: i64) -> *mut u8 {
        self.base.wrapping_offset(offset as isize)
    }

    /// How many bytes there are.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The byte at a place, where there is one.
    pub(crate) fn byte(&self, at: i64) -> Option<u8> {
        let at = usize::try_from(at).ok().filter(|at| *at < self.length)?;
        // SAFETY: the byte lies in this memory, which is valid by the contract of `new`.
        Some(unsafe { self.base.add(at).read() })
    }

    /// `n` <= 16 bytes from a place on, the first one lowest, zeros above; none where not all of them are there.
    #[inline]
    pub(crate) fn word(&self, at: i64, n: usize) -> Option<u128> {
        let at = usize::try_from(at).ok()?;
        if n > 16 || at.checked_add(n)? > self.length {
            return None;
        }
        if self.length - at >= 16 {
            // SAFETY: all 16 bytes lie in this memory, which is valid by the contract of `new`.
            let all = unsafe { self.base.add(at).cast::<u128>().read_unaligned() };
            return Some(u128::from_le(all) & low_bytes(n));
        }
        let mut bytes = [0; 16];
        // SAFETY: `n` bytes lie in this memory, and as many in the array.
        unsafe { std::ptr::copy_nonoverlapping(self.base.add(at), bytes.as_mut_ptr(), n) };
        Some(u128::from_le_bytes(bytes))
    }

    /// Whether items of `size` bytes at every index of `shape` lie inside.
    pub(crate) fn check(
        &self,
        operand: &Operand,
        shape: &[usize],
        size: usize,
    ) -> Result<(), Refusal> {
        if operand.strides.len() != shape.len() {
            return Err(Refusal::Malformed);
        }
        let (mut low, mut high) = (i128::from(operand.offset), i128::from(operand.offset));
        for (&n, &stride) in shape.iter().zip(&operand.strides) {
            if n == 0 {
                return Ok(());
            }
            let reach = (n as i128 - 1) * i128::from(stride);
            if reach < 0 {
                low += reach;
            } else {
                high += reach;
            }
        }
        if low < 0 || high + size as i128 > self.length as i128 {
            return Err(Refusal::OutOfBounds);
        }
        Ok(())
    }
}

/// A mask of the `n` <= 16 lowest bytes.
#[inline]
pub(crate) fn low_bytes(n: usize) -> u128 {
    if n >= 16 {
        u128::MAX
    } else {
        (1 << (8 * n)) - 1
    }
}

/// Where the items of one array lie: the byte of the first, and bytes from one item to the next along each axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// The byte of the item whose indices are all zero.
    pub offset: i64,
    /// As many as the shape has axes; negative and zero ones too.
    pub strides: Vec<i64>,
}

impl Operand {
    /// Items of `size` bytes in C order without gaps.
    pub fn packed(offset: i64, shape: &[usize], size: usize) -> Operand {
        let mut strides = vec![0; shape.len()];
        let mut step = size as i64;
        for axis in (0..shape.len()).rev() {
            strides[axis] = step;
            step *= shape[axis].max(1) as i64;
        }
        Operand { offset, strides }
    }
}
