//! The cells of a column without bounds checks.

use crate::fast::columns::Cells;
use crate::fast::words::ones_from;

/// Sixteen bytes at `LAST[n]`: the last `n` are ones, for `n` up to 16.
pub(crate) static LAST: [u8; 32] = ones_from(16);

/// Pointers into the text, the index and the records of [`Cells`].
#[derive(Clone, Copy)]
pub(crate) struct Raw {
    pub text: *const u8,
    pub starts: *const u16,
    pub start_step: usize,
    pub start_shift: usize,
    pub ends: *const u16,
    pub end_step: usize,
    pub out: *mut u8,
    pub itemsize: usize,
}

/// One field: its first byte, and the byte behind its last.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub start: *const u8,
    pub end: *const u8,
    /// Its length less one, which wraps around where it is empty.
    pub extra: usize,
}

impl Raw {
    /// `None`: there are no rows.
    pub fn new(cells: &mut Cells<'_>) -> Option<Raw> {
        let places = cells.places;
        let last = cells.rows.checked_sub(1)?;
        assert!(last * places.start_step < places.starts.len());
        assert!(last * places.end_step < places.ends.len());
        assert!(cells.rows * cells.itemsize <= cells.out.len());
        assert!(cells.column.offset + cells.column.size <= cells.itemsize);
        Some(Raw {
            text: cells.buf[cells.base..].as_ptr(),
            starts: places.starts.as_ptr(),
            start_step: places.start_step,
            start_shift: places.start_shift,
            ends: places.ends.as_ptr(),
            end_step: places.end_step,
            out: cells.out[cells.column.offset..].as_mut_ptr(),
            itemsize: cells.itemsize,
        })
    }

    /// A row's item.
    ///
    /// # Safety
    /// `row` is one of the cells' rows.
    #[inline(always)]
    pub unsafe fn item(&self, row: usize) -> *mut u8 {
        // SAFETY: `new` has checked the records up to the last row.
        unsafe { self.out.add(row * self.itemsize) }
    }
}

impl Field {
    /// Takes a sign from the length; the first byte, which may be one.
    ///
    /// # Safety
    /// The field is one of a text with padding behind it.
    #[inline(always)]
    pub unsafe fn take_sign(&mut self) -> u8 {
        // SAFETY: at worst the byte behind an empty field that ends the text, which is padding.
        let first = unsafe { *self.start };
        let signed = first == b'-' || first == b'+';
        self.extra = self.extra.wrapping_sub(usize::from(signed));
        first
    }
}

/// At least the largest of the lengths, each less one, and in the same power of two.
#[inline(always)]
pub(crate) fn most_extra(fields: &[Field; 4]) -> usize {
    fields.iter().fold(0, |most, field| most | field.extra)
}

/// Four rows of a column, and then the next four: pointers that advance, which costs fewer registers than row numbers.
pub(crate) struct Fours {
    start: *const u16,
    start_step: usize,
    end: *const u16,
    end_step: usize,
    item: *mut u8,
    itemsize: usize,
    text: *const u8,
    start_shift: usize,
}

impl Fours {
    /// # Safety
    /// `row` is one of the cells' rows.
    #[inline(always)]
    pub unsafe fn at(raw: Raw, row: usize) -> Fours {
        // SAFETY: `Raw::new` has checked the lists and the records up to the last row.
        unsafe {
            Fours {
                start: raw.starts.add(row * raw.start_step),
                start_step: raw.start_step,
                end: raw.ends.add(row * raw.end_step),
                end_step: raw.end_step,
                item: raw.item(row),
                itemsize: raw.itemsize,
                text: raw.text,
                start_shift: raw.start_shift,
            }
        }
    }

    /// To the next four rows.
    #[inline(always)]
    pub fn advance(&mut self) {
        self.start = self.start.wrapping_add(4 * self.start_step);
        self.end = self.end.wrapping_add(4 * self.end_step);
        self.item = self.item.wrapping_add(4 * self.itemsize);
    }

    /// The four fields.
    ///
    /// # Safety
    /// There are four more rows.
    #[inline(always)]
    pub unsafe fn fields(&self) -> [Field; 4] {
        let field = |i: usize| {
            // SAFETY: the caller's; the places lie in the text.
            unsafe {
                let start = usize::from(*self.start.add(i * self.start_step));
                let end = usize::from(*self.end.add(i * self.end_step));
                Field {
                    start: self.text.add(start + self.start_shift),
                    end: self.text.add(end),
                    extra: end.wrapping_sub(start).wrapping_sub(self.start_shift + 1),
                }
            }
        };
        [field(0), field(1), field(2), field(3)]
    }

    /// The item of one of the four.
    ///
    /// # Safety
    /// There is such a row.
    #[inline(always)]
    pub unsafe fn item(&self, i: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.item.add(i * self.itemsize) }
    }
}

/// Stores the low `SIZE` bytes.
///
/// # Safety
/// `SIZE` bytes may be written at `to`.
#[inline(always)]
pub(crate) unsafe fn store<const SIZE: usize>(to: *mut u8, bits: u64) {
    // SAFETY: the caller's.
    unsafe {
        match SIZE {
            1 => to.write(bits as u8),
            2 => to.cast::<u16>().write_unaligned(bits as u16),
            4 => to.cast::<u32>().write_unaligned(bits as u32),
            _ => to.cast::<u64>().write_unaligned(bits),
        }
    }
}
