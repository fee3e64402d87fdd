//! The cells of a column without bounds checks.

use std::arch::x86_64::*;

use crate::fast::columns::Cells;

/// Pointers into the text, the index and the records of [`Cells`].
#[derive(Clone, Copy)]
pub(crate) struct Raw {
    pub(super) text: *const u8,
    pub(super) starts: *const u16,
    pub(super) start_step: usize,
    pub(super) start_shift: usize,
    pub(super) ends: *const u16,
    pub(super) end_step: usize,
    pub(super) out: *mut u8,
    pub(super) itemsize: usize,
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

    /// Whether each end is listed behind its start.
    pub fn is_paired(&self) -> bool {
        self.start_step == self.end_step && std::ptr::eq(self.starts.wrapping_add(1), self.ends)
    }

    /// A row's field.
    ///
    /// # Safety
    /// `row` is one of the cells' rows.
    #[inline(always)]
    pub unsafe fn field(&self, row: usize) -> Field {
        // SAFETY: `new` has checked both lists up to the last row; the places lie in the text.
        unsafe {
            let start = usize::from(*self.starts.add(row * self.start_step)) + self.start_shift;
            let end = usize::from(*self.ends.add(row * self.end_step));
            Field {
                start: self.text.add(start),
                end: self.text.add(end),
                extra: end.wrapping_sub(start + 1),
            }
        }
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

    /// Stores four values, the low `SIZE` bytes of each.
    ///
    /// # Safety
    /// There are four more rows of items of this size.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn put<const SIZE: usize>(&self, values: __m256i) {
        let low = _mm256_castsi256_si128(values);
        let high = _mm256_extracti128_si256::<1>(values);
        // SAFETY: the caller's.
        unsafe {
            store::<SIZE>(self.item(0), _mm_cvtsi128_si64(low) as u64);
            store::<SIZE>(self.item(1), _mm_extract_epi64::<1>(low) as u64);
            store::<SIZE>(self.item(2), _mm_cvtsi128_si64(high) as u64);
            store::<SIZE>(self.item(3), _mm_extract_epi64::<1>(high) as u64);
        }
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
